import type { Logger } from '@tallystick/platform-observability';
import {
  type LastRenewals,
  nextTrust,
  type RegistryIdentity,
  type RegistryLook,
  type RegistryTrust,
  type RingShard,
  type TokenRingStore,
  watchRenewals,
} from '@tallystick/tokens-domain';
import type { MonotonicClock } from './clock.ts';

interface Watched {
  readonly trust: RegistryTrust | undefined;
  readonly last: LastRenewals;
  readonly look: RegistryLook | undefined;
}

export interface RegistryWatchNeeds {
  readonly store: Pick<TokenRingStore, 'shards' | 'look' | 'drop'>;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  /** Told each look that succeeded. */
  readonly onLook?: (look: RegistryLook) => void;
}

type Look = Promise<RegistryLook | undefined>;

const everyMs = 1_000;
const unknown: Watched = { trust: undefined, last: new Map(), look: undefined };

/**
 * Looks at every shard once a second and at one more often when asked, so that a revoke may trust the member table (ADR 2), and drops
 * members that hold no lease any more.
 */
export class RegistryWatch {
  readonly #needs: RegistryWatchNeeds;
  readonly #shards = new Map<RingShard, Watched>();
  readonly #underWay = new Map<RingShard, Look>();
  /** Not sent yet. */
  readonly #next = new Map<RingShard, { readonly send: () => void; readonly look: Look }>();
  #stopped = false;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;

  constructor(needs: RegistryWatchNeeds) {
    this.#needs = needs;
  }

  trustOf(shard: RingShard): RegistryTrust | undefined {
    return this.#shards.get(shard)?.trust;
  }

  /** The newest look that succeeded, if the one after it has not failed. */
  lastLook(shard: RingShard): RegistryLook | undefined {
    return this.#shards.get(shard)?.look;
  }

  /** True when some shard answered the last time: one that is damaged must not keep the tenants of the others from revoking. */
  get isUsable(): boolean {
    return this.#needs.store.shards.some((shard) => this.lastLook(shard) !== undefined);
  }

  /**
   * A look that is sent from now on, never one that was sent before: at once, or within so many milliseconds where that is soon enough. Undefined
   * when it fails. One is under way per shard at most, and all who come before the next one is sent wait for it: requests that wait must not keep
   * the store from renewing leases.
   *
   *   a, at once  ──look 1──┐
   *   b, at once     ·······look 2──┐
   *   c, within 50 ms    ···────────┘
   */
  look(shard: RingShard, withinMs = 0): Look {
    const { clock } = this.#needs;
    let next = this.#next.get(shard);
    if (!next && !this.#underWay.has(shard) && withinMs <= 0) return this.#begin(shard);
    if (!next) {
      let send: () => void = () => undefined;
      const due = new Promise<void>((resolve) => (send = resolve));
      const begin = (): Look => {
        this.#next.delete(shard);
        return this.#begin(shard);
      };
      next = { send, look: due.then(() => this.#underWay.get(shard)).then(begin, begin) };
      this.#next.set(shard, next);
    }
    if (withinMs <= 0) next.send();
    else void clock.sleep(withinMs).then(next.send);
    return next.look;
  }

  #begin(shard: RingShard): Look {
    const look = this.#look(shard).finally(() => this.#underWay.delete(shard));
    this.#underWay.set(shard, look);
    return look;
  }

  async #look(shard: RingShard): Look {
    const { store, clock, logger } = this.#needs;
    const sentMs = clock.nowMs();
    let look: RegistryLook;
    try {
      look = await store.look(shard);
    } catch (error) {
      if (this.#shards.get(shard)?.look) logger.warn({ shard, err: error }, 'the member table of a shard can not be read');
      this.#shards.set(shard, unknown);
      return undefined;
    }
    const receivedMs = clock.nowMs();
    this.#needs.onLook?.(look);
    this.seen(shard, look.identity, look.renewals);
    const watched = this.#shards.get(shard) ?? unknown;
    const { last, silent } = watchRenewals(watched.last, look.members, { sentMs, receivedMs });
    this.#shards.set(shard, { trust: watched.trust, last, look });
    for (const member of silent) {
      logger.warn({ shard, member: member.id }, 'a validator holds no lease any more and is dropped from the member table');
      store
        .drop(shard, member.id, member.renewals)
        .catch((error: unknown) => logger.warn({ shard, err: error }, 'a member could not be dropped'));
    }
    return look;
  }

  /** Takes in who answered, also to a change. Another registry than before forgets everything about its members. */
  seen(shard: RingShard, identity: RegistryIdentity, renewals?: number): void {
    const before = this.#shards.get(shard) ?? unknown;
    const trust = nextTrust(before.trust, {
      kind: 'seen',
      identity,
      atMs: this.#needs.clock.nowMs(),
      ...(renewals === undefined ? {} : { renewals }),
    });
    this.#shards.set(shard, trust?.identity === before.trust?.identity ? { ...before, trust } : { ...unknown, trust });
  }

  /** Begins to look; resolves after the first round. */
  async start(): Promise<void> {
    await this.#round();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await Promise.race([this.#needs.clock.sleep(everyMs), new Promise<void>((resolve) => (this.#wake = resolve))]);
      if (!this.#stopped) await this.#round();
    }
  }

  async #round(): Promise<void> {
    await Promise.all(this.#needs.store.shards.map((shard) => this.look(shard)));
  }
}
