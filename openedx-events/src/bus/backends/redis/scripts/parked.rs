//! Scripts for parked events.
//!
//! The index of a consumer is a sorted set of the ids. The hash of its messages has four fields for each event: the id with the
//! headers, `<id>.payload`, `<id>.starts`, and `<id>.info` with a text like `9a3c… 1234 [["a::receiver",3,1764144000000]]`: the hash of
//! the key or `-`, the size of the message, receivers. What changes is small, and nothing of it is read to find or to remove an event:
//! a command is expensive in a script, and so is each text that it touches.

use std::sync::LazyLock;

use super::Script;

/// Lua functions for the fields of events.
macro_rules! with_fields {
    ($($text:expr),+) => {
        concat!(
            r"
local function fields(id)
    return id, id .. '.payload', id .. '.info', id .. '.starts'
end
local function of_each(ids, suffix)
    local fields = {}
    for number, id in ipairs(ids) do fields[number] = id .. suffix end
    return fields
end
local function parts(info)
    local key, size = string.match(info or '', '^(%S+) (%d+) ')
    if not key then error({err = 'ERR the info of a parked event is damaged'}) end
    return key, size
end
",
            $($text),+
        )
    };
}

script! {
    /// Returns a command of parking that the user may not run, or nothing. That it runs at all shows the right to the others'
    /// keys.
    ///
    /// Keys: the stream, the dead letters, the consumers with parked events, messages, index, last id, attempts, a lease.
    MAY_PARK = " flags=allow-oom" r"
local needed = {
    {'XPENDING', KEYS[1], 'group', '1-1', '1-1', '1'},
    {'XRANGE', KEYS[1], '1-1', '1-1'},
    {'XINFO', 'GROUPS', KEYS[1]},
    {'XACK', KEYS[1], 'group', '1-1'},
    {'XADD', KEYS[2], '*', 'name', 'value'},
    {'SADD', KEYS[3], 'name'},
    {'SREM', KEYS[3], 'name'},
    {'SMEMBERS', KEYS[3]},
    {'HSET', KEYS[4], 'name', 'value'},
    {'HMGET', KEYS[4], 'name'},
    {'HDEL', KEYS[4], 'name'},
    {'ZADD', KEYS[5], '1', 'name'},
    {'ZREM', KEYS[5], 'name'},
    {'ZRANGE', KEYS[5], '0', '0'},
    {'ZCARD', KEYS[5]},
    {'GET', KEYS[6]},
    {'SET', KEYS[6], '1'},
    {'TIME'},
    {'HDEL', KEYS[7], 'name'},
    {'PTTL', KEYS[8]},
}
for _, command in ipairs(needed) do
    if not redis.acl_check_cmd(unpack(command)) then return string.lower(command[1]) end
end
return false";
}

script! {
    /// Parks entries, adds dead letters and acknowledges the entries. Returns for each whose the entry is, and for ours the id.
    ///
    /// Ids are times of the server, in microseconds, and larger than all before: they are not used again after the group was
    /// deleted, or after a server has lost its last second. The numbers of Lua are exact until the year 2255.
    ///
    /// A command is expensive here, so there is one of each kind for all events. What is pending for the consumer between the first
    /// and the last entry usually is these; the owners of the others are looked up one by one.
    ///
    /// Keys: the stream, the dead letters, the consumers with parked events, messages, index, last id, attempts. Arguments:
    /// group, consumer, and for each event: entry, headers, payload, info, 1 if its attempts are counted, the number of fields and
    /// values of the dead letter, and these.
    PARK = "" with_owner!(r"
local events, at = {}, 3
while at <= #ARGV do
    events[#events + 1] = at
    at = at + 6 + ARGV[at + 5]
end
local own = {}
local range = {ARGV[events[1]], ARGV[events[#events]], 2 * #events}
for _, pending in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], range[1], range[2], range[3], ARGV[2])) do
    own[pending[1]] = 'ours'
end
local time = redis.call('TIME')
local last = math.max(tonumber(redis.call('GET', KEYS[6]) or 0), time[1] * 1000000 + time[2])
local results, messages, index, entries, counted = {}, {}, {}, {}, {}
for number, at in ipairs(events) do
    local entry, head, payload, info, is_counted, count = unpack(ARGV, at, at + 5)
    local owner = own[entry] or owner(entry)
    if owner == 'ours' then
        own[entry] = 'claimed'
        if count ~= '0' then redis.call('XADD', KEYS[2], '*', unpack(ARGV, at + 6, at + 5 + count)) end
        local id = string.format('%.0f', last + number)
        local field = #messages
        messages[field + 1], messages[field + 2] = id, head
        messages[field + 3], messages[field + 4] = id .. '.payload', payload
        messages[field + 5], messages[field + 6] = id .. '.info', info
        messages[field + 7], messages[field + 8] = id .. '.starts', '0'
        index[#index + 1] = id
        index[#index + 1] = id
        entries[#entries + 1] = entry
        if is_counted == '1' then counted[#counted + 1] = entry end
        results[number] = {owner, id}
    else
        results[number] = {owner}
    end
end
if #entries > 0 then
    redis.call('SET', KEYS[6], string.format('%.0f', last + #events))
    redis.call('SADD', KEYS[3], ARGV[2])
    redis.call('HSET', KEYS[4], unpack(messages))
    redis.call('ZADD', KEYS[5], unpack(index))
    redis.call('XACK', KEYS[1], ARGV[1], unpack(entries))
end
if #counted > 0 then redis.call('HDEL', KEYS[7], unpack(counted)) end
return results");
}

script! {
    /// Records starts of parked events. Returns whether each is there. A full server does it as well, or what is parked would never
    /// make room.
    ///
    /// The messages are read afterwards: a script that returned them would copy them several times.
    ///
    /// Keys: messages. Arguments: for each event: id, starts from now on.
    START = " flags=allow-oom" r"
local results, fields, new = {}, {}, {}
for at = 1, #ARGV, 2 do fields[#fields + 1] = ARGV[at] .. '.starts' end
for number, starts in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
    results[number] = starts and 1 or 0
    if starts then
        new[#new + 1] = fields[number]
        new[#new + 1] = ARGV[2 * number]
    end
end
if #new > 0 then redis.call('HSET', KEYS[1], unpack(new)) end
return results";
}

script! {
    /// Removes parked events that are done. A full server does it as well, which it would not in a transaction.
    ///
    /// Keys: the consumers with parked events, messages, index. Arguments: consumer, number of events, ids, their other fields: no
    /// text is made here, where that takes longer.
    REMOVE = " flags=allow-oom" r"
redis.call('ZREM', KEYS[3], unpack(ARGV, 3, 2 + ARGV[2]))
redis.call('HDEL', KEYS[2], unpack(ARGV, 3))
if redis.call('ZCARD', KEYS[3]) == 0 then redis.call('SREM', KEYS[1], ARGV[1]) end";
}

/// Adds the dead letters of parked events, and replaces the receivers that they wait for. An event without any is removed.
/// Returns the number of dead letters, or nothing if none was added, or for users who may not ask.
macro_rules! settle {
    () => {
        with_fields!(
            r"
local ids, old, all, new, is_removed, dead_letters = {}, {}, {}, {}, {}, false
local at = 2
while at <= #ARGV do
    ids[#ids + 1] = ARGV[at]
    at = at + 3 + ARGV[at + 2]
end
local infos = redis.call('HMGET', KEYS[3], unpack(of_each(ids, '.info')))
at = 2
for number, id in ipairs(ids) do
    local waiting, count = ARGV[at + 1], ARGV[at + 2]
    local info = not is_removed[id] and infos[number]
    if info then
        if count ~= '0' then
            redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 3, at + 2 + count))
            dead_letters = redis.acl_check_cmd('XLEN', KEYS[1])
        end
        if waiting == '' then
            is_removed[id] = true
            old[#old + 1] = id
            local field = #all
            all[field + 1], all[field + 2], all[field + 3], all[field + 4] = fields(id)
        else
            local key, size = parts(info)
            local field = #new
            new[field + 1], new[field + 2] = id .. '.info', table.concat({key, size, waiting}, ' ')
            new[field + 3], new[field + 4] = id .. '.starts', '0'
        end
    end
    at = at + 3 + count
end
if #new > 0 then redis.call('HSET', KEYS[3], unpack(new)) end
if #old > 0 then
    redis.call('ZREM', KEYS[4], unpack(old))
    redis.call('HDEL', KEYS[3], unpack(all))
end
if redis.call('ZCARD', KEYS[4]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
return dead_letters and redis.call('XLEN', KEYS[1])"
        )
    };
}

script! {
    /// Settles parked events. A full server does it as well: it needs no room.
    ///
    /// Keys: the dead letters, the consumers with parked events, messages, index. Arguments: consumer, and for each event: id,
    /// the receivers that it waits for, the number of fields and values of the dead letter, and these.
    SETTLE = " flags=allow-oom" settle!();
}

script! {
    /// [`SETTLE`] with dead letters, for which a server needs room.
    GIVE_UP = "" settle!();
}

script! {
    /// Claims parked events of others that are gone, oldest first, and returns their ids, starts and infos. There may be more.
    ///
    /// An owner is gone when its lease is: it was dropped, or its lease has expired. Otherwise what is left of the lease tells how
    /// long it has sent no heartbeat. That is looked at here, or two would claim the same events, or those of one that has come
    /// back. A full server has room for this, as what is claimed is removed elsewhere.
    ///
    /// Keys: the consumers with parked events, messages, index, and for each other consumer: lease, messages, index. Arguments:
    /// consumer, maximum number of events and bytes, the maximum that is left of a lease in milliseconds, the others.
    CLAIM = " flags=allow-oom" with_fields!(r"
local max, max_bytes, max_left = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local events, gone = {}, {}
for number = 1, #ARGV - 4 do
    local key = 3 * number + 1
    local left = redis.call('PTTL', KEYS[key])
    if left == -2 or (left >= 0 and left <= max_left) then
        gone[#gone + 1] = number
        local ids = redis.call('ZRANGE', KEYS[key + 2], 0, max - 1)
        local infos = #ids > 0 and redis.call('HMGET', KEYS[key + 1], unpack(of_each(ids, '.info')))
        for place, id in ipairs(ids) do
            local _, size = parts(infos[place])
            events[#events + 1] = {id = id, size = size, messages = KEYS[key + 1], index = KEYS[key + 2]}
        end
    end
end
table.sort(events, function(one, other) return tonumber(one.id) < tonumber(other.id) end)
local claimed, count, bytes = {}, 0, 0
for _, event in ipairs(events) do
    bytes = bytes + event.size
    if count == max or (count > 0 and bytes > max_bytes) then break end
    count = count + 1
    local names = {fields(event.id)}
    local values = redis.call('HMGET', event.messages, unpack(names))
    for field = 1, 4 do
        if values[field] then redis.call('HSET', KEYS[2], names[field], values[field]) end
    end
    redis.call('ZADD', KEYS[3], event.id, event.id)
    redis.call('ZREM', event.index, event.id)
    redis.call('HDEL', event.messages, unpack(names))
    claimed[#claimed + 1] = event.id
    claimed[#claimed + 1] = values[4]
    claimed[#claimed + 1] = values[3]
end
if count > 0 then redis.call('SADD', KEYS[1], ARGV[1]) end
for _, number in ipairs(gone) do
    if redis.call('ZCARD', KEYS[3 * number + 3]) == 0 then redis.call('SREM', KEYS[1], ARGV[4 + number]) end
end
return claimed");
}

/// Changes parked events, and makes those that still wait nobody's.
macro_rules! change {
    () => {
        with_fields!(
            r"
local consumer, max_bytes = ARGV[1], tonumber(ARGV[2])
local needed = {
    {'XADD', KEYS[1], '*', 'name', 'value'},
    {'SADD', KEYS[2], 'name'},
    {'SREM', KEYS[2], 'name'},
    {'HMGET', KEYS[3], 'name'},
    {'HDEL', KEYS[3], 'name'},
    {'ZREM', KEYS[4], 'name'},
    {'ZCARD', KEYS[4]},
    {'PTTL', KEYS[5]},
    {'HSET', KEYS[6], 'name', 'value'},
    {'ZADD', KEYS[7], '1', 'name'},
    {'GET', KEYS[8]},
    {'SET', KEYS[8], '1'},
    {'TIME'},
}
for _, command in ipairs(needed) do
    if not redis.acl_check_cmd(unpack(command)) then
        local text = 'NOPERM this user has no permissions to run the \'%s\' command on `%s`'
        return redis.error_reply(string.format(text, string.lower(command[1]), command[2] or ''))
    end
end
local is_gone = redis.call('PTTL', KEYS[5]) == -2
local time = redis.call('TIME')
local before = math.max(tonumber(redis.call('GET', KEYS[8]) or 0), time[1] * 1000000 + time[2])
local results, bytes, last = {}, 0, before
local at = 3
while at <= #ARGV do
    local id, listed, waiting, count = unpack(ARGV, at, at + 3)
    local values = redis.call('HMGET', KEYS[3], fields(id))
    local info, starts = values[3], values[4]
    local result = 'gone'
    if info then
        local key, size = parts(info)
        local is_as_listed = listed == '' or info == table.concat({key, size, listed}, ' ')
        if starts ~= '0' and not is_gone then
            result = 'started'
        elseif is_as_listed then
            result = 'done'
            bytes = bytes + size
            if #results > 0 and bytes > max_bytes then break end
            if count ~= '0' then redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 4, at + 3 + count)) end
            redis.call('ZREM', KEYS[4], id)
            redis.call('HDEL', KEYS[3], fields(id))
            if waiting ~= '' then
                local new = id
                if consumer ~= '' then
                    last = last + 1
                    new = string.format('%.0f', last)
                end
                values[3] = table.concat({key, size, waiting}, ' ')
                for number, field in ipairs({fields(new)}) do
                    if values[number] then redis.call('HSET', KEYS[6], field, values[number]) end
                end
                redis.call('ZADD', KEYS[7], new, new)
            end
        end
    end
    results[#results + 1] = result
    at = at + 4 + count
end
if last > before then
    redis.call('SET', KEYS[8], string.format('%.0f', last))
    redis.call('SADD', KEYS[2], '')
end
if redis.call('ZCARD', KEYS[4]) == 0 then redis.call('SREM', KEYS[2], consumer) end
return results"
        )
    };
}

script! {
    /// Replaces the receivers that parked events wait for, removes those that wait for none, and makes the others nobody's: they
    /// are under the keys of the consumer without a name, which has no lease, and have new ids: what their consumer still does under
    /// the old ones has no effect, even if it claims them itself. Returns for each event `done`, `started` for one that
    /// is left alone, or `gone`. There may be fewer than were given, but at least one: no more bytes at once. A full server has
    /// room for it, as what is moved is removed elsewhere.
    ///
    /// What was started may still run, as long as the consumer has a lease. First it is checked that the user has all rights, or
    /// there would be a dead letter with each try.
    ///
    /// Keys: the dead letters, the consumers with parked events, messages, index and lease of the consumer, messages and index of
    /// nobody, last id. Arguments: consumer, maximum number of bytes, and for each event: id, the receivers that it must still wait for or
    /// nothing, those that it waits for from now on, the number of fields and values of the dead letter, and these.
    CHANGE = " flags=allow-oom" change!();
}

script! {
    /// [`CHANGE`] with dead letters, for which a server needs room.
    CHANGE_WITH_LETTERS = "" change!();
}
