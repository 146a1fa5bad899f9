//! What an endpoint has answered, and what becomes of the event: [`Answer`].

use std::fmt;
use std::time::Duration;

use ureq::http::StatusCode;

use crate::bus::Closed;
use crate::receiver::{BoxError, ReceiverResult};
use crate::{Permanent, RetryAfter, Unavailable};

/// The status of a response, with the time that it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The endpoint has the event.
    Taken,
    /// The endpoint is gone for good.
    Gone,
    /// The endpoint will never take this event.
    Refused,
    /// The endpoint is down, or has too much to do.
    Down,
    /// Another attempt may succeed.
    Failed,
}

impl Answer {
    /// What the status means. A wrong URL or secret (3xx, 401, 403, 404 and the like) is not the fault of the event: others would
    /// end like it, one after the other.
    pub(crate) fn meaning(self) -> Meaning {
        match self.status.as_u16() {
            200..=299 => Meaning::Taken,
            410 => Meaning::Gone,
            429 | 502 | 503 | 504 => Meaning::Down,
            400 | 402 | 405 | 406 | 409..=420 | 422..=424 | 426..=499 => Meaning::Refused,
            _ => Meaning::Failed,
        }
    }

    /// The result of a receiver, for an endpoint that is shown in this way.
    pub(super) fn result(self, shown: &str) -> ReceiverResult {
        let error = || BoxError::from(format!("{shown} answered {self}"));
        let error: BoxError = match self.meaning() {
            Meaning::Taken => return Ok(()),
            Meaning::Gone => return Err(Closed::new(error()).into()),
            Meaning::Refused => return Err(Permanent::new(error()).into()),
            Meaning::Down => Unavailable::new(error()).into(),
            Meaning::Failed => error(),
        };
        Err(match self.retry_after {
            Some(pause) => RetryAfter::new(pause, error).into(),
            None => error,
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        if let Some(reason) = self.status.canonical_reason() {
            write!(f, " {reason}")?;
        }
        if self.status.is_redirection() {
            f.write_str(", and redirects are not followed: set `url` to where it leads")?;
        }
        if let Some(pause) = self.retry_after {
            write!(f, ", to be retried after {pause:.0?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, retry_after: Option<Duration>) -> Answer {
        Answer { status: StatusCode::from_u16(status).expect("a status"), retry_after }
    }

    #[test]
    fn each_status_has_its_meaning() {
        for (meaning, statuses) in [
            (Meaning::Taken, &[200, 201, 202, 204, 299][..]),
            (Meaning::Gone, &[410]),
            (Meaning::Refused, &[400, 402, 405, 406, 409, 411, 413, 415, 422, 431, 451]),
            (Meaning::Down, &[429, 502, 503, 504]),
            (
                Meaning::Failed,
                &[301, 302, 303, 307, 308, 401, 403, 404, 407, 408, 421, 425, 500, 501, 599, 600],
            ),
        ] {
            for status in statuses {
                assert_eq!(of(*status, None).meaning(), meaning, "{status}");
            }
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        for (answer, text) in [
            (
                of(302, None),
                "crm answered 302 Found, and redirects are not followed: set `url` to where it leads",
            ),
            (
                of(503, Some(Duration::from_secs(90))),
                "crm answered 503 Service Unavailable, to be retried after 90s",
            ),
            (of(410, None), "crm answered 410 Gone"),
            (of(599, None), "crm answered 599"),
        ] {
            assert_eq!(answer.result("crm").expect_err("it failed").to_string(), text);
        }
    }
}
