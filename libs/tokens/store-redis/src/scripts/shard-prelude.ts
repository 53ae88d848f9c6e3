import { randomBytes } from 'node:crypto';

/** ARGV 1–2 of every script with the prelude: random candidates for the head's epoch and for the registry. */
export const candidates = (): readonly [string, string] => [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];

/**
 * Before a script whose writes must go on where the server's memory is at its limit (`noeviction`): leases, what takes tokens away, and the
 * relay, by which a full outbox empties. What they write is bounded, by the validators and by the live tokens. Redis 7: earlier ones can't
 * read the line.
 */
export const allowOom = '#!lua flags=allow-oom';

/**
 * What a script that only reads begins with. A replica answers reads for ever without an error, also a primary that was demoted unnoticed:
 * `refuse_as_replica()` gives the error to return there, or nil.
 */
export const readPrelude = `
local function refuse_as_replica()
  if string.match(redis.call('INFO', 'replication'), 'role:(%w+)') == 'master' then return nil end
  return redis.error_reply('NOTPRIMARY this server is a replica')
end
`;

/**
 * The layout of a shard that this version reads and writes. A version that writes another form raises `writes` with the first such write, and
 * `oldest-reader` when versions before some other one would misunderstand it. Nothing there: 1.
 */
export const ringLayout = 1;

/**
 * What every script of a shard begins with (ADR 2). Nothing is written here but a head and a member table that never were, so a script
 * that fails later has changed nothing. Afterwards:
 *
 * - `server_id`: this server, this run of it and this replication history. A fail-over, a restart and a promotion each change it.
 * - `replicas`: how many replicas are connected.
 * - `open_shard()` → `seq`, `epoch`, `registry`, `head_epoch`; or nil and an error text.
 *
 * The epoch that is told outside names the head *and* the server: after a fail-over that lost changes, another change may bear a number
 * that a validator has seen; behind another epoch it can't be taken for the one it knows. A shard that is reopened gets another head
 * epoch, and so another epoch too: every validator loads it afresh.
 *
 * KEYS 1–5: head, members, environments, log, outbox. ARGV 1–2: {@link candidates}.
 */
export const shardPrelude = `
local head, members, environments, log, outbox = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local replication = redis.call('INFO', 'replication')
local server_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') .. ':' .. string.match(replication, 'master_replid:(%w+)')
local is_primary = string.match(replication, 'role:(%w+)') == 'master'
local replicas = tonumber(string.match(replication, 'connected_slaves:(%d+)') or '0')

local function open_shard()
  if not is_primary then return nil, 'NOTPRIMARY this server is a replica' end
  local head_epoch, seq, oldest_reader = unpack(redis.call('HMGET', head, 'epoch', 'seq', 'oldest-reader'))
  -- in each script, for a newer version may come while this one runs, and a store may come back from a backup of either
  if tonumber(oldest_reader or '1') > ${ringLayout} then return nil, 'LAYOUT this shard was written by a newer version: this one must not touch it' end
  local registry = redis.call('HGET', members, ':registry')
  if not head_epoch or not seq then
    -- a shard is new only if nothing of it is there: half a shard is damaged, and is never repaired silently
    if head_epoch or seq or redis.call('EXISTS', environments, log, outbox) > 0 then return nil, 'DAMAGED the head of the shard is missing' end
    head_epoch, seq = ARGV[1], '0'
    redis.call('HSET', head, 'epoch', head_epoch, 'seq', seq)
  elseif #redis.call('XRANGE', log, string.format('%d-0', seq + 1), '+', 'COUNT', 1) > 0 then
    return nil, 'DAMAGED the change log is ahead of the head'
  end
  if not registry then
    -- kept inside the member table, so that it is lost with it
    registry = ARGV[2]
    redis.call('HSET', members, ':registry', registry)
  end
  return tonumber(seq), redis.sha1hex(head_epoch .. server_id), registry, head_epoch
end
`;
