//! What the reader of a consumer reads: [`Stage`].

use crate::bus::backends::redis::stream_id::StreamId;

/// Which entries the reader asks for.
///
/// ```text
/// Standby --activated--> CatchingUp --empty page, or a new group--> Following
///    ^                      ^   ^                                      |  |
///    |                      |   +---------------lost-------------------+  |
///    +------------------deactivated---------------------------------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// None: another consumer of the group is the active one.
    Standby,
    /// The consumer's own pending entries, in their order. The next page begins after this entry.
    CatchingUp { after: StreamId, backlog: Backlog },
    /// Those that nobody of the group has read.
    Following,
}

/// Where the pending entries come from that are caught up on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backlog {
    /// An earlier process with the same consumer name has left them.
    Left,
    /// This process may have lost replies with them, or has just claimed all that the active consumer had.
    Lost,
}

impl Stage {
    /// The stage of a new consumer. With a single active consumer it first has to become that one.
    pub(super) fn new(is_single_active: bool) -> Self {
        if is_single_active { Self::Standby } else { Self::catching_up(Backlog::Left) }
    }

    fn catching_up(backlog: Backlog) -> Self {
        Self::CatchingUp { after: StreamId::ZERO, backlog }
    }

    /// This consumer has become the active one. What was pending for the group is pending for it now, and is older than
    /// what is new.
    pub(super) fn activated() -> Self {
        Self::catching_up(Backlog::Lost)
    }

    /// A connection or a reply was lost: the server may have handed out entries that did not arrive.
    pub(super) fn lost(self) -> Self {
        match self {
            Self::Standby => Self::Standby,
            Self::CatchingUp { .. } | Self::Following => Self::catching_up(Backlog::Lost),
        }
    }

    /// A page has arrived, with this last entry. After an empty one nothing is pending that was not seen.
    pub(super) fn after_page(self, last: Option<StreamId>) -> Self {
        match (self, last) {
            (Self::CatchingUp { backlog, .. }, Some(after)) => Self::CatchingUp { after, backlog },
            (Self::CatchingUp { .. }, None) => Self::Following,
            (stage, _) => stage,
        }
    }

    /// What to ask `XREADGROUP` for; `None` if nothing is to be read.
    pub(super) fn start(self) -> Option<String> {
        match self {
            Self::Standby => None,
            Self::CatchingUp { after, .. } => Some(after.to_string()),
            Self::Following => Some(">".to_owned()),
        }
    }

    /// Whether what is read now was handed out before.
    pub(super) fn is_redelivered(self) -> bool {
        matches!(self, Self::CatchingUp { .. })
    }

    /// Whether idle entries may be claimed. Not while lost ones are outstanding: a claim would return some of those, out of
    /// order.
    pub(super) fn may_claim(self) -> bool {
        match self {
            Self::Standby | Self::CatchingUp { backlog: Backlog::Lost, .. } => false,
            Self::CatchingUp { backlog: Backlog::Left, .. } | Self::Following => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> StreamId {
        StreamId::parse(text.as_bytes()).expect("an id")
    }

    #[test]
    fn a_new_consumer_reads_its_pending_entries_page_by_page_and_then_new_ones() {
        let stage = Stage::new(false);
        assert_eq!(stage.start().as_deref(), Some("0-0"));
        let stage = stage.after_page(Some(id("5-1")));
        assert_eq!(stage.start().as_deref(), Some("5-1"));
        assert!(stage.is_redelivered() && stage.may_claim());
        let stage = stage.after_page(None);
        assert_eq!(stage, Stage::Following);
        assert_eq!(stage.start().as_deref(), Some(">"));
        assert!(!stage.is_redelivered() && stage.may_claim());
        assert_eq!(stage.after_page(Some(id("6-0"))), Stage::Following);
        assert_eq!(stage.after_page(None), Stage::Following);
    }

    #[test]
    fn after_a_loss_pending_entries_come_first_and_none_is_claimed() {
        let half_way = Stage::new(false).after_page(Some(id("5-1")));
        for stage in [Stage::new(false), half_way, Stage::Following] {
            let stage = stage.lost();
            assert_eq!(stage, Stage::CatchingUp { after: StreamId::ZERO, backlog: Backlog::Lost });
            assert!(!stage.may_claim() && !stage.after_page(Some(id("7-0"))).may_claim());
            assert!(stage.after_page(Some(id("7-0"))).after_page(None).may_claim());
        }
    }

    #[test]
    fn a_consumer_that_stands_by_reads_and_claims_nothing_until_it_is_active() {
        let stage = Stage::new(true);
        assert_eq!((stage, stage.start()), (Stage::Standby, None));
        assert!(!stage.may_claim() && !stage.is_redelivered());
        assert_eq!(stage.lost(), Stage::Standby);
        assert_eq!(stage.after_page(None), Stage::Standby);
        assert_eq!(Stage::activated().start().as_deref(), Some("0-0"));
        assert!(!Stage::activated().may_claim());
    }
}
