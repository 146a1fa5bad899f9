//! Scripts for parked events.
//!
//! The index of a consumer is a sorted set with the ids as scores, and texts like
//! `1764144000000000 0 9a3c… 1234 [["a::receiver",3,1764144000000]]`: id, starts, hash of the key or `-`, size of the message,
//! receivers. The hash of its messages has two fields for each event: the id with the headers, and the id with `.payload`.

use std::sync::LazyLock;

use super::Script;

/// Lua functions that read an index. `find_all` returns the texts of some ids, by these. Events that are started or settled at once
/// nearly always stand near each other: one range has most of them.
macro_rules! with_index {
    ($($text:expr),+) => {
        concat!(
            r"
local function find(index, id)
    return redis.call('ZRANGE', index, id, id, 'BYSCORE')[1]
end
local function find_all(index, ids)
    local first, last, found = ids[1], ids[1], {}
    for _, id in ipairs(ids) do
        if tonumber(id) < tonumber(first) then first = id end
        if tonumber(id) > tonumber(last) then last = id end
    end
    for _, info in ipairs(redis.call('ZRANGE', index, first, last, 'BYSCORE', 'LIMIT', 0, 2 * #ids)) do
        found[string.match(info, '^%d+')] = info
    end
    for _, id in ipairs(ids) do
        found[id] = found[id] or find(index, id)
    end
    return found
end
local function parts(info)
    local id, starts, key, size = string.match(info, '^(%d+) (%d+) (%S+) (%d+) ')
    if not id then error({err = 'ERR the index of parked events is damaged'}) end
    return id, starts, key, size
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
    /// group, consumer, and for each event: entry, headers, payload, what the index gets behind id and starts, 1 if its attempts
    /// are counted, the number of fields and values of the dead letter, and these.
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
        index[#index + 1] = id
        index[#index + 1] = id .. ' 0 ' .. info
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
    /// Records starts of parked events. Returns whether each is there. There may be fewer replies than were asked for, but at least
    /// one: no more bytes of messages are to be read at once. A full server does it as well, or what is parked would never make
    /// room.
    ///
    /// The messages are read afterwards: a script that returned them would copy them several times.
    ///
    /// Keys: index. Arguments: maximum number of bytes, and for each event: id, starts from now on.
    START = " flags=allow-oom" with_index!(r"
local results, bytes, ids, old, new = {}, 0, {}, {}, {}
for index = 2, #ARGV, 2 do ids[#ids + 1] = ARGV[index] end
local infos = find_all(KEYS[1], ids)
for index = 2, #ARGV, 2 do
    local info = infos[ARGV[index]]
    if info then
        local id, starts, _, size = parts(info)
        bytes = bytes + size
        if index > 2 and bytes > tonumber(ARGV[1]) then break end
        old[#old + 1] = info
        new[#new + 1] = id
        new[#new + 1] = id .. ' ' .. ARGV[index + 1] .. string.sub(info, #id + #starts + 2)
    end
    results[#results + 1] = info and 1 or 0
end
if #old > 0 then
    redis.call('ZREM', KEYS[1], unpack(old))
    redis.call('ZADD', KEYS[1], unpack(new))
end
return results");
}

/// Adds the dead letters of parked events, and replaces the receivers that they wait for. An event without any is removed.
/// Returns the number of dead letters, or nothing if none was added, or for users who may not ask.
macro_rules! settle {
    () => {
        with_index!(
            r"
local ids, old, new, fields, is_removed, dead_letters = {}, {}, {}, {}, {}, false
local at = 2
while at <= #ARGV do
    ids[#ids + 1] = ARGV[at]
    at = at + 3 + ARGV[at + 2]
end
local infos = find_all(KEYS[4], ids)
at = 2
while at <= #ARGV do
    local id, waiting, count = unpack(ARGV, at, at + 2)
    local info = not is_removed[id] and infos[id]
    if info then
        if count ~= '0' then
            redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 3, at + 2 + count))
            dead_letters = redis.acl_check_cmd('XLEN', KEYS[1])
        end
        old[#old + 1] = info
        if waiting == '' then
            is_removed[id] = true
            fields[#fields + 1] = id
            fields[#fields + 1] = id .. '.payload'
            new[id] = nil
        else
            local _, _, key, size = parts(info)
            new[id] = table.concat({id, '0', key, size, waiting}, ' ')
        end
    end
    at = at + 3 + count
end
if #old > 0 then redis.call('ZREM', KEYS[4], unpack(old)) end
if #fields > 0 then redis.call('HDEL', KEYS[3], unpack(fields)) end
for id, info in pairs(new) do redis.call('ZADD', KEYS[4], id, info) end
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
    /// Claims parked events of others that are gone, oldest first, and returns their texts in the index. There may be more.
    ///
    /// An owner is gone when its lease is: it was dropped, or its lease has expired. Otherwise what is left of the lease tells how
    /// long it has sent no heartbeat. That is looked at here, or two would claim the same events, or those of one that has come
    /// back. A full server has room for this, as what is claimed is removed elsewhere.
    ///
    /// Keys: the consumers with parked events, messages, index, and for each other consumer: lease, messages, index. Arguments:
    /// consumer, maximum number of events and bytes, the maximum that is left of a lease in milliseconds, the others.
    CLAIM = " flags=allow-oom" with_index!(r"
local max, max_bytes, max_left = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local events, gone = {}, {}
for number = 1, #ARGV - 4 do
    local key = 3 * number + 1
    local left = redis.call('PTTL', KEYS[key])
    if left == -2 or (left >= 0 and left <= max_left) then
        gone[#gone + 1] = number
        for _, info in ipairs(redis.call('ZRANGE', KEYS[key + 2], 0, max - 1)) do
            local id, _, _, size = parts(info)
            events[#events + 1] = {id = id, info = info, size = size, messages = KEYS[key + 1], index = KEYS[key + 2]}
        end
    end
end
table.sort(events, function(one, other) return tonumber(one.id) < tonumber(other.id) end)
local claimed, bytes = {}, 0
for _, event in ipairs(events) do
    bytes = bytes + event.size
    if #claimed == max or (#claimed > 0 and bytes > max_bytes) then break end
    local fields = {event.id, event.id .. '.payload'}
    local values = redis.call('HMGET', event.messages, unpack(fields))
    for field = 1, 2 do
        if values[field] then redis.call('HSET', KEYS[2], fields[field], values[field]) end
    end
    redis.call('ZADD', KEYS[3], event.id, event.info)
    redis.call('ZREM', event.index, event.info)
    redis.call('HDEL', event.messages, unpack(fields))
    claimed[#claimed + 1] = event.info
end
if #claimed > 0 then redis.call('SADD', KEYS[1], ARGV[1]) end
for _, number in ipairs(gone) do
    if redis.call('ZCARD', KEYS[3 * number + 3]) == 0 then redis.call('SREM', KEYS[1], ARGV[4 + number]) end
end
return claimed");
}

/// Changes parked events, and makes those that still wait nobody's.
macro_rules! change {
    () => {
        with_index!(
            r"
local consumer, max_bytes = ARGV[1], tonumber(ARGV[2])
local needed = {
    {'XADD', KEYS[1], '*', 'name', 'value'},
    {'SADD', KEYS[2], 'name'},
    {'SREM', KEYS[2], 'name'},
    {'HMGET', KEYS[3], 'name'},
    {'HDEL', KEYS[3], 'name'},
    {'ZRANGE', KEYS[4], '0', '0'},
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
    local info = find(KEYS[4], id)
    local result = 'gone'
    if info then
        local _, starts, key, size = parts(info)
        local is_as_listed = listed == '' or info == table.concat({id, starts, key, size, listed}, ' ')
        if starts ~= '0' and not is_gone then
            result = 'started'
        elseif is_as_listed then
            result = 'done'
            bytes = bytes + size
            if #results > 0 and bytes > max_bytes then break end
            if count ~= '0' then redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 4, at + 3 + count)) end
            local fields = {id, id .. '.payload'}
            redis.call('ZREM', KEYS[4], info)
            if waiting ~= '' then
                local new = id
                if consumer ~= '' then
                    last = last + 1
                    new = string.format('%.0f', last)
                    local values = redis.call('HMGET', KEYS[3], unpack(fields))
                    if values[1] then redis.call('HSET', KEYS[6], new, values[1]) end
                    if values[2] then redis.call('HSET', KEYS[6], new .. '.payload', values[2]) end
                end
                redis.call('ZADD', KEYS[7], new, table.concat({new, starts, key, size, waiting}, ' '))
            end
            if waiting == '' or consumer ~= '' then redis.call('HDEL', KEYS[3], unpack(fields)) end
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
