import type { Logger } from '@tallystick/platform-observability';
import type { ChainedRecord, ChainHead } from './chain.ts';
import { type Chainables, chainablesOf, chainRecords, storedChain } from './chain-waiting.ts';
import { type AuditHalf, type ChainName, chainName, isChainPlace } from './chain-name.ts';
import { type Decision, decideGeneration } from './decide-generation.ts';
import type { ChainedOutbox, HeadMove, OutboxClaim, OutboxState, WaitingEntry } from './outbox.port.ts';
import type { PublishedChains } from './published-chains.ts';
import { type StoredChain, type StoredHead, writeHead } from './stored-head.ts';

export interface OutboxRelayNeeds<Claim extends OutboxClaim> {
  readonly half: AuditHalf;
  readonly outbox: ClaimedOutbox<Claim>;
  readonly published: PublishedChains;
  /** Random per process run. */
  readonly relayId: string;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** An outbox whose claims tell more than that they are. */
export interface ClaimedOutbox<Claim extends OutboxClaim> extends ChainedOutbox {
  claim(outbox: string, relay: string, ttlMs: number): Promise<Claim | undefined>;
}

/** One batch of an outbox that this relay has claimed. */
export interface TakenBatch<Claim extends OutboxClaim> {
  readonly outbox: string;
  readonly claim: Claim;
  readonly entries: readonly WaitingEntry[];
  readonly state: OutboxState;
  readonly chainables: Chainables;
}

export interface ChainedBatch {
  /** In order per chain. */
  readonly records: readonly ChainedRecord[];
  /** Call it when all of it is published: the entries leave, and the heads move, unless another relay has taken over meanwhile. */
  readonly commit: () => Promise<CommitOutcome>;
}
export type CommitOutcome =
  { readonly kind: 'done'; readonly heads: ReadonlyMap<ChainName, ChainHead> } | { readonly kind: 'superseded' | 'heads-differ' };

/** More than a batch may take to be published: a claim that runs out meanwhile costs repetitions, nothing else. */
const claimMs = 45_000;
const batchEntries = 100;

/**
 * Takes entries out of an outbox by way of their chains: claim → read → chain → (publish) → move heads and remove. A repetition gives the same
 * records. A head that this server has not moved itself, or that is not where it was left, is compared with what was published first; what comes of
 * that is stored before anything is chained to it, so that all relays go the same way.
 */
export class OutboxRelay<Claim extends OutboxClaim> {
  readonly #needs: OutboxRelayNeeds<Claim>;
  /** Where each chain was left, and on which server. */
  readonly #left = new Map<ChainName, StoredHead>();
  /** Heads that were not what they had been read as. */
  readonly #doubted = new Set<ChainName>();
  /** Claims that this relay may still have. */
  readonly #held = new Map<string, Claim>();
  #renewing: Promise<unknown> | undefined;

  constructor(needs: OutboxRelayNeeds<Claim>) {
    this.#needs = needs;
  }

  get batchEntries(): number {
    return batchEntries;
  }

  /** Undefined when another relay has it. */
  async take(outbox: string): Promise<TakenBatch<Claim> | undefined> {
    const { outbox: store, relayId } = this.#needs;
    const claim = await store.claim(outbox, relayId, claimMs);
    if (!claim) {
      this.#held.delete(outbox);
      return undefined;
    }
    this.#held.set(outbox, claim);
    const [entries, state] = await Promise.all([store.read(outbox, batchEntries), store.state(outbox)]);
    const chainables = new Map(chainablesOf(outbox, state, entries));
    // After a fail-over or a restart every chain is looked at, whether anything of it waits or not.
    for (const place of state.heads.keys()) {
      const stored = storedChain(state, place);
      const isElsewhere = stored === 'unreadable' || stored?.server !== claim.server || stored.next !== undefined;
      if (isElsewhere && isChainPlace(place) && !chainables.has(place)) chainables.set(place, []);
    }
    return { outbox, claim, entries, state, chainables };
  }

  /** Keeps the claims while something else takes long. One that is lost, or can't be kept, shows when the batch is committed. */
  async renew(outboxes: readonly string[]): Promise<void> {
    const { outbox: store, relayId } = this.#needs;
    if (this.#renewing) return;
    this.#renewing = Promise.allSettled(outboxes.map((outbox) => store.claim(outbox, relayId, claimMs)));
    await this.#renewing;
    this.#renewing = undefined;
  }

  /** Resolves when no renewal is under way any more: one that came after the claims are given back would take them again. */
  async renewed(): Promise<void> {
    await this.#renewing;
  }

  /** The chains of these batches whose heads have to be compared with what is published. */
  doubtful(batches: readonly TakenBatch<Claim>[]): ReadonlySet<ChainName> {
    const { half } = this.#needs;
    return new Set(
      batches.flatMap(({ claim, state, chainables }) =>
        [...chainables.keys()]
          .filter((place) => !this.#isTrusted(chainName(half, place), storedChain(state, place), claim))
          .map((place) => chainName(half, place)),
      ),
    );
  }

  /**
   * Chains a batch; undefined when another relay came in between. `published`: of the doubtful chains, read after the batch was taken.
   * Throws when the store is away.
   */
  async chain(
    batch: TakenBatch<Claim>,
    published: Awaited<ReturnType<PublishedChains['look']>>,
  ): Promise<ChainedBatch | undefined> {
    const { half, outbox: store } = this.#needs;
    const { outbox, claim, entries, state, chainables } = batch;
    const heads = new Map<string, { readonly head: StoredHead; readonly text: string | undefined }>();
    const decisions: HeadMove[] = [];
    for (const [place, waiting] of chainables) {
      const stored = storedChain(state, place);
      const text = state.heads.get(place);
      const doubt = published.get(chainName(half, place));
      const decision = doubt ? decideGeneration(stored, doubt, this.#simulated(place, stored, waiting, claim)) : 'go-on';
      if (decision === 'go-on') heads.set(place, { head: stored as StoredHead, text });
      else {
        const head = this.#begun(decision, claim);
        heads.set(place, { head, text: writeHead(head) });
        decisions.push({ place, before: text, after: writeHead(head) });
        this.#tell(chainName(half, place), decision);
      }
    }
    if (decisions.length > 0 && (await store.move(outbox, claim, decisions)) !== 'done') return undefined;
    const chains = [...heads].map(([place, { head, text }]) => ({
      place,
      before: text,
      ...chainRecords(half, place, head, chainables.get(place) ?? [], claim.server),
    }));
    return {
      records: chains.flatMap(({ records }) => records),
      commit: async () => {
        const moves = chains.map(({ place, before, text }) => ({ place, before, after: text }));
        const seq = Math.max(...entries.map((entry) => entry.seq));
        const isMove = entries.length === 0;
        const outcome = isMove ? await store.move(outbox, claim, moves) : await store.remove(outbox, claim, seq, moves);
        if (outcome === 'superseded') this.#held.delete(outbox);
        if (outcome === 'heads-differ') for (const { chain } of chains) this.#doubted.add(chain);
        if (outcome !== 'done') return { kind: outcome };
        for (const { chain, head } of chains) {
          this.#left.set(chain, { ...head, server: claim.server });
          this.#doubted.delete(chain);
        }
        return { kind: 'done', heads: new Map(chains.map(({ chain, head }) => [chain, head])) };
      },
    };
  }

  /** Gives the claims back. */
  async release(): Promise<void> {
    await Promise.allSettled([...this.#held].map(([outbox, claim]) => this.#needs.outbox.release(outbox, claim)));
    this.#held.clear();
  }

  #isTrusted(chain: ChainName, stored: StoredChain, { server }: Claim): boolean {
    if (stored === undefined || stored === 'unreadable' || stored.server !== server || this.#doubted.has(chain)) return false;
    const left = this.#left.get(chain);
    if (!left || left.server !== server || stored.sequence > left.sequence) return true; // moved on by another relay
    return stored.sequence === left.sequence && (stored.hash === left.hash || stored.next !== undefined);
  }

  /** The records that the batch would make, went it on. */
  #simulated(place: string, stored: StoredChain, waiting: Parameters<typeof chainRecords>[3], { server }: Claim) {
    if (!stored || stored === 'unreadable') return [];
    return chainRecords(this.#needs.half, place, stored, waiting, server).records;
  }

  #begun({ generation, start }: Decision, { server }: Claim): StoredHead {
    const at = new Date(this.#needs.nowMs()).toISOString();
    const { generation: of, sequence, hash } = start.from;
    const { start: why, from, store, skipped } = start;
    const text = { start: why, at, from, ...(store && { store }), ...(skipped && { skipped }) };
    return { generation: of, sequence, hash, server, next: { generation, start: text } };
  }

  #tell(chain: ChainName, { generation, start: { start, from, store } }: Decision): void {
    const facts = { chain, generation, why: start, after: from.sequence, ...(store && { storeStoodAt: store.sequence }) };
    if (start === 'first') this.#needs.logger.info(facts, 'an audit chain begins');
    else this.#needs.logger.error(facts, 'an audit chain goes on in a new generation: find out what its store or Kafka has lost');
  }
}
