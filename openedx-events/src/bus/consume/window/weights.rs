//! How much entries weigh: [`Weights`].

/// How much the entries of a topic have weighed, to ask for as many as fit.
#[derive(Debug, Default)]
pub(super) struct Weights {
    /// The number of entries so far.
    seen: usize,
    /// About as heavy as the heaviest of the last ones, in bytes.
    heavy: usize,
}

/// How many times as many entries as there have been are asked for.
const GROWTH: usize = 10;

/// With each entry, what was heavy before counts for this part less.
const FADING: usize = 8;

impl Weights {
    pub(super) fn add(&mut self, size: usize) {
        self.seen = self.seen.saturating_add(1);
        self.heavy = size.max(self.heavy - self.heavy / FADING);
    }

    /// How many entries to ask for when there is room for this number of bytes: at least one, if there is any room. At first
    /// it is one, and then few, as little is known of the next ones.
    pub(super) fn fitting(&self, room: usize) -> usize {
        if room == 0 {
            return 0;
        }
        let fitting = room.checked_div(self.heavy).unwrap_or(usize::MAX);
        fitting.min(self.seen.saturating_mul(GROWTH)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_asks_for_what_fits() {
        let mut weights = Weights::default();
        assert_eq!((weights.fitting(1000), weights.fitting(0)), (1, 0), "nothing is known yet");
        weights.add(10);
        assert_eq!(weights.fitting(1000), 10);
        weights.add(10);
        weights.add(10);
        assert_eq!((weights.fitting(1000), weights.fitting(25), weights.fitting(3)), (30, 2, 1));
        weights.add(400);
        assert_eq!(weights.fitting(1000), 2, "a heavy one");
        (0..50).for_each(|_| weights.add(10));
        assert_eq!(weights.fitting(1000), 100, "is forgotten");
    }

    #[test]
    fn entries_without_a_weight_always_fit() {
        let mut weights = Weights::default();
        (0..100).for_each(|_| weights.add(0));
        assert_eq!(weights.fitting(1), 1000);
    }
}
