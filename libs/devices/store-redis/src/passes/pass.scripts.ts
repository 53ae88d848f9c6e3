import { defineScript } from '@tallystick/platform-redis';

/** 14 days from the last change. */
export const passKeptMs = 14 * 86_400_000;

/** KEYS: pass, passes. ARGV: id, moment it was started at, then fields and values. The list forgets those that are gone, from the oldest on. */
export const openPassScript = defineScript({
  name: 'pass-open',
  lua: `
    if redis.call('EXISTS', KEYS[1]) == 1 then return 'there' end
    redis.call('HSET', KEYS[1], unpack(ARGV, 3))
    redis.call('PEXPIRE', KEYS[1], ${passKeptMs})
    for _, oldest in ipairs(redis.call('ZRANGE', KEYS[2], 0, 9)) do
      if redis.call('EXISTS', string.gsub(KEYS[2], ':passes$', ':pass:') .. oldest) == 0 then redis.call('ZREM', KEYS[2], oldest) end
    end
    redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[2], ${2 * passKeptMs})
    return 'opened'`,
});

/** KEYS: pass, its pages, their order. ARGV: name of the page, sealed entries, then fields and what they grow by. */
export const addPageScript = defineScript({
  name: 'pass-add-page',
  lua: `
    if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
    if redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2]) == 0 then return 'there' end
    redis.call('ZADD', KEYS[3], 0, ARGV[1])
    for at = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) end
    for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ${passKeptMs}) end
    return 'added'`,
});

/**
 * KEYS: pass, its pages, their order, passes, last done. ARGV: fields and values. A pass that is told to be done now is what the next is
 * measured by, unless one that ended later is.
 */
export const updatePassScript = defineScript({
  name: 'pass-update',
  lua: `
    if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
    local is_done = false
    for at = 1, #ARGV, 2 do
      redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
      if ARGV[at] == 'stage' then is_done = ARGV[at + 1] == 'done' end
    end
    for at = 1, 3 do redis.call('PEXPIRE', KEYS[at], ${passKeptMs}) end
    redis.call('PEXPIRE', KEYS[4], ${2 * passKeptMs})
    local kind, ended, started = unpack(redis.call('HMGET', KEYS[1], 'kind', 'endedAt', 'startedAt'))
    local at = ended or started
    local before = tonumber(redis.call('HGET', KEYS[5], 'at')) or 0
    if not is_done or kind ~= 'pass' or tonumber(at) < before then return 'updated' end
    redis.call('DEL', KEYS[5])
    local fields = redis.call('HGETALL', KEYS[1])
    for field = 1, #fields, 2 do
      if string.find(fields[field], '^[ncrf]:') or fields[field] == 'users' or fields[field] == 'entries' then
        redis.call('HSET', KEYS[5], fields[field], fields[field + 1])
      end
    end
    redis.call('HSET', KEYS[5], 'at', at)
    return 'updated'`,
});

/** KEYS: pages. ARGV: name of the page, what it was, what it is to be. */
export const replacePageScript = defineScript({
  name: 'pass-replace-page',
  lua: `
    if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
    return 1`,
});
