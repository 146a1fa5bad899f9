//! A made-up event in both of its forms: [`Vector`].

use serde_json::Value;

use crate::avro::{DecodeError, EncodeError};
use crate::cli::example::{Case, Draft};
use crate::cli::outcome::Failure;
use crate::data::JsonError;
use crate::{AnyEvent, AnySignal, PersonalData};

/// An event as JSON, and as its bytes on the event bus.
pub(super) struct Vector {
    pub(super) case: Case,
    /// Formatted for people, with the members of each object in the order of their names.
    pub(super) json: String,
    pub(super) avro: Vec<u8>,
}

/// A case that a type of the event does not accept, and why.
pub(super) struct LeftOut {
    pub(super) case: Case,
    pub(super) problem: String,
}

/// Why there is no vector.
enum Problem {
    /// The value at a path is not accepted.
    Refused { path: String, text: String },
    /// An event that was encoded is decoded as another one.
    Unequal,
}

impl Vector {
    /// The vectors of an event, of equal ones only the first.
    ///
    /// # Errors
    ///
    /// An event that was encoded is decoded as another one.
    pub(super) fn all(signal: &dyn AnySignal) -> Result<(Vec<Self>, Vec<LeftOut>), Failure> {
        let (mut vectors, mut left_out) = (Vec::<Self>::new(), Vec::new());
        for case in Case::ALL {
            match Self::make(signal, case) {
                Ok(vector) if vectors.iter().any(|each| each.avro == vector.avro) => {}
                Ok(vector) => vectors.push(vector),
                Err(Problem::Refused { text, .. }) => left_out.push(LeftOut { case, problem: text }),
                Err(Problem::Unequal) => {
                    return Err(Failure::Refused(format!(
                        "{}, case `{}`: what was encoded is decoded as something else: a type of the event has an `AvroField` \
                         that does not read what it writes",
                        signal.event_type(),
                        case.name()
                    )));
                }
            }
        }
        Ok((vectors, left_out))
    }

    fn make(signal: &dyn AnySignal, case: Case) -> Result<Self, Problem> {
        let mut draft = Draft::new(case);
        loop {
            match Self::of_payload(signal, case, &draft.write(signal.record(), 0)) {
                Err(Problem::Refused { path, .. }) if draft.ease(&path) => {}
                made => return made,
            }
        }
    }

    fn of_payload(signal: &dyn AnySignal, case: Case, payload: &str) -> Result<Self, Problem> {
        let vector = Self::of_event(case, signal.read_json(payload)?.as_ref())?;
        let again = Self::of_event(case, signal.decode(&vector.avro)?.as_ref())?;
        if vector.json == again.json && vector.avro == again.avro {
            Ok(vector)
        } else {
            Err(Problem::Unequal)
        }
    }

    fn of_event(case: Case, event: &dyn AnyEvent) -> Result<Self, Problem> {
        let mut avro = Vec::new();
        event.encode(&mut avro)?;
        let json: Value = serde_json::from_str(&event.to_json(PersonalData::Keep)?)?;
        Ok(Self { case, json: format!("{json:#}\n"), avro })
    }
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        Self::Refused {
            path: error.path().to_owned(),
            text: format!("`{}`: {}", error.path(), error.reason()),
        }
    }
}

impl From<EncodeError> for Problem {
    fn from(error: EncodeError) -> Self {
        Self::Refused { path: error.path().to_owned(), text: error.to_string() }
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self::Refused { path: error.path().to_owned(), text: error.to_string() }
    }
}

/// A value has no form in JSON. No path says which.
impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Refused { path: String::new(), text: error.to_string() }
    }
}
