//! `dlq replay`.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;

use super::change::{ChangeArgs, still_there};
use super::letter::Letter;
use super::letters::PAGE;
use crate::bus::{EntryId, StopSignals, no_signals};
use crate::cli::Streams;
use crate::cli::bus::amount::counted;
use crate::cli::bus::consent::{Asked, Question};
use crate::cli::bus::printer::Printer;
use crate::cli::bus::progress::Progress;
use crate::cli::bus::rerun::{Letters, Replayed, RerunArgs, check_receivers};
use crate::cli::bus::topic::OpenTopic;
use crate::cli::outcome::{Failure, Outcome, Success};
use crate::cli::output::one_line;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct Replay {
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    rerun: RerunArgs,
}

impl Replay {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let Streams { stdin, stdout, stderr } = streams;
        check_receivers()?;
        let (mut open, ids) = self.change.find(stdout, stderr, terminal)?;
        if ids.is_empty() {
            return Ok(Success::Complete);
        }
        let Plan { runnable, receivers, missing, left } = Plan::of(&mut open, &ids)?;
        if left > 0 {
            let missing: Vec<_> = missing.into_iter().collect();
            open.note(&format!(
                "{} {} left: this program does not have {}",
                counted(left, "dead letter"),
                if left == 1 { "is" } else { "are" },
                missing.join(", ")
            ));
        }
        if runnable.is_empty() {
            return Err(Failure::Refused(
                "no receiver of the chosen dead letters is in this program".to_owned(),
            ));
        }
        let (what, total) = (counted(runnable.len() as u64, "dead letter"), runnable.len() as u64);
        let receivers: Vec<_> = receivers.into_iter().collect();
        let runs = format!("these receivers run: {}", receivers.join(", "));
        let question = Question { verb: "replay", done: "replayed", what: &what, loss: Some(&runs) };
        if !self.change.consent.ask(&question, Asked { stdin, stderr: open.stderr, terminal })? {
            return Ok(Success::Complete);
        }
        let signals = StopSignals::watch().map_err(no_signals)?;
        let OpenTopic { bus, topic, stderr, .. } = open;
        let letters = Letters::new(Arc::clone(&bus.backend), topic.clone(), runnable);
        // It reads nothing of the group.
        let receive = self.rerun.receive(Arc::new(letters.clone()), "dlq-replay", "dlq-replay");
        let progress = Progress::new(terminal.shows_progress()).of(total);
        let mut printer = Printer::new(stdout, stderr, progress);
        let ended = receive.run(&bus, vec![topic], &signals, &mut printer);
        let Replayed { done, failed, gone } = letters.replayed();
        for (id, letter) in &failed {
            for failure in &letter.failures {
                let receiver = failure.receiver.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
                printer.note(&format!("{id}: {receiver}{}", failure.error));
            }
        }
        let rest = total - done - gone - failed.len() as u64;
        let mut facts = vec![format!("replayed {done} of {what}")];
        facts.extend((!failed.is_empty()).then(|| format!("{} failed again and stay", failed.len())));
        facts.extend((gone > 0).then(|| format!("{gone} no longer existed")));
        facts.extend((rest > 0).then(|| format!("{rest} not finished, which stay")));
        printer.note(&facts.join("; "));
        ended?;
        Ok(Success::complete_if(failed.is_empty() && rest == 0))
    }
}

/// What can be replayed.
#[derive(Default)]
struct Plan {
    runnable: Vec<EntryId>,
    /// The receivers that run.
    receivers: BTreeSet<String>,
    /// Receivers that this program does not have.
    missing: BTreeSet<String>,
    /// The number of dead letters of such receivers.
    left: u64,
}

impl Plan {
    fn of(open: &mut OpenTopic<'_>, ids: &[EntryId]) -> Result<Self, Failure> {
        let mut plan = Self::default();
        for ids in ids.chunks(PAGE) {
            still_there(open, ids)?.into_iter().for_each(|letter| plan.add(letter));
        }
        Ok(plan)
    }

    fn add(&mut self, letter: Letter) {
        let signal = letter.event_type().and_then(|event_type| crate::get_signal_by_type(&event_type).ok());
        let own: Vec<_> =
            signal.iter().flat_map(|signal| signal.receivers()).map(|info| &*info.path).collect();
        let failed: Vec<_> = letter.receivers().collect();
        let missing: Vec<_> = failed.iter().filter(|path| !own.contains(path)).collect();
        // A dead letter is removed as a whole.
        if own.is_empty() || !missing.is_empty() {
            self.left += 1;
            let of_type =
                || format!("receivers of {}", letter.event_type().unwrap_or_else(|| "no type".to_owned()));
            if missing.is_empty() {
                self.missing.insert(one_line(&of_type()).into_owned());
            }
            self.missing.extend(missing.into_iter().map(|path| one_line(path).into_owned()));
            return;
        }
        let runs = if failed.is_empty() { own } else { failed };
        self.receivers.extend(runs.into_iter().map(str::to_owned));
        self.runnable.push(letter.entry);
    }
}
