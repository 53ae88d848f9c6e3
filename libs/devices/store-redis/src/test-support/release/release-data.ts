import {
  type DeviceId,
  noChanges,
  type Outcome,
  type PassId,
  type PlanHash,
  sourcePosition,
  type UserRef,
  usualGuards,
} from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { parseKeyRing } from '@tallystick/platform-secrets';
import {
  createIdentities,
  RedisConnectionRests,
  RedisGuardStore,
  RedisParkedStore,
  RedisPassStore,
  RedisReconciliationStore,
  RedisSourceRecordStore,
  RedisUserIndex,
} from '../../index.ts';

// Compiles in this release and in the one before it: `tools/record-release.mjs` has that one write and read it. All people are invented.

export const at = instant(1_790_000_000_000);
/** No key of anybody: the numbers from 1 to 32. */
export const ring = parseKeyRing(
  JSON.stringify({ current: 'k1', keys: { k1: Buffer.from(Array.from({ length: 32 }, (_, n) => n + 1)).toString('base64') } }),
);
export const hr = { environment: environmentId('acme'), connection: connectionId('hr') };
const identities = createIdentities(ring);
const userOf = (name: string): UserRef => identities.userOf(hr.environment, hr.connection, name);
export const [ada, grace, alan] = [userOf('ada.lovelace'), userOf('grace.hopper'), userOf('alan.turing')];
const account = identities.accountOf('org', 'ada.lovelace');
export const position = (n: number) => sourcePosition(1, String(n).padStart(20, '0'));
const limits = { settings: usualGuards, users: 100 };
const outcome: Outcome = { ...ada, kind: 'in-sync', version: position(1), steps: [], findings: [], at };
const passId = 'p1' as PassId;

export const storesOf = (redis: Redis) => ({
  records: new RedisSourceRecordStore(redis, ring),
  reconciliations: new RedisReconciliationStore(redis, ring),
  users: new RedisUserIndex(redis),
  guards: new RedisGuardStore({ redis, ring, clock: () => at }), // else a recorded hold would be over one day
  parked: new RedisParkedStore(redis, ring),
  passes: new RedisPassStore({ redis, ring }),
  rests: new RedisConnectionRests(redis),
});

/** Records, owners, open work, outcomes, source positions, a hold of each kind, a pass and parked records. */
export async function writeReleaseData(redis: Redis): Promise<void> {
  const { records, reconciliations, guards, parked, passes, rests } = storesOf(redis);
  await records.raiseEpoch(hr, 'olga', at);
  const attributes = { username: 'ada.lovelace', mail: 'ada@people.example', mobile: '+12025550123' };
  for (const user of [ada, grace, alan]) await records.put(user, position(1), { kind: 'record', attributes });
  await records.signalled(ada, position(1));
  await records.put(alan, position(2), { kind: 'deleted' });
  await records.saveConsumed(hr, 1, { topic: 'acme.people', partition: 0, next: '42', timestamp: 5 });
  await records.noteGap(hr, 1, { topic: 'acme.people', partition: 0, from: '1', to: '3', at });

  const first = await reconciliations.begin(ada);
  await reconciliations.claimAccount(ada, first.fence, account);
  await reconciliations.finish(ada, first.fence, outcome);
  const second = await reconciliations.begin(ada);
  const address = { kind: 'sms', number: '+12025550123' } as const;
  const openPair = { slot: 'SMS Number 1', address, idsBefore: ['device-1' as DeviceId], openedAt: at } as const;
  await reconciliations.saveWork(ada, second.fence, { intent: { createdByUs: false, openPair }, done: [] });

  const counts = { ...noChanges, removals: 1 };
  await guards.reserve(ada, 'let-through' as PlanHash, counts, limits);
  const plan = { steps: [{ kind: 'unpair', reason: 'not-managed', slot: 'Voice Number 2' }], findings: [] } as const;
  const how = { because: 'too-many-removals', requestedBy: 'olga', holdHours: 720 } as const;
  await guards.hold(grace, { planHash: 'held' as PlanHash, counts, plan }, how);
  const answered = await guards.hold(
    alan,
    { planHash: 'answered' as PlanHash, counts, plan },
    { ...how, because: 'too-many-deletions' },
  );
  const { hash } = (await guards.read(hr, answered))!;
  await guards.answer(hr, answered, { kind: 'reject', hash, by: 'omar', reason: 'he has left', twoPeople: true });

  await passes.open({
    ...hr,
    id: passId,
    kind: 'pass',
    stage: 'planning',
    connectionVersion: 1,
    startedBy: 'olga',
    startedAt: at,
  });
  const entries = [{ user: grace.user, result: 'not-planned', because: 'no-record' } as const];
  await passes.addPage(hr, passId, { shard: '00', number: 0, entries, filled: {} });
  await passes.update(hr, passId, { stage: 'done' });

  const place = { epoch: 1, topic: 'acme.people', partition: 0, timestamp: 5, reason: 'not-json', parkedAt: at };
  const bytes = { key: Buffer.from('ada'), value: Buffer.from('not json'), headers: {} };
  for (const offset of ['7', '8']) await parked.add(hr, `1-0-${offset}`, { ...place, offset }, bytes);
  await parked.change((await parked.read(hr, '1-0-8'))!, { state: 'discarded', by: 'olga', at: instant(Date.now()) });
  await rests.rest(hr, 600_000);
}

const withoutTimes = (hold: object): object => ({ ...hold, openedAt: undefined, expiresAt: undefined, answeredAt: undefined });

/** What can be read of it, as plain JSON; without the moments at which the server itself wrote. */
export async function readReleaseData(redis: Redis): Promise<unknown> {
  const { records, reconciliations, users, guards, parked, passes } = storesOf(redis);
  const pending: unknown[] = [];
  for await (const { user, version } of records.pending(hr)) pending.push([user.user, version]);
  const holds = await guards.list(hr, undefined, 10);
  const { records: open } = await parked.list(hr, 'open', 0, 10);
  const { records: settled } = await parked.list(hr, 'settled', 0, 10);
  const pass = await passes.read(hr, passId);
  return JSON.parse(
    JSON.stringify({
      records: await Promise.all([ada, grace, alan].map((user) => reconciliations.record(user))),
      pending,
      source: await records.source(hr),
      consumed: await records.consumed(hr, 1),
      owner: await reconciliations.ownerOf(account),
      outcomes: await reconciliations.outcomes(ada),
      sizes: [await users.count(hr), await users.living(hr)],
      holds: holds.holds.map(withoutTimes),
      held: await Promise.all(holds.holds.map(({ id }) => guards.users(hr, id, undefined, 10))),
      pass: { ...pass, endedAt: undefined },
      entries: await passes.entries(hr, passId, undefined, 10),
      lastDone: (await passes.lastDone(hr))?.sums,
      open,
      bytes: await parked.bytes(hr, '1-0-7'),
      settled: settled.map((record) => ({ ...record, changedAt: undefined })),
    }),
  ) as unknown;
}
