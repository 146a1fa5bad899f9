//! A receiver with dedup does not run twice for one event.

use std::sync::Arc;

use openedx_events::{receiver, signal};
use openedx_events_tests::logs;

use crate::bus::{Bus, Runs, message, settings};

/// Published twice.
#[signal("org.example.policy.doubles.published.v1")]
pub struct DoublesPublished {
    pub number: i64,
}

static REMEMBERED: Runs = Runs::new();
static FORGOTTEN: Runs = Runs::new();

#[receiver(DOUBLES_PUBLISHED, dedup)]
fn remembered() {
    REMEMBERED.add();
}

#[receiver(DOUBLES_PUBLISHED)]
fn forgotten() {
    FORGOTTEN.add();
}

#[test]
fn only_a_receiver_that_declares_it_has_dedup() {
    let bus = Bus::with(&DOUBLES_PUBLISHED, &[]);
    let message = message(&DOUBLES_PUBLISHED, &DoublesPublished { number: 1 });
    bus.publish(&message);
    bus.publish(&message);
    let mut settings = settings();
    // One after the other: a receiver that still runs has processed nothing yet.
    settings.workers = 1;
    let report = bus.consume_until(settings, |report| report.done == 2);
    assert_eq!((REMEMBERED.get(), FORGOTTEN.get(), report.repeats), (1, 2, 1));
}

/// Received by closures, two of which share a name.
#[signal("org.example.policy.names.shared.v1")]
pub struct NamesShared {
    pub number: i64,
}

#[test]
fn receivers_that_share_a_name_have_no_dedup() {
    logs::collect();
    let runs = [const { Runs::new() }; 3].map(Arc::new);
    let names = ["namesake", "namesake", "of its own name"];
    let connections = [0, 1, 2].map(|number| {
        let runs = Arc::clone(&runs[number]);
        NAMES_SHARED.connect(names[number], move |_, _| {
            runs.add();
            Ok(())
        })
    });
    let bus = Bus::with(&NAMES_SHARED, &[]);
    let message = message(&NAMES_SHARED, &NamesShared { number: 1 });
    bus.publish(&message);
    bus.publish(&message);
    let mut settings = settings();
    (settings.workers, settings.dedup) = (1, true);
    let report = bus.consume_until(settings, |report| report.done == 2);
    // Twice is better than never.
    assert_eq!((runs.each_ref().map(|runs| runs.get()), report.repeats), ([2, 2, 1], 1));
    let is_warning = |record: &logs::Record| record.field("receiver") == "namesake";
    assert_eq!(logs::all().into_iter().filter(is_warning).count(), 1);
    drop(connections);
}
