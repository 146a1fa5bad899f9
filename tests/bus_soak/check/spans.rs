//! Times in which something holds: [`Spans`].

use super::Order;
use crate::history::History;

/// Times from and to, in microseconds, sorted and apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spans(Vec<(u64, u64)>);

impl Spans {
    pub(super) fn of(spans: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut spans: Vec<_> = spans.into_iter().filter(|(from, to)| from < to).collect();
        spans.sort_unstable();
        let mut apart: Vec<(u64, u64)> = Vec::new();
        for (from, to) in spans {
            match apart.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => apart.push((from, to)),
            }
        }
        Self(apart)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// The times that are in both.
    pub(super) fn common(&self, other: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|one| other.0.iter().map(move |two| (one, two)));
        Self::of(pairs.map(|(one, two)| (one.0.max(two.0), one.1.min(two.1))))
    }

    /// How much of this time they take.
    pub(super) fn within(&self, from: u64, to: u64) -> u64 {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let inside = self.0[first..].iter().take_while(|(start, _)| *start < to);
        inside.map(|(start, end)| to.min(*end) - from.max(*start)).sum()
    }

    /// Whether some of it is in this time.
    pub(super) fn touch(&self, from: u64, to: u64) -> bool {
        self.0.iter().any(|(start, end)| *start <= to && from <= *end)
    }
}

/// When a target had a fault.
pub(super) fn faults(history: &History, target: &str) -> Spans {
    Spans::of(
        history.faults.iter().filter(|fault| fault.target == target).map(|fault| (fault.from, fault.to)),
    )
}

/// When the bus had a fault for all. On a file, whoever is frozen may have its lock.
pub(super) fn of_bus(history: &History, order: Order) -> Spans {
    let mut spans = faults(history, "bus");
    if order == Order::Group {
        let frozen = history.faults.iter().filter(|fault| fault.what == "frozen");
        spans = spans.and(&Spans::of(frozen.map(|fault| (fault.from, fault.to))));
    }
    spans
}

/// When a member could not work: it had a fault, or was ending or ended, until it was started again.
pub(super) fn of_member(history: &History, member: &str) -> Spans {
    let mut lives: Vec<_> = history.lives.iter().filter(|(life, _)| life.member() == member).collect();
    lives.sort_by_key(|(_, life)| life.start);
    let starts = lives.iter().skip(1).map(|(_, life)| life.start.at).chain([history.end.at]);
    let gaps = lives.iter().zip(starts).filter_map(|((_, life), next)| {
        let ends = [life.kill, life.term, life.finish, life.ended.as_ref().map(|(moment, _)| *moment)];
        Some((ends.into_iter().flatten().min()?.at, next))
    });
    faults(history, member).and(&Spans::of(gaps))
}
