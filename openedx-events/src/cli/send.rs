//! `send`: events from lines of JSON to the receivers of this program.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Write};

use super::lines::{Line, Lines};
use super::output::{Format, json_line, one_line};
use super::{Failure, Outcome, Streams, Success};
use crate::cloudevents::{CloudEvent, CloudEventError};
use crate::receiver::error::Chain;
use crate::signal::responses::Responses;
use crate::{EventData, check, drain, get_signal_by_type, spawn_metrics};

/// What became of a line.
#[derive(EventData)]
struct Sent {
    line: i64,
    outcome: LineOutcome,
    r#type: Option<String>,
    id: Option<uuid::Uuid>,
    /// For `ok` and `failed`: how many receivers the event had.
    receivers: Option<u32>,
    /// Why the event was not for any receiver, in words.
    undelivered: Option<String>,
    /// For `failed`: the receivers that did not manage.
    errors: Vec<FailedReceiver>,
    /// For `bad`: the member at fault.
    path: Option<String>,
    /// For `bad`: what is wrong with it.
    reason: Option<String>,
    /// The attributes of the line that are no part of an event.
    unused: Vec<String>,
}

#[derive(EventData)]
struct FailedReceiver {
    receiver: String,
    error: String,
}

#[derive(Clone, Copy, EventData)]
pub(super) enum LineOutcome {
    /// Sent, and no receiver failed.
    #[event_data(rename = "ok")]
    Ok,
    /// Sent, and a receiver failed.
    #[event_data(rename = "failed")]
    Failed,
    /// Not an event, so not sent.
    #[event_data(rename = "bad")]
    Bad,
}

impl fmt::Display for LineOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Bad => "bad",
        })
    }
}

/// How many lines came to what.
#[derive(Default)]
struct Totals {
    sent: u64,
    bad: u64,
    failed: u64,
}

/// Sends the events of a file, or of the standard input, one after the other.
pub(super) async fn send(file: Option<&OsStr>, format: Format, streams: Streams<'_>) -> Outcome {
    let Streams { stdin, stdout, stderr } = streams;
    check().map_err(|problems| Failure::Refused(format!("nothing was sent: {problems}")))?;
    let Some(path) = file.filter(|path| *path != "-") else {
        return send_all(Lines::new(stdin), "the standard input", format, stdout, stderr).await;
    };
    let name = path.to_string_lossy();
    let opened =
        File::open(path).map_err(|error| Failure::Refused(format!("cannot open {name}: {error}")))?;
    send_all(Lines::new(&mut BufReader::new(opened)), &name, format, stdout, stderr).await
}

async fn send_all(
    mut lines: Lines<'_>,
    name: &str,
    format: Format,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Outcome {
    let mut totals = Totals::default();
    let before = lost_receivers();
    let end = loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break Ok(()),
            Err(error) => break Err(Failure::Refused(format!("cannot read {name}: {error}"))),
        };
        let sent = Sent::of(line).await;
        // Receivers may have sent events in their turn, whose async receivers are awaited by nobody.
        drain().await;
        totals.count(&sent);
        match sent.print(format, stdout) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Success::Incomplete),
            Err(error) => break Err(Failure::Output(error)),
        }
    };
    stdout.flush()?;
    let lost = lost_receivers() - before;
    totals.print(lost, stderr);
    end.map(|()| if totals.bad + totals.failed + lost == 0 { Success::Complete } else { Success::Incomplete })
}

/// How many spawned receivers did not end well.
fn lost_receivers() -> u64 {
    let counts = spawn_metrics();
    counts.failed + counts.panicked + counts.dropped
}

impl Totals {
    fn count(&mut self, sent: &Sent) {
        *match sent.outcome {
            LineOutcome::Ok => &mut self.sent,
            LineOutcome::Failed => &mut self.failed,
            LineOutcome::Bad => &mut self.bad,
        } += 1;
    }

    fn print(&self, lost: u64, stderr: &mut dyn Write) {
        let Self { sent, bad, failed } = self;
        let plural = if *bad == 1 { "" } else { "s" };
        // What goes to stderr is not worth failing for.
        let _ = writeln!(stderr, "{sent} sent, {bad} bad line{plural}, {failed} failed");
        if lost > 0 {
            let _ = writeln!(
                stderr,
                "{lost} async receivers of events that receivers sent in their turn have failed; the log tells why"
            );
        }
    }
}

impl Sent {
    async fn of(Line { number, text }: Line<'_>) -> Self {
        let mut sent = Self {
            line: i64::try_from(number).unwrap_or(i64::MAX),
            outcome: LineOutcome::Bad,
            r#type: None,
            id: None,
            receivers: None,
            undelivered: None,
            errors: Vec::new(),
            path: None,
            reason: None,
            unused: Vec::new(),
        };
        match text {
            Err(reason) => sent.reason = Some(reason),
            Ok(text) => {
                if let Err(error) = sent.deliver(text).await {
                    sent.path = Some(error.path().to_owned()).filter(|path| path != ".");
                    sent.reason = Some(error.reason().to_owned());
                }
            }
        }
        sent
    }

    /// Reads the event and sends it.
    async fn deliver(&mut self, text: &str) -> Result<(), CloudEventError> {
        let read = CloudEvent::parse(text)?;
        self.r#type = Some(read.metadata().event_type().to_owned());
        self.id = Some(read.metadata().id());
        self.unused = read.unused().map(|(name, _)| name.to_owned()).collect();
        let event = read.event()?;
        let signal = get_signal_by_type(event.info().event_type)
            .map_err(|error| CloudEventError::at("type", error.to_string()))?;
        let Ok(sending) = signal.send_any_async(event, read.into_metadata()) else {
            unreachable!("the event is of the signal that read it")
        };
        self.take(&sending.await);
        Ok(())
    }

    fn take(&mut self, responses: &Responses) {
        self.outcome = if responses.is_ok() { LineOutcome::Ok } else { LineOutcome::Failed };
        self.receivers = Some(u32::try_from(responses.len()).unwrap_or(u32::MAX));
        self.undelivered = responses.reason().map(|reason| reason.to_string());
        self.errors = responses
            .errors()
            .map(|(receiver, error)| FailedReceiver {
                receiver: receiver.to_string(),
                error: Chain(error).to_string(),
            })
            .collect();
    }

    fn print(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Human => writeln!(out, "{}", one_line(&self.text())),
            Format::Json => json_line(out, self),
        }
    }

    /// Number, outcome, type and id, and how it came to this.
    fn text(&self) -> String {
        let mut parts = vec![self.line.to_string(), self.outcome.to_string()];
        parts.extend(self.r#type.clone().zip(self.id).map(|(event_type, id)| format!("{event_type} {id}")));
        parts.extend(self.path.as_ref().map(|path| format!("`{path}`:")));
        parts.extend(self.reason.clone());
        parts.extend(match (&self.undelivered, self.receivers) {
            (Some(reason), _) => Some(reason.clone()),
            (None, Some(1)) => Some("1 receiver".to_owned()),
            (None, count) => count.map(|count| format!("{count} receivers")),
        });
        let mut notes = vec![parts.join(" ")];
        notes.extend(self.errors.iter().map(|failed| format!("{}: {}", failed.receiver, failed.error)));
        if !self.unused.is_empty() {
            notes.push(format!("not used: {}", self.unused.join(", ")));
        }
        notes.join("; ")
    }
}
