//! Raw identifiers, underscores, `mut`, nested modules, and names that are keywords of the macros themselves.

use std::sync::atomic::{AtomicI64, Ordering};

use openedx_events::{AnyEvent, EventData, receiver, signal};

static SEEN: AtomicI64 = AtomicI64::new(0);

#[derive(Debug, EventData)]
pub struct r#Struct {
    pub r#type: i64,
    pub r#match: String,
}

#[derive(Debug, Clone, Copy, PartialEq, EventData)]
pub enum Payment {
    r#Card,
    Cash,
}

mod outer {
    pub mod inner {
        use openedx_events::signal;

        #[signal("org.example.names.line.added.v1", key = r#struct.r#type)]
        pub struct LineAdded {
            pub r#struct: super::super::r#Struct,
            pub r#async: i64,
            pub count: i64,
            pub payment: super::super::Payment,
            pub any: i64,
            pub priority: i64,
        }
    }
}

/// The type and the function are called as the macros' own arguments and parameters are.
#[signal("org.example.names.context.changed.v1", name = PRIORITY)]
pub struct Context {
    pub state: i64,
}

#[receiver(outer::inner::LINE_ADDED)]
fn raw(r#struct: &r#Struct, r#async: i64, mut count: i64, _payment: Payment) {
    count += r#struct.r#type + r#async;
    SEEN.fetch_add(count, Ordering::Relaxed);
}

#[receiver(crate::names::outer::inner::LINE_ADDED, priority = -1)]
fn r#async(_async: i64, any: i64, priority: i64, _event: &dyn AnyEvent) {
    SEEN.fetch_add(any + priority, Ordering::Relaxed);
}

#[receiver(PRIORITY)]
fn context(state: i64) {
    SEEN.fetch_add(state, Ordering::Relaxed);
}

#[receiver(PRIORITY, self::outer::inner::LINE_ADDED)]
fn lifetimes<'a>(event: &'a dyn AnyEvent) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
    let _ = event;
    Ok(())
}

#[test]
fn raw_names_are_plain_names_in_what_is_seen() {
    let data = r#Struct { r#type: 1, r#match: String::new() };
    let event = outer::inner::LineAdded {
        r#struct: data,
        r#async: 10,
        count: 100,
        payment: Payment::r#Card,
        any: 1000,
        priority: 10000,
    };
    let names: Vec<_> = AnyEvent::record(&event).fields.iter().map(|field| field.name).collect();
    assert_eq!(names, ["struct", "async", "count", "payment", "any", "priority"]);
    let responses = outer::inner::LINE_ADDED.send_event(event);
    assert_eq!(SEEN.load(Ordering::Relaxed), 11111);
    assert_eq!(crate::own_receivers(&responses, module_path!()), ["lifetimes", "raw", "async"]);
    PRIORITY.send_event(Context { state: 0 });
}
