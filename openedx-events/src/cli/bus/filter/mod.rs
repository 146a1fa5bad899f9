//! Choosing events by what is in them: [`Filter`], the argument of `--where`.
//!
//! ```text
//! expression = and { "or" and }
//! and        = not { "and" not }
//! not        = "not" not | "(" expression ")" | test
//! test       = path [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" ) literal | "in" list ]
//! path       = step { "." step }           a step is a name, or a text in quotes
//! list       = "[" [ literal { "," literal } ] "]"
//! literal    = number | text in single or double quotes | "true" | "false" | "null"
//! ```
//!
//! A path that an event does not have is null. Null equals null, and is neither less nor more than anything.

mod evaluate;
mod fields;
mod lexer;
mod parser;

use evaluate::{Node, State};
use fields::Fields;

use crate::all_events;
use crate::bus::Message;
use crate::signal::event::AnyEvent;

/// An expression that is checked against the events of the program.
pub(super) struct Filter {
    /// The expression for each event type, with what its events do not have replaced by null.
    known: Vec<(&'static str, Node)>,
    /// For events of other types, of which only the headers can be read.
    unknown: Node,
}

/// What the headers of a message say.
pub(super) enum Verdict<'a> {
    Chosen,
    NotChosen,
    /// It depends on the event.
    Undecided(Undecided<'a>),
}

/// A message whose headers are not enough.
pub(super) struct Undecided<'a> {
    node: &'a Node,
    message: &'a Message,
}

impl Filter {
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// It is no expression, no event of the program has a path, or a literal has another type than its path.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let parsed = parser::parse(text)?;
        let records: Vec<_> =
            all_events().iter().map(|signal| (signal.event_type(), signal.record())).collect();
        let fields = Fields::new(records.iter().map(|(_, record)| *record));
        parsed.check(&fields)?;
        let known = records.iter().map(|(name, record)| (*name, Node::of(&parsed, Some(record)))).collect();
        Ok(Self { known, unknown: Node::of(&parsed, None) })
    }

    /// Looks at the headers of a message.
    pub(super) fn of_headers<'a>(&'a self, message: &'a Message) -> Verdict<'a> {
        let known = message.event_type().ok().and_then(|event_type| {
            let place = self.known.binary_search_by(|(name, _)| (*name).cmp(event_type));
            place.ok().and_then(|place| self.known.get(place))
        });
        let node = known.map_or(&self.unknown, |(_, node)| node);
        match node.evaluate(message, State::NotDecoded) {
            Some(true) => Verdict::Chosen,
            Some(false) => Verdict::NotChosen,
            None => Verdict::Undecided(Undecided { node, message }),
        }
    }
}

impl Undecided<'_> {
    /// Whether the event is chosen. The fields of one that cannot be decoded are null.
    pub(super) fn is_chosen(&self, event: Option<&dyn AnyEvent>) -> bool {
        let state = event.map_or(State::Undecodable, State::Decoded);
        self.node.evaluate(self.message, state).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
