import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { EnvironmentId } from '@tallystick/kernel-core';
import {
  type ClockReading,
  type FollowerEffect,
  type FollowerEvent,
  followShard,
  judgePresentation,
  leaseHolds,
  newShardFollower,
  type Presentation,
  renewTimeoutMs,
  revivedTokens,
  serverNow,
  type ShardFollower,
  type Verdict,
} from '@tallystick/pairing-domain';
import type { Logger } from '@tallystick/platform-observability';
import type { MemberId, RingFeed, RingShard, TokenRingStore } from '@tallystick/tokens-domain';

export interface RingFollowerOptions {
  readonly feed: RingFeed & Pick<TokenRingStore, 'shardOf'>;
  readonly leaseMs: number;
  readonly logger: Logger;
  readonly readClocks?: () => ClockReading;
}

const mostLoadsAtOnce = 8;

/** Follows all shards of the ring change log (ADR 2): carries out what {@link followShard} decides, and reads the clocks for it. */
export class RingFollower {
  readonly #feed: RingFollowerOptions['feed'];
  readonly #leaseMs: number;
  readonly #logger: Logger;
  readonly #readClocks: () => ClockReading;
  readonly #id = randomUUID() as string as MemberId;
  readonly #shards: Map<RingShard, ShardFollower>;
  readonly #revived = new Set<string>();
  readonly #waitingLoads: (() => void)[] = [];
  readonly #calls = new Set<Promise<void>>();
  #loads = 0;
  #failing = false;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => Promise<void>) | undefined;
  #stopped = false;

  constructor({ feed, leaseMs, logger, readClocks = readOwnClocks }: RingFollowerOptions) {
    this.#feed = feed;
    this.#leaseMs = leaseMs;
    this.#logger = logger;
    this.#readClocks = readClocks;
    this.#shards = new Map(feed.shards.map((shard) => [shard, newShardFollower(leaseMs)]));
  }

  /** Starts to join; {@link isReady} tells when it has. */
  async start(): Promise<void> {
    this.#unsubscribe = await this.#feed.onHint((shard) => this.#receive(shard, { kind: 'hint' }));
    // All shards in one turn of the event loop: their renewals go out as one pipeline.
    const tick = () => this.#shards.forEach((_, shard) => this.#receive(shard, { kind: 'tick' }));
    this.#timer = setInterval(tick, Math.max(20, this.#leaseMs / 30));
    tick();
  }

  /** What the table says. It may be given to the caller only if {@link mayAnswer} still says yes afterwards. Undefined: no table yet. */
  judge(environment: EnvironmentId, presentation: Presentation): Verdict | undefined {
    const { table, clock } = this.#state(this.#feed.shardOf(environment));
    if (clock === undefined) return undefined;
    return judgePresentation({ table, environment, presentation, at: serverNow(clock, this.#readClocks().mono) });
  }

  /** Whether the lease of this environment's shard holds at this very moment. Call it last, with no `await` before the answer. */
  mayAnswer(environment: EnvironmentId): boolean {
    const shard = this.#feed.shardOf(environment);
    const { mono, wall } = this.#readClocks();
    if (!this.#stopped && leaseHolds(this.#state(shard).lease, mono, wall)) return true;
    this.#receive(shard, { kind: 'hint' }); // after a pause, or a jump of the wall clock, at once instead of with the next tick
    return false;
  }

  /** All shards as they are; for readiness and metrics. */
  states(): readonly (ShardFollower & { readonly isLeased: boolean })[] {
    const { mono, wall } = this.#readClocks();
    return [...this.#shards.values()].map((state) => ({ ...state, isLeased: leaseHolds(state.lease, mono, wall) }));
  }

  /**
   * True when there are leases, and no shard is still on its way to its first or next one. A shard whose calls fail does not count: its
   * environments get no verdict, and those of the others must not suffer.
   */
  isReady(): boolean {
    const states = this.states();
    return states.some(({ isLeased }) => isLeased) && states.every(({ isLeased, failures }) => isLeased || failures > 0);
  }

  /** Gives no more verdicts, then leaves, so that no revocation waits for this validator. Call it after the last request. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#unsubscribe?.().catch((error: unknown) =>
      this.#logger.debug({ err: error }, 'the hints could not be unsubscribed'),
    );
    // A renewal that is executed after leaving would make this a member again.
    await Promise.race([Promise.allSettled(this.#calls), pause(renewTimeoutMs(this.#leaseMs), undefined, { ref: false })]);
    const left = await Promise.allSettled([...this.#shards.keys()].map((shard) => this.#feed.leave(shard, this.#id)));
    const failed = left.filter(({ status }) => status === 'rejected').length;
    if (failed > 0)
      this.#logger.warn({ shards: failed }, 'could not leave; revocations wait for this validator until its leases have run out');
  }

  #state(shard: RingShard): ShardFollower {
    const state = this.#shards.get(shard);
    if (!state) throw new TypeError(`there is no shard ${shard}`);
    return state;
  }

  /** One synchronous block from the clocks to the new state. */
  #receive(shard: RingShard, event: FollowerEvent): void {
    if (this.#stopped) return;
    const before = this.#state(shard);
    const { state, effect } = followShard(before, event, this.#readClocks());
    this.#shards.set(shard, state);
    if (effect) this.#carryOut(shard, effect);
    if (state !== before) this.#tell(shard, before, state);
  }

  #carryOut(shard: RingShard, effect: FollowerEffect): void {
    const { ticket } = effect;
    const call = this.#call(shard, effect).then(
      (event) => this.#receive(shard, event),
      (error: unknown) => {
        if (!this.#failing)
          this.#logger.warn({ shard, call: effect.kind, err: error }, 'the ring store does not answer; leases run out');
        this.#failing = true;
        this.#receive(shard, { kind: 'failed', ticket });
      },
    );
    this.#calls.add(call);
    void call.finally(() => this.#calls.delete(call));
  }

  async #call(shard: RingShard, effect: FollowerEffect): Promise<FollowerEvent> {
    const { ticket } = effect;
    if (effect.kind === 'load') return { kind: 'loaded', ticket, rings: await this.#load(shard) };
    const { epoch, applied } = effect;
    const renewal = await this.#feed.renew(shard, { id: this.#id, epoch, applied, leaseMs: this.#leaseMs });
    return { kind: 'renewed', ticket, renewal };
  }

  /** A few at a time: after a fail-over every validator loads every shard. */
  async #load(shard: RingShard) {
    while (this.#loads >= mostLoadsAtOnce) await new Promise<void>((resolve) => this.#waitingLoads.push(resolve));
    this.#loads++;
    try {
      return await this.#feed.load(shard);
    } finally {
      this.#loads--;
      this.#waitingLoads.shift()?.();
    }
  }

  #tell(shard: RingShard, before: ShardFollower, state: ShardFollower): void {
    if (state.lostBecause !== undefined && state.applied === undefined && before.applied !== undefined)
      this.#logger.warn({ shard, why: state.lostBecause }, 'a shard can not be followed any further; it is loaded again');
    if (
      this.#failing &&
      state.failures === 0 &&
      before.failures > 0 &&
      [...this.#shards.values()].every(({ failures }) => failures === 0)
    ) {
      this.#failing = false;
      this.#logger.info('the ring store answers again');
    }
    if (state.table === before.table) return;
    for (const { environment, token } of revivedTokens(state.table)) {
      const name = `${environment} ${token}`;
      if (this.#revived.has(name)) continue;
      this.#revived.add(name);
      const what = 'a token that was revoked is listed as active: the ring store went back. It is refused here; revoke it again';
      this.#logger.error({ environment, tokenId: token }, what);
    }
  }
}

const readOwnClocks = (): ClockReading => ({ mono: performance.now(), wall: Date.now() });
