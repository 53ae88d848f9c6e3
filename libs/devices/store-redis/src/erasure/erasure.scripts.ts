import { defineScript } from '@tallystick/platform-redis';
import { guardPrelude } from '../guards/guard-prelude.ts';

/** KEYS: record, work, outcomes, then waiting, index and living of the shard. ARGV: user. */
export const forgetUserScript = defineScript({
  name: 'forget-user',
  lua: `
    local gone = redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
    for at = 4, 6 do gone = gone + redis.call('ZREM', KEYS[at], ARGV[1]) end
    return gone`,
});

/**
 * One page of the accounts of a connection: those of the user are nobody's then. KEYS: owned. ARGV: what the keys of owners begin with, the
 * user as owner, where to begin, how many. Gives how many were theirs, and where the next page begins, '' after the last.
 */
export const forgetOwnedScript = defineScript({
  name: 'forget-owned',
  lua: `
    local page, freed = redis.call('ZRANGE', KEYS[1], ARGV[3], '+', 'BYLEX', 'LIMIT', 0, ARGV[4]), 0
    for _, account in ipairs(page) do
      if redis.call('GET', ARGV[1] .. account) == ARGV[2] then
        redis.call('DEL', ARGV[1] .. account)
        redis.call('ZREM', KEYS[1], account)
        freed = freed + 1
      end
    end
    return { freed, #page == tonumber(ARGV[4]) and '(' .. page[#page] or '' }`,
});

/**
 * One page of the users of a shard: what is kept of others names the user no more, as where they went on under another key, or whose account
 * it was. KEYS: index. ARGV: tag of the shard, user, what stands in its place, where to begin, how many. Gives as `forget-owned`.
 */
export const forgetMentionsScript = defineScript({
  name: 'forget-mentions',
  lua: `
    local tag, user, nobody = ARGV[1], ARGV[2], ARGV[3]
    local page, changed = redis.call('ZRANGE', KEYS[1], ARGV[4], '+', 'BYLEX', 'LIMIT', 0, ARGV[5]), 0
    for _, other in ipairs(page) do
      local record, work, outcomes = tag .. ':record:' .. other, tag .. ':work:' .. other, tag .. ':outcomes:' .. other
      if redis.call('HGET', record, 'm') == user then redis.call('HSET', record, 'm', '') changed = changed + 1 end
      local before = redis.call('HGET', work, 'r')
      if before and string.find(before, user, 1, true) then
        redis.call('HSET', work, 'r', (string.gsub(before, user, nobody)))
        changed = changed + 1
      end
      for at, outcome in ipairs(redis.call('LRANGE', outcomes, 0, -1)) do
        if string.find(outcome, user, 1, true) then
          redis.call('LSET', outcomes, at - 1, (string.gsub(outcome, user, nobody)))
          changed = changed + 1
        end
      end
    end
    return { changed, #page == tonumber(ARGV[5]) and '(' .. page[#page] or '' }`,
});

/**
 * Open holds are without the user then, so what is to be approved is another thing; answered ones keep their sums. What was let through stays
 * counted in the window, which names nobody. KEYS: user, holds. ARGV: base, name of the user. Gives how many holds had them.
 */
export const forgetHeldScript = defineScript({
  name: 'forget-held',
  lua: `local base = ARGV[1]
${guardPrelude}
local name, left = ARGV[2], 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local hold = base .. ':hold:' .. id
  if redis.call('HEXISTS', hold .. ':users', name) == 1 then
    leave(KEYS[1], name, id, redis.call('HGET', hold, 's'), 'changed')
    redis.call('HDEL', hold .. ':users', name)
    redis.call('ZREM', hold .. ':order', name)
    left = left + 1
  end
end
redis.call('DEL', KEYS[1])
return left`,
});
