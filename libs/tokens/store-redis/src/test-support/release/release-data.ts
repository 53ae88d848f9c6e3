import { instant } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import {
  dayOf,
  defaultRingSettings,
  maxLeaseMs,
  type MemberId,
  type PepperId,
  type ProposalId,
  type Ring,
  type Token,
} from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { RedisDeviceJournal } from '../../redis-device-journal.ts';
import { RedisRingWitness } from '../../redis-ring-witness.ts';
import { RedisTokenRingStore } from '../../redis-token-ring-store.ts';
import { RedisSightingStore } from '../../sightings/redis-sighting-store.ts';

// Compiles in this release and in the one before it: `tools/record-release.mjs` has that one write and read it.

export const at = instant(1_790_000_000_000);
const { shard, environments } = environmentsOfOneShard(2);
export const [acme, globex] = environments as [(typeof environments)[0], (typeof environments)[0]];
export const ringShard = shard;
export const member = (epoch = '', applied = -1) => ({
  id: 'validator-a' as MemberId,
  epoch,
  applied,
  leaseMs: maxLeaseMs,
  peppers: ['k1' as PepperId],
});

/** A token of each kind that there is, in a ring that says everything that a ring can say. */
const tokens: readonly Token[] = [
  { ...exampleToken(1), valueKept: 'delivery', segment: { platform: 'ios', site: 'north', mdm: 'intune' } },
  { ...exampleToken(2, { kind: 'retiring', at, by: 'olga' }), notBefore: at, expiresAt: instant(at + 1_000) },
  { ...exampleToken(3, { kind: 'revoked', at, by: 'olga', reason: 'lost with a phone' }), origin: 'own' },
  { ...exampleToken(4), leakReportedAt: at },
];
const rich = (version: number): Ring => ({
  ...exampleRing(acme, version, tokens),
  siblings: {
    mode: 'observe',
    revision: 2,
    rules: { deviceLock: true, minimumOsVersion: { ios: '17.1', android: '14' } },
  },
  settings: { ...defaultRingSettings, twoPeople: true, enrolmentLink: 'https://enrol.example/phone' },
  proposals: [
    {
      id: 'prop_1' as ProposalId,
      command: '{"kind":"revoke-others"}',
      refusal: 'too-many-devices',
      refusedShare: 0.25,
      reason: 'a phone was lost',
      by: 'olga',
      at,
      expiresAt: instant(at + 86_400_000),
    },
  ],
});

const journalOf = (redis: Redis) =>
  new RedisDeviceJournal(redis, { environment: acme, target: 'nanomdm', nameOf: (device) => `d-${device}` });

/** Rings with their log, outbox and answers; the witness, sightings and deliveries beside them. */
export async function writeReleaseData(redis: Redis): Promise<void> {
  const store = new RedisTokenRingStore({ client: redis });
  const change = { mayUseReserve: false, expectedVersion: 0 };
  await store.change({
    ...change,
    ring: rich(1),
    audit: '{"action":"first"}',
    sealed: { keep: [{ token: exampleToken(1).id, copy: 'a sealed copy' }], erase: [] },
    idempotency: { key: 'key-a', requestDigest: 'd', answer: 'sealed', values: 'sealed values' },
  });
  await store.change({ ...change, ring: rich(2), expectedVersion: 1, audit: '{"action":"second"}' });
  await store.change({ ...change, ring: exampleRing(globex, 1), audit: '{"action":"third"}' });
  const { headEpoch } = await store.renew(shard, member());
  await new RedisRingWitness({ client: redis }).raise(shard, headEpoch, 3);
  const sighting = { platform: 'ios', siblings: { revision: 2, met: true } } as const;
  await new RedisSightingStore({ client: redis }).record(acme, [
    { ...sighting, device: 'phone-1', presented: exampleToken(1).id, at },
    { ...sighting, device: 'phone-2', presented: 'nothing', at },
  ]);
  const command = { enrolmentId: 'phone-1', delivery: 'a', attempt: 1, round: 0 };
  await journalOf(redis).intend([{ ...command, command: 'c1', kind: 'set' }], at);
  await journalOf(redis).note([{ enrolmentId: 'phone-1', command: 'c1', status: 'acknowledged', answeredAt: at }]);
}

/** What can be read of it, as plain JSON. */
export async function readReleaseData(redis: Redis): Promise<unknown> {
  const store = new RedisTokenRingStore({ client: redis });
  const look = await store.look(shard);
  const sightings = new RedisSightingStore({ client: redis });
  return JSON.parse(
    JSON.stringify({
      rings: [await store.read(acme), await store.read(globex)],
      environments: [...(await store.environments(shard))].sort(),
      answered: await store.answered(acme, 'key-a'),
      sealed: await store.readSealed(acme, exampleToken(1).id),
      seq: look.seq,
      members: look.members.map(({ id }) => id),
      witness: await new RedisRingWitness({ client: redis }).read(shard, look.headEpoch),
      counts: await sightings.counts(acme, dayOf(at)),
      sighted: await sightings.environments(),
      journal: await journalOf(redis).find('phone-1', 'c1'),
    }),
  ) as unknown;
}
