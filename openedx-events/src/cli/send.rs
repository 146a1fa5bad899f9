//! `send`: events in JSON to the receivers of this program.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Args;

use super::Streams;
use super::executor::Executor;
use super::input::{self, unreadable};
use super::outcome::{Failure, LineOutcome, LineSummary, Outcome, Success, stopped_after};
use super::output::{Format, json_line};
use super::values::{Value, Values};
use super::wiring;
use crate::chain::Chain;
use crate::cloudevents::{CloudEvent, CloudEventError};
use crate::signal::responses::Responses;
use crate::{EventData, check, drain, get_signal_by_type, spawn_metrics};

#[derive(Args)]
pub(super) struct Send {
    /// File with CloudEvents in JSON, usually one per line; standard input if omitted or `-`
    file: Option<OsString>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The result of a line.
#[derive(EventData)]
struct Sent {
    line: i64,
    outcome: LineOutcome,
    r#type: Option<String>,
    id: Option<uuid::Uuid>,
    /// For `ok` and `failed`: the number of receivers of the event.
    receivers: Option<u32>,
    /// Why the event was not delivered to any receiver.
    undelivered: Option<String>,
    /// For `failed`: the receivers that failed.
    errors: Vec<FailedReceiver>,
    /// For `bad`: the path of the invalid member.
    path: Option<String>,
    /// For `bad`: what is wrong with it.
    reason: Option<String>,
    /// The attributes of the line that are not part of an event.
    unused: Vec<String>,
}

#[derive(EventData)]
struct FailedReceiver {
    receiver: String,
    error: String,
}

/// The number of lines with each outcome.
#[derive(Default)]
struct Totals {
    sent: u64,
    bad: u64,
    failed: u64,
    last_line: i64,
}

impl Send {
    /// Sends the events one after the other. An event is sent when all receivers of the one before have finished.
    pub(super) async fn run(&self, streams: Streams<'_>, executor: &Executor) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        wiring::by_environment().map_err(|error| Failure::Refused(format!("nothing was sent: {error}")))?;
        check().map_err(|problems| Failure::Refused(format!("nothing was sent: {problems}")))?;
        let (name, mut reader) = input::open(self.file.as_deref(), stdin)?;
        let mut totals = Totals::default();
        let before = failed_spawned_receivers();
        let ended = self.send_all((Values::new(&mut *reader), &name), &mut totals, stdout, executor).await;
        let ended = ended.and_then(|()| Ok(stdout.flush()?));
        let failed_later = failed_spawned_receivers() - before;
        totals.print(failed_later, stderr);
        if ended.as_ref().is_err_and(Failure::is_closed_output) {
            // A command does not fail because stderr is closed.
            let _ = writeln!(stderr, "{}", stopped_after(totals.last_line));
        }
        ended.map(|()| Success::complete_if(totals.bad + totals.failed + failed_later == 0))
    }

    async fn send_all(
        &self,
        (mut values, name): (Values<'_>, &str),
        totals: &mut Totals,
        stdout: &mut dyn Write,
        executor: &Executor,
    ) -> Result<(), Failure> {
        while let Some(value) = values.next().map_err(|error| unreadable(name, &error))? {
            let sent = Sent::of(value, executor).await;
            // Receivers may have sent events themselves, whose async receivers nobody else awaits.
            executor.wait(drain()).await;
            totals.count(&sent);
            sent.print(self.format, stdout)?;
        }
        Ok(())
    }
}

/// The number of spawned receivers that have failed since the start of the program.
fn failed_spawned_receivers() -> u64 {
    let counts = spawn_metrics();
    counts.failed + counts.panicked + counts.dropped
}

impl Totals {
    fn count(&mut self, sent: &Sent) {
        self.last_line = sent.line;
        *match sent.outcome {
            LineOutcome::Ok => &mut self.sent,
            LineOutcome::Failed => &mut self.failed,
            LineOutcome::Bad => &mut self.bad,
        } += 1;
    }

    fn print(&self, failed_later: u64, stderr: &mut dyn Write) {
        let Self { sent, bad, failed, .. } = self;
        let plural = if *bad == 1 { "" } else { "s" };
        // A command does not fail because stderr is closed.
        let _ = writeln!(stderr, "{sent} sent, {bad} bad line{plural}, {failed} failed");
        if failed_later > 0 {
            let _ = writeln!(
                stderr,
                "{failed_later} async receivers of events that receivers sent have failed; the log has the errors"
            );
        }
    }
}

impl Sent {
    async fn of(Value { line, text }: Value<'_>, executor: &Executor) -> Self {
        let mut sent = Self {
            line: i64::try_from(line).unwrap_or(i64::MAX),
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
                if let Err(error) = sent.deliver(text, line, executor).await {
                    sent.path = Some(error.path().to_owned()).filter(|path| path != ".");
                    sent.reason = Some(error.reason().to_owned());
                }
            }
        }
        sent
    }

    /// Reads the event and sends it.
    async fn deliver(&mut self, text: &str, line: u64, executor: &Executor) -> Result<(), CloudEventError> {
        let read = CloudEvent::parse_at(text, line)?;
        self.r#type = Some(read.metadata().event_type().to_owned());
        self.id = Some(read.metadata().id());
        self.unused = read.unused().map(|(name, _)| name.to_owned()).collect();
        let event = read.event()?;
        let signal = get_signal_by_type(event.info().event_type)
            .map_err(|error| CloudEventError::at("type", error.to_string()))?;
        let Ok(send) = signal.send_any_async(event, read.into_metadata()) else {
            unreachable!("the signal has read the event itself")
        };
        self.take(&executor.wait(send).await);
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
        if format == Format::Json {
            return json_line(out, self);
        }
        let summary = LineSummary {
            line: self.line,
            outcome: self.outcome,
            event: (self.r#type.as_deref(), self.id),
            problem: (self.path.as_deref(), self.reason.as_deref()),
            unused: &self.unused,
        };
        let receivers = match (&self.undelivered, self.receivers) {
            (Some(reason), _) => Some(reason.clone()),
            (None, Some(1)) => Some("1 receiver".to_owned()),
            (None, count) => count.map(|count| format!("{count} receivers")),
        };
        let errors = self.errors.iter().map(|failed| format!("{}: {}", failed.receiver, failed.error));
        summary.print(receivers, errors, out)
    }
}
