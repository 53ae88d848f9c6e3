import type { AuditRelayNeeds } from './relay-needs.ts';
import type { OutboxClaim } from './outbox.port.ts';
import { OutboxRelay, type TakenBatch } from './outbox-relay.ts';
import type { PublishedChains } from './published-chains.ts';
import { RelayHealth } from './relay-health.ts';
import { RelayTurns } from './relay-turns.ts';

/** Hints that come while others are heeded wait so long, so that a stream of changes does not cost a round each. */
const hintedEveryMs = 50;
/** So many outboxes in a row that can't be read: the store is away, and the others would fail as slowly. */
const mostStoreFaults = 3;
/** So many in a row that can't be published: it is Kafka, and not what stands in one of them. */
const mostPublishFaults = 2;
/** A third of what a claim lasts: two renewals may fail. */
const renewEveryMs = 15_000;
/** Of an outbox that is held up by what can't be read, so many entries are looked through for what must not wait. */
const mostAhead = 5_000;
/** So many are claimed at once. */
const outboxesAtOnce = 64;

/** What a round came to: nothing was left · an outbox has more than one batch · Kafka or the whole store is away. */
export type Round = 'drained' | 'more' | 'failed';

/**
 * Publishes the outboxes of one half by way of their chains. At least once: an entry that was published but not removed is published again, as
 * the same bytes. One batch per outbox and round, so none waits for another one's thousands.
 */
export class AuditRelay<Claim extends OutboxClaim = OutboxClaim, Look = unknown> {
  readonly #needs: AuditRelayNeeds<Claim, Look>;
  readonly #outboxes: OutboxRelay<Claim>;
  readonly #turns = new RelayTurns();
  readonly #health: RelayHealth;
  /** Outboxes that could not be worked on, said once. */
  readonly #faulty = new Set<string>();
  /** Batches of which `before` was sent. */
  readonly #ahead = new WeakSet<TakenBatch<Claim>>();
  /** What is published could not be read when it was last needed. */
  #isBlind = false;
  #stopped = false;
  #woken = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(needs: AuditRelayNeeds<Claim, Look>) {
    this.#needs = needs;
    this.#outboxes = new OutboxRelay(needs);
    this.#health = new RelayHealth(needs);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something was written: look now. A hint; without it the relay looks once a second. */
  wake(): void {
    this.#woken = true;
    if (this.#health.isWell) this.#wake();
  }

  /** Visit this outbox, also when nothing of it waits. */
  announce(outbox: string): void {
    this.#turns.owe(outbox);
    this.wake();
  }

  /** Ends after the batch under way, has the heads vouched for, and gives the claims back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    if (this.#health.isWell) await this.#needs.heads?.tick(true);
    await this.#outboxes.release();
  }

  /** One round over the outboxes that have something. Never throws. */
  async round(): Promise<Round> {
    const { outbox, metrics, heads } = this.#needs;
    let names: readonly string[];
    try {
      names = await outbox.outboxes();
    } catch (error) {
      return this.#failed(error);
    }
    const looked = await Promise.allSettled(names.map((name) => outbox.read(name, 1))); // sent as one pipeline
    const oldest = new Map<string, number>();
    names.forEach((name, at) => {
      const result = looked[at];
      if (result?.status === 'fulfilled' && result.value[0]) oldest.set(name, result.value[0].seq);
    });
    const { waiting = () => 1 } = this.#needs;
    metrics.waiting([...oldest].reduce((most, [name, seq]) => Math.max(most, waiting(name, seq)), 0));
    const refused = looked.filter(({ status }) => status === 'rejected');
    if (names.length > 0 && refused.length === names.length) return this.#failed((refused[0] as PromiseRejectedResult).reason);

    const due = this.#turns.next(names, oldest);
    const taken = await this.#take(due.slice(0, outboxesAtOnce));
    if (taken.kind === 'failed') return this.#failed(taken.error);
    const done = await this.#publishAll(taken.batches);
    if (done.kind === 'failed') {
      await heads?.tick(); // of the others: what one outbox has must not end all vouching
      return this.#failed(done.error);
    }
    this.#health.succeeded();
    await heads?.tick();
    return done.more || due.length > outboxesAtOnce ? 'more' : 'drained';
  }

  async #take(
    names: readonly string[],
  ): Promise<
    | { readonly kind: 'taken'; readonly batches: readonly Looked<Claim, Look>[] }
    | { readonly kind: 'failed'; readonly error: unknown }
  > {
    const { look, heads } = this.#needs;
    const batches: Looked<Claim, Look>[] = [];
    let storeFaults = 0;
    for (const name of names) {
      if (this.#stopped) break;
      try {
        const seen = await look(name);
        const batch = await this.#outboxes.take(name);
        storeFaults = 0;
        this.#faulty.delete(name);
        if (!batch) continue;
        const { server } = batch.claim;
        heads?.servedBy(name, server);
        this.#turns.servedBy(name, server);
        batches.push({ batch, look: seen });
      } catch (error) {
        storeFaults += 1;
        this.#fault(name, error);
        if (storeFaults >= mostStoreFaults)
          return { kind: 'failed', error: new Error('the audit outbox can not be worked on', { cause: error }) };
      }
    }
    return { kind: 'taken', batches };
  }

  async #publishAll(
    batches: readonly Looked<Claim, Look>[],
  ): Promise<{ readonly kind: 'published'; readonly more: boolean } | { readonly kind: 'failed'; readonly error: unknown }> {
    const { published, every = timer } = this.#needs;
    const isDoubtful = ({ batch }: Looked<Claim, Look>) => this.#outboxes.doubtful([batch]).size > 0;
    const doubtful = batches.filter(isDoubtful);
    // A revocation among the others does not wait for what is read here.
    const first = await this.#publishEach(
      batches.filter((one) => !doubtful.includes(one)),
      new Map(),
    );
    if (first.isAway || doubtful.length === 0) return outcomeOf(first);
    // What is read may be long: a claim that ran out meanwhile would have two relays read in turn for ever.
    const stop = every(renewEveryMs, () => void this.#outboxes.renew(doubtful.map(({ batch }) => batch.outbox)));
    try {
      const ahead = await this.#sendAhead(doubtful);
      if (ahead.isAway) return outcomeOf(ahead);
      this.#isBlind = true;
      const known = await published.look(this.#outboxes.doubtful(doubtful.map(({ batch }) => batch)));
      this.#isBlind = false;
      const rest = await this.#publishEach(doubtful, known);
      return outcomeOf({ ...rest, more: first.more || rest.more, error: first.error ?? rest.error });
    } catch (error) {
      return { kind: 'failed', error };
    } finally {
      stop();
      await this.#outboxes.renewed();
    }
  }

  /** A revocation waits for nothing that is read: a store that has gone back needs it right then. */
  async #sendAhead(batches: readonly Looked<Claim, Look>[]): Promise<Attempted> {
    const { before, outbox: store } = this.#needs;
    let [faults, error]: [number, unknown] = [0, undefined];
    for (const { batch, look } of before ? batches : []) {
      if (this.#stopped || faults >= mostPublishFaults) break;
      const { outbox, claim } = batch;
      try {
        const entries = this.#isBlind ? await store.read(outbox, mostAhead) : batch.entries;
        if (entries.length > 0) await before?.({ outbox, claim, look, isOwed: this.#turns.isOwed(outbox), entries });
        this.#ahead.add(batch);
        faults = 0;
      } catch (fault) {
        faults += 1;
        error = fault;
      }
    }
    return { isAway: faults >= mostPublishFaults, more: false, error };
  }

  async #publishEach(
    batches: readonly Looked<Claim, Look>[],
    known: Awaited<ReturnType<PublishedChains['look']>>,
  ): Promise<Attempted> {
    let publishError: unknown;
    let [storeFaults, publishFaults, more] = [0, 0, false];
    for (const { batch, look } of batches) {
      if (this.#stopped) break;
      try {
        const done = await this.#relay(batch, look, known);
        if (done.kind === 'not-published') {
          publishFaults += 1;
          publishError = done.error;
          if (publishFaults >= mostPublishFaults) break;
          continue;
        }
        if (done.kind === 'more') more = true;
        [storeFaults, publishFaults] = [0, 0];
      } catch (error) {
        storeFaults += 1;
        this.#fault(batch.outbox, error);
        if (storeFaults >= mostStoreFaults)
          return { isAway: true, more, error: new Error('the audit outbox can not be worked on', { cause: error }) };
      }
    }
    return { isAway: publishFaults >= mostPublishFaults, more, error: publishError };
  }

  async #relay(
    batch: TakenBatch<Claim>,
    look: Look,
    known: Awaited<ReturnType<PublishedChains['look']>>,
  ): Promise<{ readonly kind: 'done' | 'more' } | { readonly kind: 'not-published'; readonly error: unknown }> {
    const { before, publish, heads, logger, metrics } = this.#needs;
    const { outbox, claim, entries, chainables } = batch;
    const isOwed = this.#turns.visited(outbox);
    if (!isOwed && entries.length === 0 && chainables.size === 0) return { kind: 'done' };
    const chained = await this.#outboxes.chain(batch, known);
    if (!chained) return { kind: 'more' }; // another one decided meanwhile: look again
    try {
      if (!this.#ahead.has(batch)) await before?.({ outbox, claim, look, isOwed, entries });
      const told = await publish({ outbox, claim, look, isOwed, entries, records: chained.records });
      if (told === 'owed') this.#turns.owe(outbox);
      else this.#turns.paid(outbox);
    } catch (error) {
      return { kind: 'not-published', error };
    }
    metrics.published(entries.length);
    if (entries.length === 0 && chainables.size === 0) return { kind: 'done' };
    const committed = await chained.commit();
    if (committed.kind === 'done') heads?.accepted(committed.heads);
    else if (committed.kind === 'superseded') logger.info({ outbox }, 'another relay has taken over an audit outbox');
    else logger.error({ outbox }, 'somebody has altered the head of an audit chain in the store');
    return { kind: committed.kind === 'heads-differ' || entries.length === this.#outboxes.batchEntries ? 'more' : 'done' };
  }

  #fault(name: string, error: unknown): void {
    if (!this.#faulty.has(name)) this.#needs.logger.warn({ outbox: name, err: error }, 'an audit outbox can not be worked on');
    this.#faulty.add(name);
  }

  #failed(error: unknown): Round {
    this.#health.failed(error);
    return 'failed';
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const round = await this.round();
      if (round === 'more' || this.#stopped) continue;
      if (round === 'drained' && this.#woken) await this.#needs.clock.sleep(hintedEveryMs);
      else
        await Promise.race([
          this.#needs.clock.sleep(this.#health.pauseMs),
          new Promise<void>((resolve) => (this.#wake = resolve)),
        ]);
    }
  }
}

/** What became of some batches. `isAway`: it is no use to try others now. */
interface Attempted {
  readonly isAway: boolean;
  readonly more: boolean;
  readonly error: unknown;
}

const outcomeOf = ({ error, more }: Attempted) =>
  error === undefined ? ({ kind: 'published', more } as const) : ({ kind: 'failed', error } as const);

const timer = (ms: number, work: () => void): (() => void) => {
  const running = setInterval(work, ms);
  running.unref();
  return () => clearInterval(running);
};

interface Looked<Claim extends OutboxClaim, Look> {
  readonly batch: TakenBatch<Claim>;
  readonly look: Look;
}
