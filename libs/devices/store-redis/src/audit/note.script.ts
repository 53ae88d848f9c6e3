import { defineScript } from '@tallystick/platform-redis';

/** Lua: `append(outbox, head, entry)` gives the number of the entry. */
const append = `
local function append(outbox, head, entry)
  local seq = redis.call('HINCRBY', head, 'seq', 1)
  redis.call('XADD', outbox, seq .. '-1', 'entry', entry)
  return seq
end
`;

/** Arguments of one note, in order. */
export interface WrittenNote {
  readonly entry: string;
  /** Line of the person in `people`; '' for none. */
  readonly person: string;
  /** A fresh name for them, which stands in the entry. */
  readonly fresh: string;
  /** Line of the secret that its digests were made with, and that secret; '' for none. */
  readonly secretLine: string;
  readonly secret: string;
  /** '' for none. */
  readonly intent: string;
  /** Of an intent: who has it under way. '' ends it. */
  readonly writer: string;
}

export const argumentsOf = (note: WrittenNote): readonly string[] => {
  const { entry, person, fresh, secretLine, secret, intent, writer } = note;
  return [entry, person, fresh, secretLine, secret, intent, writer];
};

/**
 * All notes or none. KEYS: outbox · head · people · open. ARGV: most entries that may wait before these · then for each note {@link argumentsOf}.
 * Gives the last number, nil when there is no room, or 'forgotten' when a secret is another one by now. A person has one name: where there is one
 * already, it takes the fresh one's place.
 */
export const noteScript = defineScript({
  name: 'note-audit',
  lua: `${append}
    local each = 7
    if redis.call('XLEN', KEYS[1]) + (#ARGV - 1) / each > tonumber(ARGV[1]) then return nil end
    for at = 2, #ARGV, each do
      if ARGV[at + 3] ~= '' and redis.call('HGET', KEYS[3], ARGV[at + 3]) ~= ARGV[at + 4] then return 'forgotten' end
    end
    local time = redis.call('TIME')
    local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
    local seq
    for at = 2, #ARGV, each do
      local entry, person, fresh, _, _, intent, writer = unpack(ARGV, at, at + each - 1)
      if person ~= '' then
        local known = redis.call('HGET', KEYS[3], person)
        if known then entry = string.gsub(entry, fresh, known)
        else redis.call('HSET', KEYS[3], person, fresh) end
      end
      if intent ~= '' and writer ~= '' then redis.call('HSET', KEYS[4], intent, now .. ' ' .. writer .. ' ' .. entry)
      elseif intent ~= '' then redis.call('HDEL', KEYS[4], intent) end
      seq = append(KEYS[1], KEYS[2], entry)
    end
    return seq`,
});

/** KEYS: people. ARGV: line · a fresh secret. Gives the one that there is. */
export const secretScript = defineScript({
  name: 'audit-secret',
  lua: `
    redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
    return redis.call('HGET', KEYS[1], ARGV[1])`,
});

/**
 * KEYS: outbox · head · open. ARGV: most entries that may wait before · intent · what stands of it · the entry of its end. Gives 1, 0 when it has ended
 * meanwhile, nil when there is no room.
 */
export const closeScript = defineScript({
  name: 'close-intent',
  lua: `${append}
    if redis.call('HGET', KEYS[3], ARGV[2]) ~= ARGV[3] then return 0 end
    if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return nil end
    redis.call('HDEL', KEYS[3], ARGV[2])
    append(KEYS[1], KEYS[2], ARGV[4])
    return 1`,
});
