//! The rows of a consumer in the file: [`Place`].

use rusqlite::Connection;

use super::fault::Fault;
use super::group::{GroupRow, Member};
use super::log::Log;
use super::owner::{Living, Owner};
use super::parked_keys::ParkedKeys;
use crate::bus::contract::error::ErrorKind;
use crate::bus::contract::{StartAt, Subscription};

/// The topic of a consumer, its group and its name, as they are in the file.
pub(super) struct Place {
    pub(super) log: Log,
    pub(super) group: GroupRow,
    pub(super) member: Member,
    pub(super) is_group_new: bool,
}

impl Place {
    pub(super) fn find(sql: &Connection, subscription: &Subscription) -> Result<Option<Self>, Fault> {
        let Some(log) = Log::find(sql, &subscription.topic)? else { return Ok(None) };
        let Some(group) = GroupRow::find(sql, &log, &subscription.group)? else { return Ok(None) };
        let member = group.find_member(sql, &subscription.consumer)?;
        Ok(member.map(|member| Self { log, group, member, is_group_new: false }))
    }

    pub(super) fn find_or_create(
        sql: &Connection,
        subscription: &Subscription,
        start: StartAt,
        own: &Owner,
    ) -> Result<Self, Fault> {
        let log = Log::find_or_create(sql, &subscription.topic)?;
        let (group, is_group_new) = GroupRow::find_or_create(sql, &log, &subscription.group, start)?;
        let member = group.find_or_create_member(sql, &subscription.consumer, own)?;
        Ok(Self { log, group, member, is_group_new })
    }

    /// Refuses a name under which another consumer lives.
    pub(super) fn check_free(&self, subscription: &Subscription, own: &Owner) -> Result<(), Fault> {
        let (kind, who) = match self.member.owner.as_ref().and_then(|other| own.living(other)) {
            None => return Ok(()),
            Some(Living::Here) => (ErrorKind::Configuration, "this process consumes".to_owned()),
            // It may be about to end: a deployment starts the new process first.
            Some(Living::Elsewhere(pid)) => (ErrorKind::Busy, format!("process {pid} consumes")),
        };
        let Subscription { group, consumer, .. } = subscription;
        let what =
            format!("{who} as `{consumer}` in the group `{group}`: give each consumer a name of its own");
        Err(Fault::Found(kind, what))
    }

    /// The keys of which others have parked events.
    pub(super) fn parked_keys<'s>(&self, sql: &'s Connection) -> ParkedKeys<'s> {
        ParkedKeys::new(sql, self.group.id, self.member.id, self.member.have_others_parked)
    }
}
