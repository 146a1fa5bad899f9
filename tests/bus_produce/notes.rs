//! The events of these tests, their settings, and what is stored on the bus.

use std::time::Duration;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend as _, BusSettings, Message, Topic};
use openedx_events::{AnySignal, EventData, signal};

/// What is known about a note.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct NoteData {
    pub(crate) author: String,
    pub(crate) page: Option<i64>,
    pub(crate) text: String,
}

macro_rules! note_signals {
    ($($event:ident: $event_type:literal;)*) => {
        $(
            /// Sent when a note was taken.
            #[signal($event_type, key = note.author)]
            #[derive(Clone)]
            pub(crate) struct $event {
                pub(crate) note: NoteData,
            }
        )*
    };
}

// A signal for each test, as producers connect to signals of the whole program.
note_signals! {
    NotePublished: "org.example.notes.note.published.v1";
    NoteLooped: "org.example.notes.note.looped.v1";
    NoteSplit: "org.example.notes.note.split.v1";
    NoteDelayed: "org.example.notes.note.delayed.v1";
    NoteRefused: "org.example.notes.note.refused.v1";
    NoteBlocked: "org.example.notes.note.blocked.v1";
    NoteLost: "org.example.notes.note.lost.v1";
    NoteAwaited: "org.example.notes.note.awaited.v1";
    NoteGivenUp: "org.example.notes.note.given_up.v1";
    NoteWoken: "org.example.notes.note.woken.v1";
    NoteOfAnySize: "org.example.notes.note.of_any_size.v1";
    NotePatient: "org.example.notes.note.patient.v1";
    NoteFlushed: "org.example.notes.note.flushed.v1";
}

pub(crate) fn note(number: usize) -> NoteData {
    NoteData { author: format!("author {number}"), page: Some(7), text: "x".to_owned() }
}

pub(crate) fn settings(signal: &dyn AnySignal, topics: &[(&str, &str)], more: &str) -> BusSettings {
    let topics: Vec<_> = topics
        .iter()
        .map(|(topic, key)| format!(r#""{topic}": {{"event_key_field": "{key}", "enabled": true}}"#))
        .collect();
    let config = format!(
        r#"{{"EVENT_BUS_PRODUCER_CONFIG": {{"{}": {{{}}}}} {more}}}"#,
        signal.event_type(),
        topics.join(", ")
    );
    BusSettings::layers().json("test", &config).read().expect("the settings are right")
}

pub(crate) fn stored(memory: &Memory, topic: &str) -> Vec<Message> {
    let topic = Topic::new(topic).expect("a topic");
    let entries = memory.browse(&topic, None, 100_000).expect("memory");
    entries.into_iter().map(|delivery| delivery.message).collect()
}

pub(crate) const FLUSH: Duration = Duration::from_mins(1);
