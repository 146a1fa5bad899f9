//! The receiver of this program: it hands each event to the test that waits for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use openedx_events::{AnyEvent, EventsMetadata, PersonalData, receiver};
use openedx_events_tests::random::Random;
use serde_json::Value;

use crate::ledger::Ledger;

/// What a test does with its events.
type Handler = Arc<dyn Fn(&dyn AnyEvent, &EventsMetadata) -> Result<(), String> + Send + Sync>;

/// By the id of the event. Tests share the receiver, as they do the process.
static HANDLERS: Mutex<Option<HashMap<String, Handler>>> = Mutex::new(None);

/// What is to be done with metadata.
type Note = Box<dyn FnOnce(&EventsMetadata)>;

thread_local! {
    /// For what this thread sends.
    static NOTE: RefCell<Option<Note>> = const { RefCell::new(None) };
}

/// Runs before the producer, so that the event has a handler before a consumer receives it.
#[receiver(any)]
fn hand_out(event: &dyn AnyEvent, metadata: &EventsMetadata, from_event_bus: bool) -> Result<(), String> {
    if !from_event_bus {
        if let Some(note) = NOTE.take() {
            note(metadata);
        }
        return Ok(());
    }
    let handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
    let handler = handlers.as_ref().and_then(|handlers| handlers.get(&metadata.id().to_string())).cloned();
    drop(handlers);
    match handler {
        Some(handler) => handler(event, metadata),
        None => Err(format!("no test waits for {metadata:?}")),
    }
}

/// What is done with the event of this id when it comes from the bus.
pub(crate) fn on_event(
    metadata: &EventsMetadata,
    handler: impl Fn(&dyn AnyEvent, &EventsMetadata) -> Result<(), String> + Send + Sync + 'static,
) {
    let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
    handlers.get_or_insert_default().insert(metadata.id().to_string(), Arc::new(handler));
}

/// The event with this metadata is recorded in a ledger when it arrives.
pub(crate) fn record_in(ledger: &Arc<Ledger>, metadata: &EventsMetadata) {
    let ledger = Arc::clone(ledger);
    on_event(metadata, move |event, metadata| {
        let json = event.to_json(PersonalData::Keep).map_err(|error| error.to_string())?;
        let json: Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
        ledger.receive(metadata, |_| json);
        Ok(())
    });
}

/// Sends, and passes the metadata of the event on before other receivers run.
///
/// # Panics
///
/// Nothing was sent.
pub(crate) fn with_metadata<T>(note: impl FnOnce(&EventsMetadata) + 'static, send: impl FnOnce() -> T) -> T {
    NOTE.set(Some(Box::new(note)));
    let result = send();
    assert!(NOTE.take().is_none(), "nothing was sent");
    result
}

/// A random record of an event type, with the event itself.
pub(crate) fn draw(
    random: &mut Random,
    signal: &dyn openedx_events::AnySignal,
) -> (Value, Box<dyn AnyEvent>) {
    let record = random.record(signal.record());
    let event = signal.read_json(&record.to_string()).unwrap_or_else(|error| panic!("{error}: {record}"));
    (record, event)
}
