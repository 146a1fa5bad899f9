//! `parked move`.

use clap::Args;

use super::args::Receivers;
use super::change::{Change, ChangeArgs, Changed};
use crate::bus::Waiting;
use crate::cli::Streams;
use crate::cli::outcome::{Failure, Outcome};
use crate::cli::output::one_line;
use crate::cli::terminal::Terminal;
use crate::suggest::nearest;

#[derive(Args)]
pub(super) struct Move {
    #[command(flatten)]
    args: ChangeArgs,
    /// Path of the receiver that the events wait for.
    #[arg(long, value_name = "PATH")]
    from: String,
    /// Path of the receiver that they are to wait for. Those that wait for it already wait for it once.
    #[arg(long, value_name = "PATH")]
    to: String,
}

impl Move {
    pub(super) fn run(&self, mut streams: Streams<'_>, terminal: Terminal) -> Outcome {
        let (from, to) = (self.from.as_str(), self.to.as_str());
        if from == to {
            return Err(Failure::Refused("`--from` and `--to` are the same receiver".to_owned()));
        }
        if to.is_empty() {
            return Err(Failure::Refused("`--to` needs the path of a receiver".to_owned()));
        }
        if let Some(warning) = unknown(to) {
            // A command does not fail because stderr is closed.
            let _ = writeln!(streams.stderr, "warning: {}", one_line(&warning));
        }
        let change = Change {
            verb: "move",
            done: "moved",
            receivers: Receivers::One(from),
            target: format!("from `{}` to `{}`", from.escape_debug(), to.escape_debug()),
            loss: None,
            apply: &|event| Changed { waiting: moved(&event.waiting, from, to), dead_letter: None },
        };
        self.args.run(&change, streams.reborrow(), terminal)
    }
}

/// Says that the program does not have this receiver, if it has others.
fn unknown(path: &str) -> Option<String> {
    let mut paths: Vec<&str> = crate::all_events()
        .iter()
        .flat_map(|signal| signal.receivers())
        .map(|receiver| &*receiver.path)
        .collect();
    if paths.is_empty() || paths.contains(&path) {
        return None;
    }
    paths.sort_unstable();
    paths.dedup();
    let near = nearest(path, paths.into_iter());
    Some(format!("this program has no receiver `{path}`{near}"))
}

/// The receivers that an event waits for when one has another path. If it waits for that one already, it does so once: since the
/// earlier time, and with the runs of both.
fn moved(waiting: &[Waiting], from: &str, to: &str) -> Vec<Waiting> {
    let mut moved: Vec<Waiting> = Vec::with_capacity(waiting.len());
    let is_merged = waiting.iter().any(|waiting| waiting.receiver == to);
    for each in waiting {
        let mut each = each.clone();
        if each.receiver == from {
            to.clone_into(&mut each.receiver);
        }
        let same = moved.iter_mut().find(|other| is_merged && each.receiver == to && other.receiver == to);
        match same {
            Some(same) => {
                same.runs = same.runs.saturating_add(each.runs);
                same.since = same.since.min(each.since);
                same.last_error = same.last_error.take().or(each.last_error);
            }
            None => moved.push(each),
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn waiting(path: &str, runs: u32) -> Waiting {
        Waiting::new(path, UNIX_EPOCH + Duration::from_secs(runs.into())).after(runs)
    }

    #[test]
    fn a_receiver_that_moves_keeps_what_is_known_of_it() {
        let before = [waiting("a", 1), waiting("b", 2), waiting("c", 3)];
        let renamed = Waiting { receiver: "d".to_owned(), ..waiting("b", 2) };
        assert_eq!(moved(&before, "b", "d"), [waiting("a", 1), renamed, waiting("c", 3)]);
        assert_eq!(moved(&before, "d", "e"), before);
    }

    #[test]
    fn one_that_is_waited_for_already_is_waited_for_once() {
        let earlier = Waiting { since: UNIX_EPOCH + Duration::from_secs(2), ..waiting("c", 5) };
        let both = [waiting("b", 2), waiting("c", 3)];
        assert_eq!(moved(&both, "b", "c"), std::slice::from_ref(&earlier));
        assert_eq!(moved(&both, "c", "b"), [Waiting { receiver: "b".to_owned(), ..earlier }]);
        let most = [waiting("b", u32::MAX), waiting("c", u32::MAX)];
        assert_eq!(moved(&most, "b", "c")[0].runs, u32::MAX);
    }

    /// Closures can be connected under one name.
    #[test]
    fn two_of_one_name_stay_two() {
        let moved = moved(&[waiting("b", 1), waiting("b", 2)], "b", "c");
        assert_eq!(
            moved.iter().map(|waiting| (&*waiting.receiver, waiting.runs)).collect::<Vec<_>>(),
            [("c", 1), ("c", 2)]
        );
    }
}
