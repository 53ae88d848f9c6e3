import type { Logger } from '@tallystick/platform-observability';
import type { ChainHead } from './chain.ts';
import { type AuditHalf, type ChainName, chainName, isChainPlace } from './chain-name.ts';
import { isAfter } from './decide-generation.ts';
import { storedChain } from './chain-waiting.ts';
import type { ChainedOutbox } from './outbox.port.ts';
import { type AuditSigner, type HeadsStatement, signStatement } from './signing.ts';

export interface HeadsPublisherNeeds {
  readonly half: AuditHalf;
  readonly signer: AuditSigner;
  /** Sends one statement to the topic of heads. */
  readonly send: (statement: string) => Promise<unknown>;
  /** Where the partitions of the audit topic end now. */
  readonly ends: () => Promise<Readonly<Record<string, string>>>;
  readonly outbox: Pick<ChainedOutbox, 'outboxes' | 'state'>;
  readonly logger: Logger;
  readonly clock: { readonly nowMs: () => number };
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly sinceVouched: (seconds: number) => void;
  /** Moved heads are told so often at most. Default 5 000. */
  readonly everyMs?: number;
}

/** Without a move something is told so often: who has the newest statement knows how old it may be. */
const idleMs = 60_000;
const completeEveryMs = 3_600_000;
/** Longer than a claim: what was published before has moved its head by now, or never will. */
const settlingMs = 60_000;
/** All outboxes are read for it: not with each statement, while one of them is in doubt. */
const completeAgainMs = 15_000;
/** In one statement, which stays below the 1 MiB that a broker takes by default. More chains than this are never told of as complete. */
const mostHeads = 4_000;
const alarmAfterMs = 60_000;
const firstPauseMs = 1_000;

/**
 * Signs heads, and only such as the store has accepted: what was published but not accepted is nobody's. Nothing waits for it: while it can't sign
 * or publish, entries go out all the same, and what is not vouched for yet is vouched for by the next head.
 */
export class HeadsPublisher {
  readonly #needs: HeadsPublisherNeeds;
  readonly #moved = new Map<ChainName, ChainHead>();
  /** By outbox: the server that has it. */
  readonly #servers = new Map<string, string>();
  /** Never less than this is vouched for: a store that has gone back does not take a head back. */
  readonly #vouched = new Map<ChainName, ChainHead>();
  #lastMs: number | undefined;
  #lastCompleteMs: number | undefined;
  #triedCompleteMs: number | undefined;
  #begin: { readonly atMs: number; readonly ends: Readonly<Record<string, string>> } | undefined;
  #movedSinceMs: number | undefined;
  #isAlarmed = false;
  #pauseUntilMs = 0;

  constructor(needs: HeadsPublisherNeeds) {
    this.#needs = needs;
  }

  /** Which server has an outbox now. */
  servedBy(outbox: string, server: string): void {
    this.#servers.set(outbox, server);
  }

  /** The store has accepted these. */
  accepted(heads: ReadonlyMap<ChainName, ChainHead>): void {
    for (const [chain, { generation, sequence, hash }] of heads) this.#moved.set(chain, { generation, sequence, hash });
    if (heads.size > 0) this.#movedSinceMs ??= this.#needs.clock.nowMs();
  }

  /** Tells what is due; with `isLast` whatever has moved. Never throws. */
  async tick(isLast = false): Promise<void> {
    const { clock, everyMs = 5_000, logger, sinceVouched } = this.#needs;
    const now = clock.nowMs();
    const since = this.#lastMs === undefined ? Infinity : now - this.#lastMs;
    const isDue = this.#moved.size > 0 ? isLast || since >= everyMs : !isLast && since >= idleMs;
    try {
      if (isDue && (isLast || now >= this.#pauseUntilMs)) await this.#tell(now);
    } catch (error) {
      this.#pauseUntilMs = now + firstPauseMs;
      const forMs = now - (this.#movedSinceMs ?? now);
      if (forMs >= alarmAfterMs && !this.#isAlarmed) {
        this.#isAlarmed = true;
        logger.error(
          { err: error },
          'the heads of the audit can not be signed or published: entries go out that nobody vouches for',
        );
      }
    }
    sinceVouched(this.#movedSinceMs === undefined ? 0 : (clock.nowMs() - this.#movedSinceMs) / 1_000);
  }

  async #tell(now: number): Promise<void> {
    const { half, signer, send, ends, logger, nowMs } = this.#needs;
    this.#begin ??= { atMs: now, ends: await ends() };
    const moved = new Map(this.#moved);
    const isCompleteDue =
      now - this.#begin.atMs >= settlingMs &&
      now - (this.#lastCompleteMs ?? -Infinity) >= completeEveryMs &&
      now - (this.#triedCompleteMs ?? -Infinity) >= completeAgainMs;
    const all = isCompleteDue ? await this.#stored() : undefined;
    const isWhole = all !== undefined && !all.hasDoubts && all.size <= mostHeads;
    if (isWhole)
      for (const [chain, head] of all) moved.set(chain, newer(newer(head, moved.get(chain)), this.#vouched.get(chain)));
    const heads = [...moved].map(([chain, head]) => ({ chain, ...head }));
    const isComplete = isWhole && heads.length <= mostHeads;
    if (all !== undefined && !isComplete) this.#triedCompleteMs = now;
    // Only what is named by now: a chain that is counted and named by nobody looks like one that was taken away.
    const chains = new Set(this.#vouched.keys());
    const nextEnds = isComplete ? await ends() : undefined;
    for (let first = 0; first === 0 || first < heads.length; first += mostHeads) {
      const at = new Date(nowMs()).toISOString();
      const named = heads.slice(first, first + mostHeads);
      for (const { chain } of named) chains.add(chain);
      const about = { format: 1, half, at, complete: isComplete, chains: chains.size, from: this.#begin.ends } as const;
      await send(signStatement({ ...about, heads: named } satisfies HeadsStatement, signer));
    }
    // The log is a second witness: what it says can be given to the verifier.
    for (const head of heads) logger.info({ ...head, signedBy: signer.keyId }, 'an audit chain stands here');
    if (nextEnds) {
      this.#begin = { atMs: now, ends: nextEnds };
      this.#lastCompleteMs = now;
    }
    this.#lastMs = now;
    for (const [chain, head] of moved) this.#vouched.set(chain, head);
    for (const [chain, head] of moved) if (this.#moved.get(chain)?.hash === head.hash) this.#moved.delete(chain);
    this.#movedSinceMs = this.#moved.size > 0 ? now : undefined;
    if (this.#isAlarmed) logger.info('the heads of the audit are published again');
    this.#isAlarmed = false;
  }

  /** The heads that the store has. `hasDoubts`: some were moved on another server, and are not yet compared with what is published. */
  async #stored(): Promise<Map<ChainName, ChainHead> & { hasDoubts: boolean }> {
    const { half, outbox } = this.#needs;
    const found = Object.assign(new Map<ChainName, ChainHead>(), { hasDoubts: false });
    const newest = new Set(this.#servers.values());
    for (const name of await outbox.outboxes()) {
      const server = this.#servers.get(name);
      // One that can't be read is in doubt; the others are vouched for all the same.
      const state = await outbox.state(name).catch(() => undefined);
      if (!state) {
        found.hasDoubts = true;
        continue;
      }
      for (const place of state.heads.keys()) {
        const head = storedChain(state, place);
        if (!isChainPlace(place)) continue;
        if (!head || head === 'unreadable' || head.next || (server ? server !== head.server : !newest.has(head.server)))
          found.hasDoubts = true;
        else if (head.sequence > 0)
          found.set(chainName(half, place), { generation: head.generation, sequence: head.sequence, hash: head.hash });
      }
    }
    return found;
  }
}

const newer = (one: ChainHead, other: ChainHead | undefined): ChainHead => (other && isAfter(other, one) ? other : one);
