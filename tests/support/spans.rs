//! Every span that is made in this process, and every line that is logged inside one, from all of its threads.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

static COLLECTED: Mutex<Collected> = Mutex::new(Collected { spans: Vec::new(), lines: Vec::new() });

thread_local! {
    /// The spans that this thread is in.
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

struct Collected {
    spans: Vec<Span>,
    lines: Vec<Line>,
}

/// A span.
#[derive(Clone, Debug)]
pub struct Span {
    metadata: &'static Metadata<'static>,
    /// The number of the span that it is in; from 1 on.
    pub parent: Option<u64>,
    /// Its fields, with what was recorded later.
    pub fields: BTreeMap<&'static str, String>,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// The number of the span that it was logged in; from 1 on.
    pub span: Option<u64>,
    /// Its text and fields.
    pub fields: BTreeMap<&'static str, String>,
}

impl Span {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.metadata.name()
    }

    /// A field's text; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// Collects all spans of the process from here on; may be called by every test.
///
/// # Panics
///
/// The process has another subscriber.
pub fn collect() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Collector).expect("the only subscriber of a test process");
    });
}

/// The spans with this name whose field has this value, each with its number.
pub fn of(name: &str, field: &str, value: &str) -> Vec<(u64, Span)> {
    let collected = collected();
    let spans = (1..).zip(&collected.spans);
    let found = spans.filter(|(_, span)| span.name() == name && span.field(field) == value);
    found.map(|(number, span)| (number, span.clone())).collect()
}

/// The spans that the line with this text was logged in, from the innermost on.
///
/// # Panics
///
/// There is not exactly one such line.
pub fn around_line(message: &str) -> Vec<Span> {
    let collected = collected();
    let mut lines =
        collected.lines.iter().filter(|line| line.fields.get("message").is_some_and(|text| text == message));
    let (Some(line), None) = (lines.next(), lines.next()) else { panic!("not one line: {message}") };
    let (mut spans, mut next) = (Vec::new(), line.span);
    while let Some(number) = next {
        let span = collected.span(number);
        next = span.parent;
        spans.push(span.clone());
    }
    spans
}

/// All lines with this text.
pub fn lines(message: &str) -> Vec<Line> {
    let is_of = |line: &&Line| line.fields.get("message").is_some_and(|text| text == message);
    collected().lines.iter().filter(is_of).cloned().collect()
}

/// The number of the span that this thread is in.
pub fn current() -> Option<u64> {
    ENTERED.with_borrow(|entered| entered.last().copied())
}

fn collected() -> MutexGuard<'static, Collected> {
    COLLECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Collected {
    fn span(&self, number: u64) -> &Span {
        &self.spans[index(number)]
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number - 1).expect("few spans")
}

struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let parent = if span.is_contextual() { current() } else { span.parent().map(Id::into_u64) };
        let mut fields = Fields::default();
        span.record(&mut fields);
        let mut collected = collected();
        collected.spans.push(Span { metadata: span.metadata(), parent, fields: fields.0 });
        Id::from_u64(collected.spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        collected().spans[index(span.into_u64())].fields.extend(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        collected().lines.push(Line { span: current(), fields: fields.0 });
    }

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| {
            let last = entered.iter().rposition(|number| *number == span.into_u64());
            entered.remove(last.expect("it was entered"));
        });
    }

    fn current_span(&self) -> Current {
        match current() {
            Some(number) => Current::new(Id::from_u64(number), collected().span(number).metadata),
            None => Current::none(),
        }
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
