//! What must happen on the server in one step: scripts.

use std::sync::LazyLock;

/// A script, which the server keeps under its hash.
pub(super) struct Script {
    script: LazyLock<(::redis::Script, &'static str)>,
}

impl Script {
    pub(super) fn hash(&self) -> &str {
        self.script.0.get_hash()
    }

    pub(super) fn text(&self) -> &str {
        self.script.1
    }
}

macro_rules! script {
    ($(#[$doc:meta])* $name:ident = $text:expr;) => {
        $(#[$doc])*
        pub(super) static $name: Script =
            Script { script: LazyLock::new(|| (::redis::Script::new($text), $text)) };
    };
}

script! {
    /// Makes entries of a consumer idle for a given time, and gives those that are another's by now. Without the look at
    /// who has them, XCLAIM would take back what others rightly took over.
    ///
    /// An entry that nobody has was done by another, or was trimmed: the stream tells which. XCLAIM forgets trimmed ones.
    ///
    /// Keys: the stream. Arguments: group, consumer, milliseconds, entries.
    TOUCH = r"
local touch = {'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0}
local lost = {}
for index = 4, #ARGV do
    local id = ARGV[index]
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
    if pending and pending[2] == ARGV[2] then
        touch[#touch + 1] = id
    elseif pending or redis.call('XRANGE', KEYS[1], id, id)[1] then
        lost[#lost + 1] = id
    end
end
if #touch > 5 then
    for _, option in ipairs({'IDLE', ARGV[3], 'JUSTID'}) do touch[#touch + 1] = option end
    redis.call(unpack(touch))
end
return lost";
}

script! {
    /// Adds an entry to the dead letters and acknowledges the one that it was. In a transaction the second would run even
    /// if the first fails.
    ///
    /// It is looked first whether the user may acknowledge, or there would be a letter at each try. The letter is the first
    /// that is written, since a full server refuses no more in a script that has written something. An entry that is
    /// another's, or that is done, is left alone; one that is gone from the stream is not.
    ///
    /// Gives how many letters there are; nothing for an entry that is left alone, and for users who may not ask.
    ///
    /// Keys: the stream, the dead letters. Arguments: group, consumer, entry, fields and values.
    BURY = r"
if not redis.acl_check_cmd('XACK', KEYS[1], ARGV[1], ARGV[3]) then
    return redis.error_reply('NOPERM this user has no permissions to run the \'xack\' command on the topic')
end
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)[1]
if pending then
    if pending[2] ~= ARGV[2] then return false end
elseif redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3])[1] then
    return false
end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 4))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
return redis.acl_check_cmd('XLEN', KEYS[2]) and redis.call('XLEN', KEYS[2])";
}

script! {
    /// Sets how many entries a group has read, if nobody has read since it was looked at.
    ///
    /// Keys: the stream. Arguments: group, last entry delivered and entries read as they were, entries read as they are
    /// to be.
    SETTLE = r"
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local group = {}
    for index = 1, #flat, 2 do group[flat[index]] = flat[index + 1] end
    if group['name'] == ARGV[1] then
        if group['last-delivered-id'] ~= ARGV[2] then return 0 end
        if not group['entries-read'] then return 0 end
        if string.format('%.0f', group['entries-read']) ~= ARGV[3] then return 0 end
        redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[2], 'ENTRIESREAD', ARGV[4])
        return 1
    end
end
return 0";
}

script! {
    /// Removes a key that has a given value.
    ///
    /// Keys: the key. Arguments: the value.
    REMOVE = r"
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";
}
