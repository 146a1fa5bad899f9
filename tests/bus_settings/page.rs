//! `docs/event-bus.md` lists every setting, header and reason.

use openedx_events::bus::sqlite::Options;
use openedx_events::bus::{ConsumerSettings, DeadLetter, DeadLetterReason, Message, ReceiverFailure};

const PAGE: &str = include_str!("../../docs/event-bus.md");

/// The lines of the page's tables whose first cell names this.
fn rows(name: &str) -> Vec<&'static str> {
    let name = format!("`{name}`");
    PAGE.lines().filter(|line| line.split('|').nth(1).is_some_and(|cell| cell.contains(&name))).collect()
}

/// The fields of a value.
fn fields(value: &impl std::fmt::Debug) -> Vec<String> {
    format!("{value:#?}")
        .lines()
        .filter_map(|line| line.strip_prefix("    ").filter(|rest| !rest.starts_with([' ', '}', ')'])))
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect()
}

/// The fields of the consumer settings.
pub(crate) fn consumer_setting_names() -> Vec<String> {
    let fields = fields(&ConsumerSettings::default());
    assert!(
        ["retry", "max_crashes"].iter().all(|known| fields.iter().any(|field| field == known)),
        "{fields:?}"
    );
    fields
}

#[test]
fn every_option_of_sqlite_is_on_the_page() {
    let fields = fields(&Options::default());
    assert!(fields.iter().any(|field| field == "max_bytes"), "{fields:?}");
    for field in fields {
        assert_eq!(rows(&format!("sqlite::Options::{field}")).len(), 1, "{field}");
    }
}

#[test]
fn every_setting_of_a_consumer_is_on_the_page() {
    for field in consumer_setting_names() {
        assert_eq!(rows(&field).len(), 1, "{field}");
    }
}

#[test]
fn every_header_and_reason_of_dead_letters_is_on_the_page() {
    let dead_letter = DeadLetter::of_receivers(vec![ReceiverFailure::new("because").of_receiver("path")]);
    let message = dead_letter.message(&Message { headers: Vec::new(), payload: None }, "group", "entry");
    for header in &message.headers {
        let name = String::from_utf8_lossy(&header.name);
        assert_eq!(rows(&name).len(), 1, "{name}");
    }
    for reason in [
        DeadLetterReason::ReceiverFailed,
        DeadLetterReason::Undecodable,
        DeadLetterReason::UnknownType,
        DeadLetterReason::Crashed,
    ] {
        assert!(rows("dlq_reason")[0].contains(&format!("`{reason}`")), "{reason}");
    }
}
