//! Scripts: what must happen on the server in one step.

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

/// A script with a header: a replica refuses it, even where it would only have looked. A server that was the primary a moment ago
/// is out of date.
macro_rules! script {
    ($(#[$doc:meta])* $name:ident = $flags:literal $text:expr;) => {
        $(#[$doc])*
        pub(in crate::bus::backends::redis) static $name: Script = Script {
            script: LazyLock::new(|| {
                let text = concat!("#!lua", $flags, "\n", $text);
                (::redis::Script::new(text), text)
            }),
        };
    };
}

/// A script that can compare ids with `is_before`. Ids are compared as texts, since the numbers of Lua are too small for them.
macro_rules! with_order {
    ($($text:expr),+) => {
        concat!(
            r"
local function is_less(one, other)
    if #one ~= #other then return #one < #other end
    return one < other
end
local function is_before(one, other)
    local time, count = string.match(one, '^(%d+)-(%d+)$')
    local other_time, other_count = string.match(other, '^(%d+)-(%d+)$')
    if time ~= other_time then return is_less(time, other_time) end
    return is_less(count, other_count)
end
",
            $($text),+
        )
    };
}

/// Lua functions that tell whose an entry is, which only the same script can act on.
///
/// `owner` returns `ours`, `claimed` or `nobody`. An entry that is not pending was done by another consumer, or the group has
/// been created again and has not delivered it: then it is nobody's. So it is for a consumer that the group does not know,
/// whoever has it. One that was removed from the stream can be done by nobody else. Without the group the script fails with
/// `NOGROUP`.
///
/// The first key is the stream; the first arguments are group and consumer.
macro_rules! with_owner {
    ($text:literal) => {
        with_order!(
            r"
local function last_delivered()
    for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
        local group = {}
        for index = 1, #flat, 2 do group[flat[index]] = flat[index + 1] end
        if group['name'] == ARGV[1] then return group['last-delivered-id'] end
    end
    return '0-0'
end
local function is_known()
    if not redis.acl_check_cmd('XINFO', 'CONSUMERS', KEYS[1], ARGV[1]) then return true end
    for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
        for index = 1, #flat, 2 do
            if flat[index] == 'name' and flat[index + 1] == ARGV[2] then return true end
        end
    end
    return false
end
local last, known
local function owner(id)
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
    if pending and pending[2] == ARGV[2] then return 'ours' end
    if not pending and not redis.call('XRANGE', KEYS[1], id, id)[1] then return 'ours' end
    if known == nil then known = is_known() end
    if not known then return 'nobody' end
    last = last or last_delivered()
    return (pending or not is_before(last, id)) and 'claimed' or 'nobody'
end
",
            $text
        )
    };
}

pub(super) mod parked;

script! {
    /// Sets the idle time of entries of a consumer, and returns those that are another's by now. Without checking who has
    /// them, XCLAIM would take back what others rightly claimed. It forgets those that were removed from the stream.
    ///
    /// Keys: the stream. Arguments: group, consumer, milliseconds, entries.
    TOUCH = " flags=allow-oom" with_owner!(r"
local touch = {'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0}
local claimed = {}
for index = 4, #ARGV do
    local id = ARGV[index]
    local owner = owner(id)
    if owner == 'ours' then
        touch[#touch + 1] = id
    elseif owner == 'claimed' then
        claimed[#claimed + 1] = id
    end
end
if #touch > 5 then
    for _, option in ipairs({'IDLE', ARGV[3], 'JUSTID'}) do touch[#touch + 1] = option end
    redis.call(unpack(touch))
end
return claimed");
}

script! {
    /// Adds a dead letter and acknowledges its entry. In a transaction the second would run even if the first fails.
    ///
    /// First it checks whether the user may acknowledge, or there would be a dead letter with each try. The dead letter is
    /// written first, since a full server refuses nothing more in a script that has written something.
    ///
    /// Returns whose the entry is, and for ours the number of dead letters, or nothing for users who may not ask.
    ///
    /// Keys: the stream, the dead letters. Arguments: group, consumer, entry, fields and values.
    DEAD_LETTER = "" with_owner!(r"
if not redis.acl_check_cmd('XACK', KEYS[1], ARGV[1], ARGV[3]) then
    return redis.error_reply('NOPERM this user has no permissions to run the \'xack\' command on the topic')
end
local owner = owner(ARGV[3])
if owner ~= 'ours' then return {owner} end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 4))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
return {owner, redis.acl_check_cmd('XLEN', KEYS[2]) and redis.call('XLEN', KEYS[2])}");
}

script! {
    /// Counts an attempt for an entry. Returns whose the entry is, and for ours the count.
    ///
    /// Keys: the stream, the attempts. Arguments: group, consumer, entry, seconds until the counts of the group expire.
    COUNT_ATTEMPT = "" with_owner!(r"
local owner = owner(ARGV[3])
if owner ~= 'ours' then return {owner} end
local count = redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {owner, count}");
}

script! {
    /// Takes an attempt off the count for an entry. Returns whose the entry is, and for ours the count.
    ///
    /// Keys: the stream, the attempts. Arguments: group, consumer, entry.
    ATTEMPT_RETURNED = " flags=allow-oom" with_owner!(r"
local owner = owner(ARGV[3])
if owner ~= 'ours' then return {owner} end
local count = redis.call('HINCRBY', KEYS[2], ARGV[3], -1)
if count <= 0 then redis.call('HDEL', KEYS[2], ARGV[3]) end
return {owner, count}");
}

script! {
    /// Sets how many entries a group has read, provided that nobody has read since.
    ///
    /// Keys: the stream. Arguments: group, last entry delivered and entries read as they were, entries read as they are
    /// to be.
    SETTLE = " flags=allow-oom" r"
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
    /// Removes the first entries of a stream: those that every group has done and that are older than a time. Returns how
    /// many it has removed; there may be more until it returns none.
    ///
    /// The age goes by the ids, which are times of the server. First it checks whether that is so: an id from before there
    /// were streams is not a time, and a stream that begins with one is left alone. An id from the future is older than
    /// nothing. In a stream, what precedes an entry is older than it.
    ///
    /// A group has not done what is pending for it, nor what is behind the last entry that it was delivered. It may have
    /// been moved back, so that the first of the two counts. A stream without groups was done by nobody.
    ///
    /// Whole nodes are removed first, with a limit of entries, which takes no time; what is left to remove is in the first
    /// node then.
    ///
    /// A user without the right gets an error at once, and not only when there is something to remove.
    ///
    /// Keys: the stream. Arguments: milliseconds.
    TRIM = " flags=allow-oom" with_order!(r"
if not redis.acl_check_cmd('XTRIM', KEYS[1], 'MINID', '0') then
    return redis.error_reply('NOPERM this user has no permissions to run the \'xtrim\' command on the topic')
end
local function first_from(start)
    local entry = redis.call('XRANGE', KEYS[1], start, '+', 'COUNT', 1)[1]
    return entry and entry[1]
end

local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
if before < 1500000000000 then return 0 end
before = string.format('%.0f-0', before)
local first = first_from('-')
if not first or is_before(first, '1500000000000-0') or not is_before(first, before) then return 0 end

local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
if #groups == 0 then return 0 end
for _, flat in ipairs(groups) do
    local group = {}
    for index = 1, #flat, 2 do group[flat[index]] = flat[index + 1] end
    local pending = redis.call('XPENDING', KEYS[1], group['name'])
    if pending[1] > 0 and is_before(pending[2], before) then before = pending[2] end
    local unread = first_from('(' .. group['last-delivered-id'])
    if unread and is_before(unread, before) then before = unread end
    if not is_before(first, before) then return 0 end
end
local removed = redis.call('XTRIM', KEYS[1], 'MINID', '~', before, 'LIMIT', 10000)
if removed == 0 then removed = redis.call('XTRIM', KEYS[1], 'MINID', '=', before) end
return removed");
}

script! {
    /// Returns the time in milliseconds, and for each group the id of the oldest entry that it has not acknowledged, or nothing.
    ///
    /// Keys: the stream. Arguments: groups.
    OLDEST = " flags=no-writes" with_order!(r"
local delivered = {}
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local group = {}
    for index = 1, #flat, 2 do group[flat[index]] = flat[index + 1] end
    delivered[group['name']] = group['last-delivered-id']
end
local time = redis.call('TIME')
local oldest = {time[1] * 1000 + math.floor(time[2] / 1000)}
for _, group in ipairs(ARGV) do
    local first = false
    if delivered[group] then
        local unread = redis.call('XRANGE', KEYS[1], '(' .. delivered[group], '+', 'COUNT', 1)[1]
        first = unread and unread[1] or false
        local pending = redis.call('XPENDING', KEYS[1], group)
        if pending[1] > 0 and (not first or is_before(pending[2], first)) then first = pending[2] end
    end
    oldest[#oldest + 1] = first
end
return oldest");
}

script! {
    /// Counts the entries between two ids, without the first and with the last one, and not too many at once. Returns their number
    /// and the last id.
    ///
    /// Keys: the stream. Arguments: the two ids.
    COUNT = " flags=no-writes" r"
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], ARGV[2], 'COUNT', 2000)
return {#entries, #entries > 0 and entries[#entries][1]}";
}

script! {
    /// Moves a group behind an id, and acknowledges what is pending behind it.
    ///
    /// Keys: the stream. Arguments: group, id, entries read there.
    SEEK = " flags=allow-oom" r"
redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[2], 'ENTRIESREAD', ARGV[3])
while true do
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '(' .. ARGV[2], '+', 1000)
    if #pending == 0 then return 1 end
    local acknowledge = {'XACK', KEYS[1], ARGV[1]}
    for _, each in ipairs(pending) do acknowledge[#acknowledge + 1] = each[1] end
    redis.call(unpack(acknowledge))
end";
}

script! {
    /// Returns which of these commands the user may not run on the stream.
    ///
    /// Keys: the stream. Arguments: commands.
    REFUSED = " flags=no-writes" r"
local arguments = {
    XADD = {'*', 'f', 'v'}, XREADGROUP = {'GROUP', 'g', 'c', 'STREAMS', KEYS[1], '>'}, XACK = {'g', '1-0'},
    XAUTOCLAIM = {'g', 'c', '0', '0-0'}, XPENDING = {'g'}, XRANGE = {'-', '+'}, XTRIM = {'MINID', '0'}, XDEL = {'1-0'},
    XGROUP = {'CREATE', KEYS[1], 'g', '0'}, XINFO = {'STREAM', KEYS[1]},
}
local before = {XREADGROUP = true, XGROUP = true, XINFO = true}
local refused = {}
for _, command in ipairs(ARGV) do
    local call = {command}
    if not before[command] then call[2] = KEYS[1] end
    for _, argument in ipairs(arguments[command] or {}) do call[#call + 1] = argument end
    if not redis.acl_check_cmd(unpack(call)) then refused[#refused + 1] = command end
end
return refused";
}

script! {
    /// Removes a key that has a given value.
    ///
    /// Keys: the key. Arguments: the value.
    REMOVE = " flags=allow-oom" r"
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";
}

script! {
    /// Removes a consumer from its group if it has nothing pending and nothing parked, while it has its name. Returns
    /// whether it did.
    ///
    /// Without the right to it nothing is removed, and what the user may not look at it cannot have. Deleting a
    /// consumer would delete what is pending for it.
    ///
    /// Keys: the stream, the lease, the index of what is parked. Arguments: group, consumer, the value of the lease.
    LEAVE = " flags=allow-oom" r"
if not redis.acl_check_cmd('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) then return 0 end
if redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
if redis.acl_check_cmd('ZCARD', KEYS[3]) and redis.call('ZCARD', KEYS[3]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1";
}

script! {
    /// Removes consumers from a group that have nothing pending and nothing parked, have no lease, and have been
    /// inactive for a time. Returns their names.
    ///
    /// All of that is looked at here, or what a consumer has just read would be lost with it.
    ///
    /// Keys: the stream, and for each consumer: the lease, the index of what is parked. Arguments: group, milliseconds,
    /// consumers.
    REMOVE_DEPARTED = " flags=allow-oom" r"
if not redis.acl_check_cmd('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], 'name') then
    return redis.error_reply('NOPERM this user has no permissions to run the \'xgroup|delconsumer\' command on the topic')
end
local asked, removed = {}, {}
for number = 3, #ARGV do asked[ARGV[number]] = 2 * (number - 2) end
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    local consumer = {}
    for index = 1, #flat, 2 do consumer[flat[index]] = flat[index + 1] end
    local name = consumer['name']
    local key = asked[name]
    local has_left = key and consumer['pending'] == 0 and consumer['idle'] >= tonumber(ARGV[2])
    if has_left and redis.call('EXISTS', KEYS[key]) == 0
        and not (redis.acl_check_cmd('ZCARD', KEYS[key + 1]) and redis.call('ZCARD', KEYS[key + 1]) > 0) then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
        removed[#removed + 1] = name
    end
end
return removed";
}
