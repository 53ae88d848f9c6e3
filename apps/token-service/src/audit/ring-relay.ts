import type { AuditRelay, ClaimedOutbox, ComposedRelayNeeds, RelayMetrics, WaitingEntry } from '@tallystick/platform-audit';
import { type AuditTopics, createRevocationPublisher } from '@tallystick/tokens-audit-kafka';
import type { KafkaProducer } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import type { AuditOutbox, OutboxEntry, OutboxHold, RegistryLook, RingShard } from '@tallystick/tokens-domain';
import type { EnvironmentId } from '@tallystick/kernel-core';
import type { MonotonicClock } from '../propagation/clock.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';

export interface RingRelayNeeds {
  readonly outbox: AuditOutbox;
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topics: AuditTopics;
  readonly watch: Pick<RegistryWatch, 'look' | 'lastLook'>;
  /** Whether the recovery has found this look of a shard to be no older than its witness; while it can't tell, a shard is not said to be complete. */
  readonly isSettled: (shard: RingShard, look: RegistryLook) => boolean;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  readonly metrics: RelayMetrics;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export type RingAuditRelay = AuditRelay<OutboxHold, RegistryLook>;

type Parts = Pick<
  ComposedRelayNeeds<OutboxHold, RegistryLook>,
  'half' | 'outbox' | 'look' | 'before' | 'after' | 'waiting' | 'producer' | 'topics' | 'clock' | 'logger' | 'metrics' | 'nowMs'
>;

/**
 * What the relay of the rings has beside any other: the revocations go before the entries, so that a recovery finds them, should the rest fail;
 * and how far a shard is complete is said after them, unless it may have gone back.
 */
export function ringRelayParts(needs: RingRelayNeeds): Parts {
  const { outbox, producer, topics, watch, isSettled, clock, logger, metrics, nowMs } = needs;
  const publisher = createRevocationPublisher({ producer, topics, logger });
  return {
    half: 'tokens',
    outbox: chainedOutbox(outbox),
    ...{ producer, topics, clock, logger, metrics, nowMs },
    look: async (shard) => {
      const look = await watch.look(shard as RingShard);
      if (!look) throw new Error('the shard can not be looked at');
      return look;
    },
    before: ({ outbox: shard, claim, entries }) =>
      publisher.revocations(shard as RingShard, claim.headEpoch, entries.map(outboxEntry)),
    after: async ({ outbox: name, claim: { headEpoch }, look, isOwed, entries }) => {
      const shard = name as RingShard;
      if (!isOwed && entries.length === 0) return 'told';
      if (look.headEpoch !== headEpoch || !isSettled(shard, look)) return 'owed';
      await publisher.complete(shard, headEpoch, entries.at(-1)?.seq ?? look.seq);
      return 'told';
    },
    // The numbers are gapless, and every change has an entry.
    waiting: (shard, oldestSeq) => Math.max(1, (watch.lastLook(shard as RingShard)?.seq ?? 0) - oldestSeq + 1),
  };
}

const outboxEntry = ({ seq, place, text, epoch }: WaitingEntry): OutboxEntry => ({
  seq,
  environment: place as EnvironmentId | undefined,
  audit: text,
  epoch,
});

/** The outbox of the rings as a relay of chains knows it. */
export const chainedOutbox = (outbox: AuditOutbox): ClaimedOutbox<OutboxHold> => ({
  outboxes: () => Promise.resolve(outbox.shards),
  claim: (shard, relay, ttlMs) => outbox.claim(shard as RingShard, relay, ttlMs),
  read: async (shard, count) =>
    (await outbox.read(shard as RingShard, count)).map(({ seq, environment, audit, epoch = '' }) => ({
      seq,
      place: environment,
      epoch,
      text: audit,
    })),
  state: (shard) => outbox.chains(shard as RingShard),
  move: (shard, claim, moves) => outbox.move(shard as RingShard, claim, moves),
  remove: (shard, claim, seq, moves) => outbox.remove(shard as RingShard, claim, seq, moves),
  release: (shard, claim) => outbox.release(shard as RingShard, claim),
});
