import { defineScript, type ScriptClient } from '@tallystick/platform-redis';
import type { HeadMove, MoveOutcome, OutboxClaim, OutboxState } from './outbox.port.ts';

// What a store on Redis needs for its outbox to be chained; the keys of one outbox carry one hash tag.

/**
 * Lua: `server_id`, `is_primary`. This server, this run of it and this replication history: a fail-over, a restart and a promotion each change it,
 * and only after one of them can the store have gone back.
 */
export const serverIdentity = `
local replication = redis.call('INFO', 'replication')
local server_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') .. ':' .. string.match(replication, 'master_replid:(%w+)')
local is_primary = string.match(replication, 'role:(%w+)') == 'master'
`;

/** Its writes go on where the server's memory is at its limit: by them a full outbox empties. */
const allowOom = '#!lua flags=allow-oom';

/** Of the hash that keeps the heads: one field per chain, by environment or `:name`. */
export const chainField = (place: string): string => `chain:${place}`;
const upToField = 'chained-up-to';

const claimScript = defineScript({
  name: 'audit-claim',
  lua: `${allowOom}${serverIdentity}
if not is_primary then return redis.error_reply('NOTPRIMARY this server is a replica') end
local holder, fence, ends_at = unpack(redis.call('HMGET', KEYS[1], 'relay', 'fence', 'until'))
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is_held = ends_at and tonumber(ends_at) > now
if is_held and holder ~= ARGV[1] then return nil end
fence = tonumber(fence or '0')
-- the clock is its least: no number comes twice, also not in a store that was restored since
if not is_held then fence = math.max(fence + 1, now) end
redis.call('HSET', KEYS[1], 'relay', ARGV[1], 'fence', string.format('%d', fence), 'until', string.format('%d', now + ARGV[2]))
return { fence, server_id }
`,
});

/** Takes or keeps the claim, by the server's clock. `claimKey`: a hash. */
export async function claimChainedOutbox(
  client: ScriptClient,
  claimKey: string,
  relay: string,
  ttlMs: number,
): Promise<OutboxClaim | undefined> {
  if (!(ttlMs > 0)) throw new RangeError('a claim lasts longer than nothing');
  const reply = (await claimScript.run(client, [claimKey], [relay, Math.ceil(ttlMs)])) as [number, string] | null;
  return reply === null ? undefined : { fence: reply[0], server: reply[1] };
}

const releaseScript = defineScript({
  name: 'audit-release',
  lua: `
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then redis.call('HSET', KEYS[1], 'until', 0) end
return 0
`,
});

/** Ends a claim, unless a later relay has it; its number stays, so that the next one is greater. */
export async function releaseChainedOutbox(
  client: ScriptClient,
  claimKey: string,
  { fence }: Pick<OutboxClaim, 'fence'>,
): Promise<void> {
  await releaseScript.run(client, [claimKey], [fence]);
}

/**
 * KEYS: outbox (a stream, ids `<seq>-1`), claim, heads, and, where entries are counted by environment, that hash. ARGV: fence, server, last number
 * to take out ('' none), then field, text before ('' none), text after, ….
 */
const moveScript = defineScript({
  name: 'audit-move',
  lua: `${allowOom}${serverIdentity}
local outbox, claim, heads, waiting = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if not is_primary or server_id ~= ARGV[2] or redis.call('HGET', claim, 'fence') ~= ARGV[1] then return 'superseded' end
for at = 4, #ARGV, 3 do
  if (redis.call('HGET', heads, ARGV[at]) or '') ~= ARGV[at + 1] then return 'heads-differ' end
end
for at = 4, #ARGV, 3 do redis.call('HSET', heads, ARGV[at], ARGV[at + 2]) end
if ARGV[3] == '' then return 'done' end
local seq = tonumber(ARGV[3])
if waiting then
  local last, from, gone = string.format('%d-1', seq), '-', {}
  while from do
    local entries = redis.call('XRANGE', outbox, from, last, 'COUNT', 1000)
    for _, entry in ipairs(entries) do
      for field = 1, #entry[2], 2 do
        local environment = entry[2][field + 1]
        if entry[2][field] == 'environment' then gone[environment] = (gone[environment] or 0) + 1 end
      end
    end
    from = #entries == 1000 and '(' .. entries[1000][1]
  end
  for environment, count in pairs(gone) do
    if redis.call('HINCRBY', waiting, environment, -count) <= 0 then redis.call('HDEL', waiting, environment) end
  end
end
redis.call('XTRIM', outbox, 'MINID', '=', string.format('%d-0', seq + 1))
-- counts that had come apart from the outbox are right again at the latest when it is empty
if waiting and redis.call('XLEN', outbox) == 0 then redis.call('DEL', waiting) end
redis.call('HSET', heads, '${upToField}', string.format('%d', seq))
return 'done'
`,
});

export interface MovedKeys {
  readonly outbox: string;
  readonly claim: string;
  readonly heads: string;
  /** Hash: entries in the outbox by environment, for a store that counts them. */
  readonly waiting?: string;
}

/** Moves heads, and takes entries out up to `seq` when it is told: all in one step, or nothing. */
export async function moveChains(
  client: ScriptClient,
  { outbox, claim: claimKey, heads, waiting }: MovedKeys,
  claim: OutboxClaim,
  seq: number | undefined,
  moves: readonly HeadMove[],
): Promise<MoveOutcome> {
  const keys = [outbox, claimKey, heads, ...(waiting === undefined ? [] : [waiting])];
  const args = moves.flatMap(({ place, before = '', after }) => [chainField(place), before, after]);
  return (await moveScript.run(client, keys, [claim.fence, claim.server, seq ?? '', ...args])) as MoveOutcome;
}

/** What the hash of the heads says; it may have other fields too. */
export function outboxStateOf(hash: Readonly<Record<string, string>>): OutboxState {
  const start = chainField('');
  const heads = Object.entries(hash).flatMap(([field, text]) =>
    field.startsWith(start) ? [[field.slice(start.length), text] as const] : [],
  );
  const upTo = hash[upToField];
  return { upTo: upTo !== undefined && /^\d{1,16}$/.test(upTo) ? Number(upTo) : undefined, heads: new Map(heads) };
}
