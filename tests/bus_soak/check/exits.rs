//! Every process ends as it was told to.

use crate::event::Fate;
use crate::history::History;
use crate::log::Life;

pub(super) fn check(history: &History, problems: &mut Vec<String>) {
    for (life, lifetime) in &history.lives {
        let Some((ended, how)) = &lifetime.ended else {
            problems
                .push(format!("exit: {life}, started at {}, has not ended", history.at(lifetime.start.at)));
            continue;
        };
        let was_stopped = lifetime.term.or(lifetime.finish).is_some();
        let is_right = match how.as_str() {
            "exit-0" => was_stopped,
            // It says that it could not finish or acknowledge.
            "exit-6" => lifetime.term.is_some(),
            "signal-9" => lifetime.kill.is_some(),
            "signal-6" => is_killed_by_an_event(history, life),
            // It was stopped before it could know of the signal.
            "signal-15" => was_stopped && !lifetime.has_subscribed,
            _ => false,
        };
        if !is_right {
            let kill = lifetime.kill.is_some();
            problems.push(format!(
                "exit: {life} ended with {how} at {}, stopped: {was_stopped}, killed: {kill}",
                history.at(ended.at)
            ));
        }
        if let Some(overstayed) = lifetime.overstayed {
            problems.push(format!(
                "exit: {life} did not end until {}, stopped at {}",
                history.at(overstayed.at),
                lifetime.term.or(lifetime.finish).map(|term| history.at(term.at)).unwrap_or_default()
            ));
        }
        if lifetime.finish.is_some() && lifetime.is_ready_at_end == Some(false) {
            problems.push(format!("exit: {life} is not ready at the end, without a fault"));
        }
    }
}

/// Whether it ran an event that kills its process.
fn is_killed_by_an_event(history: &History, life: &Life) -> bool {
    let kills = |number| history.events.get(&number).is_some_and(|event| event.fate == Fate::Kills);
    history.runs.iter().any(|run| run.life == *life && run.end.is_none() && kills(run.number))
}
