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
  /** Told the first server seen, and each other one after it: what holds of one server need not hold of the next. */
  readonly onServer?: (serverId: string) => void;
  /** Told each look that succeeded. */
  readonly onLook?: (look: RegistryLook) => void;
}

const everyMs = 1_000;
const unknown: Watched = { trust: undefined, last: new Map(), look: undefined };

/**
 * Looks at every shard once a second and at one more often when asked, so that a revoke may trust the member table (ADR 2), and drops
 * members that hold no lease any more.
 */
export class RegistryWatch {
  readonly #needs: RegistryWatchNeeds;
  readonly #shards = new Map<RingShard, Watched>();
  #serverId: string | undefined;
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

  /** A look that is sent now; undefined when it fails. */
  async look(shard: RingShard): Promise<RegistryLook | undefined> {
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
    if (identity.serverId === this.#serverId) return;
    this.#serverId = identity.serverId;
    this.#needs.onServer?.(identity.serverId);
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
