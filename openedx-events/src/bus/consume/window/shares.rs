//! The events of a lane, in their order: [`Shares`].

use std::collections::VecDeque;

use super::lanes::ShareId;

/// A queue of events that takes little memory as long as it has one: many events may wait, and a lane of an event without a key
/// has no more.
#[derive(Debug)]
pub(super) enum Shares {
    None,
    One(ShareId),
    Several(Box<Several>),
}

#[derive(Debug)]
pub(super) struct Several(VecDeque<ShareId>);

impl Shares {
    pub(super) fn push_back(&mut self, share: ShareId) {
        match self {
            Self::None => *self = Self::One(share),
            Self::One(first) => *self = Self::Several(Box::new(Several(VecDeque::from([*first, share])))),
            Self::Several(several) => several.0.push_back(share),
        }
    }

    /// Adds one in front of that with this index.
    pub(super) fn insert(&mut self, index: usize, share: ShareId) {
        let mut all: VecDeque<_> = self.iter().collect();
        all.insert(index.min(all.len()), share);
        *self = if all.len() == 1 { Self::One(share) } else { Self::Several(Box::new(Several(all))) };
    }

    pub(super) fn pop_front(&mut self) -> Option<ShareId> {
        match self {
            Self::None => None,
            Self::One(first) => {
                let first = *first;
                *self = Self::None;
                Some(first)
            }
            Self::Several(several) => several.0.pop_front(),
        }
    }

    /// Returns whether it was there.
    pub(super) fn remove(&mut self, share: ShareId) -> bool {
        let before = self.len();
        match self {
            Self::One(first) if *first == share => *self = Self::None,
            Self::None | Self::One(_) => {}
            Self::Several(several) => several.0.retain(|each| *each != share),
        }
        self.len() < before
    }

    pub(super) fn front(&self) -> Option<ShareId> {
        self.iter().next()
    }

    pub(super) fn back(&self) -> Option<ShareId> {
        match self {
            Self::None => None,
            Self::One(share) => Some(*share),
            Self::Several(several) => several.0.back().copied(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ShareId> {
        let (one, several) = match self {
            Self::None => (None, None),
            Self::One(share) => (Some(*share), None),
            Self::Several(several) => (None, Some(several.0.iter().copied())),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Several(several) => several.0.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(slot: usize) -> ShareId {
        ShareId { slot, number: 0 }
    }

    #[test]
    fn it_is_a_queue() {
        let mut shares = Shares::None;
        assert_eq!((shares.front(), shares.back(), shares.pop_front()), (None, None, None));
        for round in 0..3 {
            for slot in 0..=round {
                shares.push_back(share(slot));
                assert_eq!((shares.front(), shares.back()), (Some(share(0)), Some(share(slot))));
                assert_eq!(shares.len(), slot + 1);
            }
            assert!(!shares.remove(share(9)));
            for slot in 0..=round {
                assert_eq!(shares.pop_front(), Some(share(slot)));
            }
            assert!(shares.is_empty());
        }
        (0..3).for_each(|slot| shares.push_back(share(slot)));
        shares.insert(1, share(7));
        assert!(shares.remove(share(1)) && shares.remove(share(7)));
        assert_eq!(shares.iter().collect::<Vec<_>>(), [share(0), share(2)]);
        shares.insert(1, share(1));
        assert_eq!(shares.iter().collect::<Vec<_>>(), [share(0), share(1), share(2)]);
    }
}
