import { composeAuditRelay, type PublishedChains } from '@tallystick/platform-audit';
import type { KafkaProducer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import type { EnvironmentId } from '@tallystick/kernel-core';
import type { AuditTopics, RevocationTopic } from '@tallystick/tokens-audit-kafka';
import {
  type AuditOutbox,
  liveTokens,
  type Ring,
  type RingFeed,
  type RingShard,
  type RingWitness,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import { exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { testSigner } from './test-signer.ts';
import { ringRelayParts } from '../../audit/ring-relay.ts';
import { RegistryWatch } from '../../propagation/registry-watch.ts';
import { VirtualClock } from '../../test-support/virtual-clock.ts';
import { createReopeningNote } from '../reopening-note.ts';
import { createRevokeAgain, ringRevokedAgain } from '../revoke-again.ts';
import { RingRecovery } from '../ring-recovery.ts';

export interface Servers {
  readonly store: TokenRingStore & Pick<RingFeed, 'load'>;
  readonly outbox: AuditOutbox;
  readonly witness: RingWitness;
  readonly kafka: {
    readonly producer: Pick<KafkaProducer, 'send'>;
    readonly topic: RevocationTopic;
    readonly published: PublishedChains;
    readonly ends: () => Promise<Readonly<Record<string, string>>>;
  };
}

export const topics: AuditTopics = { audit: 'audit', heads: 'heads', revocations: 'revocations' };
const nowMs = () => 1_800_000_000_000;

/** One token service's relay and recovery over these servers, and the changes that its administrators make. */
export function recoveryWorld(
  { store, outbox, witness, kafka }: Servers,
  {
    name = 'one',
    isConfigured = true,
    topicNames = topics,
  }: { readonly name?: string; readonly isConfigured?: boolean; readonly topicNames?: typeof topics } = {},
) {
  const log: string[] = [];
  const logger = createLogger({ service: 'test', level: 'info', destination: { write: (line) => void log.push(line) } });
  const clock = new VirtualClock();
  const watch = new RegistryWatch({ store, clock, logger });
  const figures = { waiting: 0, published: 0, sinceSuccess: 0, sinceVouched: 0, shut: 0, unwitnessed: 0, revokedAgain: 0 };
  const relay = composeAuditRelay({
    ...ringRelayParts({
      ...{ outbox, producer: kafka.producer, topics: topicNames, watch, clock, logger, nowMs },
      isSettled: (shard, look) => recovery.isSettled(shard, look),
      metrics: {
        waiting: (entries) => void (figures.waiting = entries),
        published: (entries) => void (figures.published += entries),
        sinceSuccess: (seconds) => void (figures.sinceSuccess = seconds),
        sinceVouched: (seconds) => void (figures.sinceVouched = seconds),
      },
    }),
    relayId: name,
    signer: testSigner,
    published: kafka.published,
    ends: kafka.ends,
    headsEveryMs: 1,
  });
  const recovery = new RingRecovery({
    store,
    watch,
    witness,
    topic: isConfigured ? kafka.topic : undefined,
    revokeAgain: createRevokeAgain({ store, witness, logger, nowMs }),
    noteReopening: createReopeningNote({ store, nowMs }),
    onReopened: (shard) => relay.announce(shard),
    clock,
    logger,
    metrics: {
      shut: (shards) => void (figures.shut = shards),
      unwitnessed: (shards) => void (figures.unwitnessed = shards),
      revokedAgain: (tokens) => void (figures.revokedAgain += tokens),
    },
  });

  /** Commits as the service does, and raises the witness. */
  const commit = async (ring: Ring, revoked: readonly TokenId[] = [], mayUseReserve = revoked.length > 0) => {
    const { environment, version } = ring;
    const audit = JSON.stringify({ at: '2027-01-15T08:00:00.000Z', actor: 'somebody', environment, version, revoked });
    const result = await store.change({ ring, expectedVersion: version - 1, audit, mayUseReserve });
    if (result.kind === 'changed')
      await witness.raise(store.shardOf(environment), result.headEpoch, result.seq).catch(() => undefined);
    return result;
  };
  const read = async (environment: EnvironmentId): Promise<Ring> => {
    const ring = await store.read(environment);
    if (!ring) throw new Error('there is no ring');
    return ring;
  };
  return {
    log,
    clock,
    watch,
    relay,
    recovery,
    figures,
    logged: (text: string) => log.filter((line) => line.includes(text)).length,
    /** A ring with tokens of these numbers. */
    create: (environment: EnvironmentId, ...numbers: readonly number[]) =>
      commit(
        exampleRing(
          environment,
          1,
          numbers.map((number) => exampleToken(number)),
        ),
      ),
    /** Changes nothing but the version. */
    touch: async (environment: EnvironmentId) => {
      const ring = await read(environment);
      return commit({ ...ring, version: ring.version + 1 });
    },
    revoke: async (environment: EnvironmentId, ...numbers: readonly number[]) => {
      const tokens = new Set(numbers.map((number) => exampleToken(number).id));
      const ring = ringRevokedAgain(await read(environment), tokens, nowMs() as never);
      return commit(ring ?? (await read(environment)), [...tokens]);
    },
    live: async (environment: EnvironmentId) => liveTokens(await read(environment)).map(({ id }) => Number(id.slice(4))),
    /** What a validator that joins now does: it takes a lease unless the shard stands behind its witness. */
    isServed: async (shard: RingShard) => {
      const look = await store.look(shard);
      const stood = await witness.read(shard, look.headEpoch).catch(() => 0);
      return look.seq >= stood;
    },
    /** A second of the service: a look at every shard, then the recovery and the relay. */
    second: async () => {
      await clock.sleep(1_000);
      await Promise.all(store.shards.map((shard) => watch.look(shard)));
      await recovery.round();
      return relay.round();
    },
  };
}
