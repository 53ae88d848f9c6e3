import type { Logger } from '@tallystick/platform-observability';
import type { AuditOutbox, OutboxEntry, RegistryLook, RingShard } from '@tallystick/tokens-domain';
import type { AuditPublisher } from '@tallystick/tokens-audit-kafka';
import type { MonotonicClock } from '../propagation/clock.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import type { RelayMetrics } from './relay-metrics.ts';

export interface AuditRelayNeeds {
  readonly outbox: AuditOutbox;
  readonly publisher: AuditPublisher;
  readonly watch: Pick<RegistryWatch, 'look' | 'lastLook'>;
  /** Whether the recovery has found this look of a shard to be no older than its witness; while it can't tell, a shard is not said to be complete. */
  readonly isSettled: (shard: RingShard, look: RegistryLook) => boolean;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  readonly metrics: RelayMetrics;
  /** Random per process run. */
  readonly relayId: string;
}

const everyMs = 1_000;
/** Hints that come while others are heeded wait so long, so that a stream of changes does not cost a round each. */
const hintedEveryMs = 50;
const batchEntries = 100;
/** More than a batch may take to be published: a claim that runs out meanwhile costs repetitions, nothing else. */
const claimMs = 45_000;
const longestPauseMs = 30_000;
const alarmAfterMs = 30_000;
/** So many shards in a row that can't be read: the store is away, and the others would fail as slowly. */
const mostStoreFaults = 3;

/** What a round came to: nothing was left · a shard has more than one batch · Kafka or the whole store is away. */
export type Round = 'drained' | 'more' | 'failed';

/**
 * Publishes the audit outbox of every shard: claim → read → publish → remove. At least once: an entry that was published but not removed is
 * published again under the same name. One batch per shard and round, so no shard waits for another one's thousands.
 */
export class AuditRelay {
  readonly #needs: AuditRelayNeeds;
  /** Claims that this relay may still have. */
  readonly #held = new Map<RingShard, number>();
  /** Shards that have to be told complete although nothing of them waits. */
  readonly #owed = new Set<RingShard>();
  /** Shards that could not be worked on, said once. */
  readonly #faulty = new Set<RingShard>();
  #first = 0;
  #failures = 0;
  #failingSinceMs: number | undefined;
  #isAlarmed = false;
  #successMs: number;
  #stopped = false;
  #woken = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(needs: AuditRelayNeeds) {
    this.#needs = needs;
    this.#successMs = needs.clock.nowMs();
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something was written: look now. A hint; without it the relay looks once a second. */
  wake(): void {
    this.#woken = true;
    if (this.#failures === 0) this.#wake();
  }

  /** A shard has begun a new count (it was reopened): say how far it is complete, also when nothing of it waits. */
  announce(shard: RingShard): void {
    this.#owed.add(shard);
    this.wake();
  }

  /** Ends after the batch under way, and gives the claims back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    await Promise.allSettled([...this.#held].map(([shard, fence]) => this.#needs.outbox.release(shard, fence)));
    this.#held.clear();
  }

  /** One round over the shards that have something. Never throws. */
  async round(): Promise<Round> {
    const { outbox, logger, metrics, clock } = this.#needs;
    const looked = await Promise.allSettled(outbox.shards.map((shard) => outbox.read(shard, 1))); // sent as one pipeline
    const oldest = new Map<RingShard, number>();
    outbox.shards.forEach((shard, at) => {
      const result = looked[at];
      if (result?.status === 'fulfilled' && result.value[0]) oldest.set(shard, result.value[0].seq);
    });
    metrics.waiting(Math.max(0, ...[...oldest].map(([shard, seq]) => this.#waiting(shard, seq))));
    if (looked.every(({ status }) => status === 'rejected')) return this.#failed((looked[0] as PromiseRejectedResult).reason);

    let [storeFaults, more] = [0, false];
    for (const shard of this.#inTurn(oldest)) {
      if (this.#stopped || storeFaults >= mostStoreFaults) break;
      try {
        const done = await this.#relay(shard);
        if (done.kind === 'not-published') return this.#failed(done.error);
        more ||= done.kind === 'more';
        storeFaults = 0;
        this.#faulty.delete(shard);
      } catch (error) {
        storeFaults += 1;
        if (!this.#faulty.has(shard)) logger.warn({ shard, err: error }, 'the audit outbox of a shard can not be worked on');
        this.#faulty.add(shard);
      }
    }
    if (storeFaults >= mostStoreFaults) return this.#failed(new Error('the audit outbox can not be worked on'));
    this.#succeeded();
    metrics.sinceSuccess((clock.nowMs() - this.#successMs) / 1_000);
    return more ? 'more' : 'drained';
  }

  async #relay(
    shard: RingShard,
  ): Promise<{ readonly kind: 'done' | 'more' } | { readonly kind: 'not-published'; readonly error: unknown }> {
    const { outbox, publisher, watch, isSettled, logger, metrics, relayId } = this.#needs;
    const look = await watch.look(shard);
    if (!look) throw new Error('the shard can not be looked at');
    const claim = await outbox.claim(shard, relayId, claimMs);
    if (!claim) return { kind: 'done' };
    this.#held.set(shard, claim.fence);
    const entries = await outbox.read(shard, batchEntries);
    const isKnown = look.headEpoch === claim.headEpoch && isSettled(shard, look);
    const completeUpTo = isKnown ? (entries.at(-1)?.seq ?? look.seq) : undefined;
    if (entries.length === 0 && completeUpTo === undefined) return { kind: 'done' };
    try {
      await publisher.publish({ shard, headEpoch: claim.headEpoch, entries, completeUpTo });
    } catch (error) {
      return { kind: 'not-published', error };
    }
    metrics.published(entries.length);
    if (completeUpTo === undefined) this.#owed.add(shard);
    else this.#owed.delete(shard);
    if (entries.length > 0 && !(await outbox.remove(shard, claim.fence, lastOf(entries)))) {
      this.#held.delete(shard);
      logger.info({ shard }, 'another relay has taken over the audit outbox of a shard');
      return { kind: 'done' };
    }
    return { kind: entries.length === batchEntries ? 'more' : 'done' };
  }

  /** Shards with something to do; each round begins one further, so that whoever stops a round does not always stop the same ones. */
  #inTurn(oldest: ReadonlyMap<RingShard, number>): readonly RingShard[] {
    const { shards } = this.#needs.outbox;
    this.#first = (this.#first + 1) % shards.length;
    return [...shards.slice(this.#first), ...shards.slice(0, this.#first)].filter(
      (shard) => oldest.has(shard) || this.#owed.has(shard),
    );
  }

  /** The numbers are gapless, and every change has an entry. */
  #waiting(shard: RingShard, oldestSeq: number): number {
    return Math.max(1, (this.#needs.watch.lastLook(shard)?.seq ?? 0) - oldestSeq + 1);
  }

  #succeeded(): void {
    const { clock, logger } = this.#needs;
    if (this.#isAlarmed) logger.info('the audit is published again');
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#isAlarmed = false;
    this.#successMs = clock.nowMs();
  }

  #failed(error: unknown): Round {
    const { clock, logger, metrics } = this.#needs;
    const now = clock.nowMs();
    this.#failures += 1;
    this.#failingSinceMs ??= now;
    metrics.sinceSuccess((now - this.#successMs) / 1_000);
    if (now - this.#failingSinceMs >= alarmAfterMs && !this.#isAlarmed) {
      this.#isAlarmed = true;
      logger.error(
        { err: error },
        'the audit can not be published: entries pile up, and changes but revocations stop when the outbox is full',
      );
    } else if (this.#failures === 1) logger.warn({ err: error }, 'the audit can not be published; trying again');
    return 'failed';
  }

  get #pauseMs(): number {
    return this.#failures === 0 ? everyMs : Math.min(everyMs * 2 ** Math.min(this.#failures - 1, 10), longestPauseMs);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const round = await this.round();
      if (round === 'more' || this.#stopped) continue;
      if (round === 'drained' && this.#woken) await this.#needs.clock.sleep(hintedEveryMs);
      else await Promise.race([this.#needs.clock.sleep(this.#pauseMs), new Promise<void>((resolve) => (this.#wake = resolve))]);
    }
  }
}

const lastOf = (entries: readonly OutboxEntry[]): number => entries.at(-1)?.seq ?? 0;
