//! Events written by a release whose schemas are unknown.

use openedx_events::IntoEvent as _;
use openedx_events::bus::headers::SCHEMA_FINGERPRINT;
use openedx_events::bus::{Backend as _, Message, UnknownRelease};
use openedx_events::content_authoring::data::XBlockData;
use openedx_events::content_authoring::signals::{XBLOCK_DELETED, XblockDeleted};
use openedx_events_tests::wait_until;

use crate::faulty_bus::{DRAIN, Sea, quick};

#[test]
fn events_of_an_unknown_release_are_decoded_with_the_newest_schema_or_dead_lettered() {
    let consumed = |place: &'static str, unknown_release| {
        let sea = Sea::new(place);
        let data = XBlockData::builder()
            .usage_key("block-v1:edX+DemoX+R1+type@html+block@b".parse().expect("a key"))
            .block_type("html")
            .build();
        let event: XblockDeleted = data.into_event();
        let metadata = XBLOCK_DELETED.generate_metadata().with_sourcelib(vec![99, 0, 0]);
        let mut message = Message::of_event(&event, &metadata).expect("a message");
        // As Python writes it.
        message.headers.retain(|header| *header.name != *SCHEMA_FINGERPRINT.as_bytes());
        let mut producer = sea.faulty.memory.producer().expect("memory");
        producer.publish(&sea.topic(), &[message]).expect("published");
        let mut settings = quick();
        settings.unknown_release = unknown_release;
        let consumer = sea.start(settings);
        wait_until("it is done or dead-lettered", || {
            let report = consumer.report();
            report.dead_letters() + report.suppressed.no_receivers == 1
        });
        let report = consumer.stop(DRAIN).expect("stopped");
        (report.unknown_releases, report.undecodable, sea.dead_letters())
    };
    assert_eq!(consumed("guessed", UnknownRelease::Newest), (1, 0, 0));
    assert_eq!(consumed("refused", UnknownRelease::DeadLetter), (0, 1, 1));
}
