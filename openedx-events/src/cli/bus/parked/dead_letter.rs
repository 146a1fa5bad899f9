//! `parked dead-letter`.

use clap::Args;

use super::args::{Chosen, Receivers};
use super::change::{Change, ChangeArgs, Changed};
use crate::bus::{DeadLetter, DeadLetterReason, ParkedEvent, ReceiverFailure, Waiting};
use crate::cli::Streams;
use crate::cli::bus::amount::utc;
use crate::cli::outcome::Outcome;
use crate::cli::terminal::Terminal;

#[derive(Args)]
pub(super) struct DeadLetterEvents {
    #[command(flatten)]
    args: ChangeArgs,
    #[command(flatten)]
    chosen: Chosen,
}

impl DeadLetterEvents {
    pub(super) fn run(&self, streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let receivers = self.chosen.receivers();
        let change = Change {
            verb: "dead-letter",
            done: "dead-lettered",
            receivers,
            target: receivers.for_them(),
            loss: None,
            apply: &|event| given_up(event, receivers),
        };
        self.args.run(&change, streams, terminal)
    }
}

/// The event without these receivers, and the dead letter that names them.
fn given_up(event: &ParkedEvent, receivers: Receivers<'_>) -> Changed {
    let (given_up, waiting): (Vec<_>, Vec<_>) =
        event.waiting.iter().cloned().partition(|waiting| receivers.contain(&waiting.receiver));
    let failure = |Waiting { receiver, runs, since, .. }: Waiting| {
        let error = format!("given up by an operator; it waited since {}", utc(since));
        ReceiverFailure::new(error).of_receiver(receiver).after(runs)
    };
    let failures = given_up.into_iter().map(failure).collect();
    let letter = DeadLetter { reason: DeadLetterReason::Operator, failures };
    Changed { waiting, dead_letter: Some(letter) }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::bus::ParkedId;

    #[test]
    fn the_letter_names_the_receivers_that_are_given_up() {
        let waiting = ["a", "b"].map(|path| Waiting::new(path, UNIX_EPOCH).after(3)).to_vec();
        let event = ParkedEvent::new(ParkedId::new(1), None, 1, waiting.clone());
        let changed = given_up(&event, Receivers::One("b"));
        assert_eq!(changed.waiting, waiting[..1]);
        let error = "given up by an operator; it waited since 1970-01-01T00:00:00+00:00";
        let letter = changed.dead_letter.expect("a letter");
        assert_eq!(letter.failures, [ReceiverFailure::new(error).of_receiver("b").after(3)]);
        let changed = given_up(&event, Receivers::All);
        assert_eq!(
            (changed.waiting.len(), changed.dead_letter.map(|letter| letter.failures.len())),
            (0, Some(2))
        );
    }
}
