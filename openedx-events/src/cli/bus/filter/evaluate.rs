//! Expressions for the events of one type: [`Node`].

use std::borrow::Cow;
use std::cmp::Ordering;
use std::str;

use super::fields::{Kind, Place};
use super::parser::{Expr, Is, Literal};
use crate::bus::Message;
use crate::data::{Picked, Record};
use crate::metadata::read_time;
use crate::signal::event::AnyEvent;

pub(super) enum Node {
    /// What does not depend on the event.
    Constant(bool),
    Header {
        name: &'static str,
        kind: Kind,
        is: Ask,
    },
    Data {
        path: Vec<String>,
        kind: Kind,
        is: Ask,
    },
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// What is known of the event of a message.
#[derive(Clone, Copy)]
pub(super) enum State<'a> {
    /// It may not be needed.
    NotDecoded,
    Decoded(&'a dyn AnyEvent),
    Undecodable,
}

/// What is asked of a value.
pub(super) enum Ask {
    /// Whether it compares so.
    Compare(Compare, Value<'static>),
    In(Vec<Value<'static>>),
    Contains(Value<'static>),
}

#[derive(Clone, Copy)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value that can be compared.
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(Cow<'a, str>),
    /// Microseconds since the epoch.
    Time(i64),
    List(Vec<Value<'a>>),
}

impl Node {
    /// An expression for events with these fields, or for messages of which only the headers can be read.
    pub(super) fn of(expr: &Expr, record: Option<&Record>) -> Self {
        match expr {
            Expr::Not(inner) => match Self::of(inner, record) {
                Self::Constant(value) => Self::Constant(!value),
                node => Self::Not(Box::new(node)),
            },
            Expr::All(chain) => Self::chain(Self::All, false, chain, record),
            Expr::Any(chain) => Self::chain(Self::Any, true, chain, record),
            Expr::Test(test) => match Place::of(&test.path.steps) {
                Some(Place::Header(name, kind)) => Self::Header { name, kind, is: Ask::of(&test.is, kind) },
                Some(Place::Data(path)) => {
                    let kind = record.and_then(|record| Kind::of(record, path));
                    match kind.filter(|kind| kind.problem(&test.is).is_none()) {
                        Some(kind) => Self::Data { path: path.to_vec(), kind, is: Ask::of(&test.is, kind) },
                        // This event does not have the field, or has another one of its name.
                        None => Self::Constant(Ask::of(&test.is, Kind::Text).answer(&Value::Null)),
                    }
                }
                None => Self::Constant(false),
            },
        }
    }

    /// Whether a message is chosen; `None` if that depends on its event, which is not decoded yet. The fields of an
    /// event that cannot be decoded are null.
    pub(super) fn evaluate(&self, message: &Message, event: State<'_>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Header { name, kind, is } => {
                let text = message.header(name).and_then(|value| str::from_utf8(value).ok());
                Some(is.answer(&Value::of_header(text.filter(|text| !text.is_empty()), *kind)))
            }
            Self::Data { path, kind, is } => {
                let picked = match event {
                    State::NotDecoded => return None,
                    State::Undecodable => Picked::Null,
                    State::Decoded(event) => event.pick(path),
                };
                Some(is.answer(&Value::of(picked, *kind)))
            }
            Self::Not(inner) => inner.evaluate(message, event).map(|value| !value),
            Self::All(chain) => decide(false, chain, message, event),
            Self::Any(chain) => decide(true, chain, message, event),
        }
    }

    /// A chain without what does not depend on the event. `decisive` is what decides all of it.
    fn chain(of: fn(Vec<Self>) -> Self, decisive: bool, chain: &[Expr], record: Option<&Record>) -> Self {
        let mut nodes = Vec::new();
        for node in chain.iter().map(|each| Self::of(each, record)) {
            match node {
                Self::Constant(value) if value == decisive => return Self::Constant(decisive),
                Self::Constant(_) => {}
                node => nodes.push(node),
            }
        }
        if nodes.is_empty() { Self::Constant(!decisive) } else { of(nodes) }
    }
}

/// One that is `decisive` decides. Without one, it is known if all are.
fn decide(decisive: bool, chain: &[Node], message: &Message, event: State<'_>) -> Option<bool> {
    let mut decided = Some(!decisive);
    for node in chain {
        match node.evaluate(message, event) {
            Some(value) if value == decisive => return Some(decisive),
            Some(_) => {}
            None => decided = None,
        }
    }
    decided
}

impl Ask {
    fn of(is: &Is, kind: Kind) -> Self {
        let kind = match (kind, is) {
            (Kind::List(inner), Is::Containing(_)) => Kind::of_type(*inner),
            (kind, _) => kind,
        };
        let value = |literal: &Literal| Value::of_literal(literal, kind);
        match is {
            Is::Equal(literal) => Self::Compare(Compare::Equal, value(literal)),
            Is::NotEqual(literal) => Self::Compare(Compare::NotEqual, value(literal)),
            Is::Less(literal) => Self::Compare(Compare::Less, value(literal)),
            Is::LessOrEqual(literal) => Self::Compare(Compare::LessOrEqual, value(literal)),
            Is::Greater(literal) => Self::Compare(Compare::Greater, value(literal)),
            Is::GreaterOrEqual(literal) => Self::Compare(Compare::GreaterOrEqual, value(literal)),
            Is::In(list) => Self::In(list.iter().map(value).collect()),
            Is::Containing(literal) => Self::Contains(value(literal)),
        }
    }

    fn answer(&self, value: &Value<'_>) -> bool {
        match self {
            Self::Compare(how, other) => {
                let order = value.compare(other);
                match how {
                    Compare::Equal => order == Some(Ordering::Equal),
                    Compare::NotEqual => order != Some(Ordering::Equal),
                    Compare::Less => order == Some(Ordering::Less),
                    Compare::LessOrEqual => order.is_some_and(Ordering::is_le),
                    Compare::Greater => order == Some(Ordering::Greater),
                    Compare::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
                }
            }
            Self::In(list) => list.iter().any(|other| value.compare(other) == Some(Ordering::Equal)),
            Self::Contains(part) => match (value, part) {
                (Value::Text(text), Value::Text(part)) => text.contains(&**part),
                (Value::List(list), part) => {
                    list.iter().any(|each| each.compare(part) == Some(Ordering::Equal))
                }
                _ => false,
            },
        }
    }
}

impl Value<'static> {
    fn of_literal(literal: &Literal, kind: Kind) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Boolean(value) => Self::Boolean(*value),
            Literal::Long(number) => Self::Long(*number),
            Literal::Double(number) => Self::Double(*number),
            Literal::Text(text) => match kind {
                Kind::Time => Self::time(text),
                _ => Self::Text(Cow::Owned(text.clone())),
            },
        }
    }

    fn of(picked: Picked, kind: Kind) -> Self {
        match (picked, kind) {
            (Picked::Boolean(value), _) => Self::Boolean(value),
            (Picked::Long(number), _) => Self::Long(number),
            (Picked::Double(number), _) => Self::Double(number),
            (Picked::Text(text), Kind::Time) => Self::time(&text),
            (Picked::Text(text), _) => Self::Text(Cow::Owned(text)),
            (Picked::List(list), Kind::List(inner)) => {
                let kind = Kind::of_type(*inner);
                Self::List(list.into_iter().map(|each| Self::of(each, kind)).collect())
            }
            (Picked::Null | Picked::List(_), _) => Self::Null,
        }
    }

    fn time(text: &str) -> Self {
        read_time(text).map_or(Self::Null, |time| Self::Time(time.timestamp_micros()))
    }
}

impl<'a> Value<'a> {
    fn of_header(text: Option<&'a str>, kind: Kind) -> Self {
        match (text, kind) {
            (None, _) => Self::Null,
            (Some(text), Kind::Long) => text.trim().parse().map_or(Self::Null, Self::Long),
            (Some(text), Kind::Time) => Value::time(text),
            (Some(text), _) => Self::Text(Cow::Borrowed(text)),
        }
    }
}

impl Value<'_> {
    /// The order of two values; `None` if they have none. Null equals null.
    #[expect(clippy::cast_precision_loss, reason = "a whole number and a float are compared as floats")]
    fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, Value::Null) => Some(Ordering::Equal),
            (Self::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
            (Self::Long(left), Value::Long(right)) | (Self::Time(left), Value::Time(right)) => {
                Some(left.cmp(right))
            }
            (Self::Double(left), Value::Double(right)) => left.partial_cmp(right),
            (Self::Long(left), Value::Double(right)) => (*left as f64).partial_cmp(right),
            (Self::Double(left), Value::Long(right)) => left.partial_cmp(&(*right as f64)),
            (Self::Text(left), Value::Text(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}
