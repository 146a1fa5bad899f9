//! No secret and no personal value is in logs, errors, dead letters and `Debug`.

use openedx_events::bus::{Secret, WebhookForm, Webhooks};
use openedx_events_tests::{logs, wait_until};

use crate::server::{Server, ok, status};
use crate::world::{DRAIN, NAME, SECRET, World};

/// The value of a header.
const TOKEN: &str = "Bearer-hunter2";

#[test]
fn nothing_is_shown_that_must_not_be() {
    logs::collect();
    let world = World::new();
    let server = Server::start(|number, _| match number {
        0 => status(500),
        1 => status(422),
        _ => ok(),
    });
    let webhook = world.signed(&server, WebhookForm::Standard).personal_data(true);
    let webhook = webhook.header("authorization", Secret::Text(TOKEN.to_owned()));
    let settings = World::settings(webhook.clone());
    let webhooks = Webhooks::new(&settings).expect("webhooks");
    let debugged = format!("{settings:?} {webhooks:?} {:?}", webhooks.consumers(&world.bus));
    world.publish(0..3);
    let consumer = world.start(webhook);
    wait_until("two are done", || consumer.report().done == 2 && consumer.report().dead == 1);
    let health = format!("{:?}", consumer.health());
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(server.received()[0].headers["authorization"], TOKEN, "it is posted");

    let mut shown = vec![debugged, health, world.dead_letter()];
    // Those of other tests included, of which none shows one either.
    shown.extend(logs::all().into_iter().map(|record| format!("{record:?}")));
    for secret in [NAME, TOKEN, "hidden-path", SECRET.trim_start_matches("whsec_")] {
        let place = shown.iter().find(|text| text.contains(secret));
        assert_eq!(place, None, "{secret} is shown");
    }
}
