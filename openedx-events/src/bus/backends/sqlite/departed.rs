//! Consumers that are gone and have left nothing: they are removed from their groups.

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::owner::Owner;

/// Those of a member that has nothing in flight and nothing parked.
const HAS_NOTHING: &str = "
    NOT EXISTS (SELECT 1 FROM lot WHERE lot.grp = member.grp AND lot.member = member.id)
    AND NOT EXISTS (
        SELECT 1 FROM parked_owner JOIN parked ON parked.owner = parked_owner.id
        WHERE parked_owner.grp = member.grp AND parked_owner.member = member.id
    )";

/// A consumer leaves its group. Its name is free, and is not listed any more if it has left nothing.
pub(super) fn leave(sql: &Connection, owner: &Owner) -> Result<(), Fault> {
    let question = format!("SELECT grp, id FROM member WHERE owner = ?1 AND {HAS_NOTHING}");
    let mut statement = sql.prepare_cached(&question)?;
    let found = statement.query_map([owner.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (group, member) in found.collect::<Result<Vec<_>, _>>()? {
        remove(sql, group, member)?;
    }
    sql.prepare_cached("UPDATE member SET owner = NULL WHERE owner = ?1")?.execute([owner.as_str()])?;
    Ok(())
}

/// Removes the other consumers of a group whose processes have ended. One that cannot be seen, as it is in another
/// container, may live: it has nothing, and joins again with its next read.
pub(super) fn remove_gone(sql: &Connection, group: i64, own: i64, owner: &Owner) -> Result<(), Fault> {
    let question = format!("SELECT id, owner FROM member WHERE grp = ?1 AND id != ?2 AND {HAS_NOTHING}");
    let mut statement = sql.prepare_cached(&question)?;
    let found = statement.query_map([group, own], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (member, other) in found.collect::<Result<Vec<(i64, Option<String>)>, _>>()? {
        if other.is_none_or(|other| owner.living(&other).is_none()) {
            remove(sql, group, member)?;
        }
    }
    Ok(())
}

/// Nothing may refer to the member: another one may get its id.
fn remove(sql: &Connection, group: i64, member: i64) -> Result<(), Fault> {
    let mut parked = sql.prepare_cached("DELETE FROM parked_owner WHERE grp = ?1 AND member = ?2")?;
    parked.execute(params![group, member])?;
    sql.prepare_cached("DELETE FROM member WHERE id = ?1")?.execute([member])?;
    Ok(())
}
