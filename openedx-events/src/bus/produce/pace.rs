//! How much to publish at a time after a failure: [`Pace`].

/// How much to publish at a time, so that a message that the bus does not take is found.
///
/// After a failure messages are published one at a time, and then in batches that double with each success. If the first
/// message fails alone several times, it may be the cause, and is [examined](Step::Examine): another message shows whether
/// the bus takes any.
#[derive(Debug)]
pub(super) struct Pace {
    size: usize,
    /// How often the first message has failed alone in a row.
    alone: u32,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Publish at most this number of messages.
    Publish(usize),
    /// Find out whether the first message is why publishing fails.
    Examine,
}

/// The maximum number of messages in one call of the backend.
pub(super) const BATCH: usize = 1000;
/// How often a message fails alone before it is examined.
const ATTEMPTS: u32 = 3;

impl Pace {
    pub(super) const fn new() -> Self {
        Self { size: BATCH, alone: 0 }
    }

    pub(super) fn step(&self) -> Step {
        if self.is_suspicious() { Step::Examine } else { Step::Publish(self.size) }
    }

    /// Whether the first message may be why publishing fails.
    pub(super) fn is_suspicious(&self) -> bool {
        self.alone >= ATTEMPTS
    }

    /// How often the first message has failed alone.
    pub(super) fn attempts(&self) -> u32 {
        self.alone
    }

    /// All messages of the step were published.
    pub(super) fn succeeded(&mut self) {
        self.alone = 0;
        self.size = self.size.saturating_mul(2).min(BATCH);
    }

    /// Some of this number of messages were not published.
    pub(super) fn failed(&mut self, count: usize) {
        self.alone = if count == 1 { self.alone.saturating_add(1) } else { 0 };
        self.size = 1;
    }

    /// The first message was examined, and is not the cause, or is gone.
    pub(super) fn examined(&mut self) {
        self.alone = 0;
        self.size = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_examined_after_it_has_failed_alone_three_times() {
        let mut pace = Pace::new();
        assert_eq!(pace.step(), Step::Publish(BATCH));
        pace.failed(BATCH);
        for _ in 0..ATTEMPTS {
            assert_eq!(pace.step(), Step::Publish(1));
            pace.failed(1);
        }
        assert_eq!((pace.step(), pace.attempts()), (Step::Examine, ATTEMPTS));
        pace.examined();
        assert_eq!(pace.step(), Step::Publish(1));
    }

    #[test]
    fn the_number_of_messages_doubles_with_each_success() {
        let mut pace = Pace::new();
        pace.failed(BATCH);
        let mut sizes = Vec::new();
        for _ in 0..11 {
            let Step::Publish(size) = pace.step() else { panic!("{pace:?}") };
            sizes.push(size);
            pace.succeeded();
        }
        assert_eq!(sizes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]);
    }

    /// Messages before the one that fails are published in a few steps, however many they are.
    #[test]
    fn the_message_that_fails_is_found_in_a_few_steps() {
        for bad in [0, 1, 99, 500, 999] {
            let (mut pace, mut done, mut steps) = (Pace::new(), 0, 0);
            while let Step::Publish(size) = pace.step() {
                let count = size.min(BATCH - done);
                let is_bad = (done..done + count).contains(&bad);
                if is_bad {
                    pace.failed(count);
                } else {
                    pace.succeeded();
                }
                done += if is_bad { 0 } else { count };
                steps += 1;
            }
            assert_eq!(done, bad);
            assert!(steps < 70, "{bad}: {steps}");
        }
    }
}
