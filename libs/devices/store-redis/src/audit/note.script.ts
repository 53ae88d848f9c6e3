import { defineScript } from '@tallystick/platform-redis';

/**
 * All notes or none. KEYS: outbox · head · people. ARGV: most entries that may wait before these · then for each note: the entry ·
 * the person's field in `people` ('' for none) · a fresh name for them, which stands in the entry.
 * Gives the last number, or nil when there is no room. A person has one name: where there is one already, it takes the fresh one's place.
 */
export const noteScript = defineScript({
  name: 'note-audit',
  lua: `
    local notes = (#ARGV - 1) / 3
    if redis.call('XLEN', KEYS[1]) + notes > tonumber(ARGV[1]) then return nil end
    local seq
    for at = 2, #ARGV, 3 do
      local entry, person, fresh = ARGV[at], ARGV[at + 1], ARGV[at + 2]
      if person ~= '' then
        local known = redis.call('HGET', KEYS[3], person)
        if known then entry = string.gsub(entry, fresh, known)
        else redis.call('HSET', KEYS[3], person, fresh) end
      end
      seq = redis.call('HINCRBY', KEYS[2], 'seq', 1)
      redis.call('XADD', KEYS[1], seq .. '-1', 'entry', entry)
    end
    return seq`,
});
