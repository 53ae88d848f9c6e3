import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import {
  type ClockReading,
  type FollowerEffect,
  type FollowerEvent,
  followShard,
  isAccountedFor,
  judgePresentation,
  leaseHolds,
  newShardFollower,
  type NoVerdict,
  type Presentation,
  renewTimeoutMs,
  revivedTokens,
  serverNow,
  type ShardFollower,
  type Verdict,
} from '@tallystick/pairing-domain';
import type { Logger } from '@tallystick/platform-observability';
import type {
  DeviceFacts,
  MemberId,
  PepperId,
  RingFeed,
  RingShard,
  RingWitness,
  TokenDigest,
  TokenRingStore,
} from '@tallystick/tokens-domain';

export interface RingFollowerOptions {
  readonly feed: RingFeed & Pick<TokenRingStore, 'shardOf'>;
  /** Remembers how far each shard had come; a rejection means that it is away. */
  readonly witness: Pick<RingWitness, 'read'>;
  /** The keys that digests are made with. */
  readonly peppers: readonly PepperId[];
  readonly leaseMs: number;
  readonly logger: Logger;
  readonly readClocks?: () => ClockReading;
}

/** A judgement, and the server's time that it was made by. */
export interface Judged {
  readonly verdict: Verdict | NoVerdict;
  readonly at: Instant;
}

const mostLoadsAtOnce = 8;
const rememberedShards = 20_000;

/** Follows all shards of the ring change log (ADR 2): carries out what {@link followShard} decides, and reads the clocks for it. */
export class RingFollower {
  readonly #feed: RingFollowerOptions['feed'];
  readonly #witness: RingFollowerOptions['witness'];
  readonly #peppers: readonly PepperId[];
  readonly #leaseMs: number;
  readonly #logger: Logger;
  readonly #readClocks: () => ClockReading;
  readonly #id = randomUUID() as string as MemberId;
  readonly #shards: Map<RingShard, ShardFollower>;
  readonly #shardsOf = new Map<EnvironmentId, RingShard>();
  readonly #revived = new Set<string>();
  readonly #lacking = new Set<PepperId>();
  readonly #waitingLoads: (() => void)[] = [];
  readonly #calls = new Set<Promise<void>>();
  #loads = 0;
  #failing = false;
  #witnessAway = false;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => Promise<void>) | undefined;
  #stopped = false;

  constructor({ feed, witness, peppers, leaseMs, logger, readClocks = readOwnClocks }: RingFollowerOptions) {
    this.#feed = feed;
    this.#witness = witness;
    this.#peppers = peppers;
    this.#leaseMs = leaseMs;
    this.#logger = logger;
    this.#readClocks = readClocks;
    this.#shards = new Map(feed.shards.map((shard) => [shard, newShardFollower(leaseMs)]));
  }

  /** Starts to join; {@link isReady} tells when it has. */
  start(): void {
    void this.#listen();
    // All shards in one turn of the event loop: their renewals go out as one pipeline.
    const tick = () => this.#shards.forEach((_, shard) => this.#receive(shard, { kind: 'tick' }));
    this.#timer = setInterval(tick, Math.max(20, this.#leaseMs / 30));
    tick();
  }

  /** Hints only hasten what the timer does anyway: a store that does not answer yet must not keep the validator from starting. */
  async #listen(): Promise<void> {
    while (!this.#stopped) {
      try {
        const unsubscribe = await this.#feed.onHint((shard) => this.#receive(shard, { kind: 'hint' }));
        if (this.#stopped) return void (await unsubscribe());
        this.#unsubscribe = unsubscribe;
        return;
      } catch (error) {
        this.#logger.warn({ err: error }, 'the hints can not be subscribed to yet; changes are seen with the next renewal');
        await pause(1_000, undefined, { ref: false });
      }
    }
  }

  /** What the table says. It may be given to the caller only if {@link mayAnswer} still says yes afterwards. Undefined: no table yet. */
  judge(environment: EnvironmentId, presentation: Presentation, facts?: DeviceFacts): Judged | undefined {
    const { table, clock } = this.#state(this.#shardOf(environment));
    if (clock === undefined) return undefined;
    const at = serverNow(clock, this.#readClocks().mono);
    return { verdict: judgePresentation({ table, environment, presentation, facts, at }), at };
  }

  /**
   * Whether a text is one of the environment's UUIDs or own values (M18), revoked ones included; a generated one is told by its form.
   * `digests` is called only if there are any.
   */
  isUnmarkedToken(environment: EnvironmentId, digests: () => readonly TokenDigest[]): boolean {
    const known = this.#state(this.#shardOf(environment)).table.environments.get(environment);
    return known?.hasUnmarkedTokens === true && digests().some((digest) => known.tokens.has(digest));
  }

  /** Whether the lease of this environment's shard holds at this very moment. Call it last, with no `await` before the answer. */
  mayAnswer(environment: EnvironmentId): boolean {
    const shard = this.#shardOf(environment);
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
   * True when there are leases, and every shard was loaded once. A shard that has failed for long does not count: its environments get no
   * verdict, and those of the others must not suffer.
   */
  isReady(): boolean {
    const { mono } = this.#readClocks();
    const states = this.states();
    return states.some(({ isLeased }) => isLeased) && states.every((state) => isAccountedFor(state, mono));
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

  #shardOf(environment: EnvironmentId): RingShard {
    let shard = this.#shardsOf.get(environment);
    if (shard === undefined) {
      if (this.#shardsOf.size >= rememberedShards) this.#shardsOf.clear(); // also names of nothing come here
      this.#shardsOf.set(environment, (shard = this.#feed.shardOf(environment)));
    }
    return shard;
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
    if (effect.kind === 'load') {
      // The witness first, or beside it: what it saw must not be newer than the renewal that comes after the load.
      const [rings, witnessed] = await Promise.all([this.#load(shard, effect.epoch), this.#witnessed(shard, effect.headEpoch)]);
      return { kind: 'loaded', ticket, rings, witnessed };
    }
    const { epoch, applied } = effect;
    const member = { id: this.#id, epoch, applied, leaseMs: this.#leaseMs, peppers: this.#peppers };
    const renewal = await this.#feed.renew(shard, member);
    return { kind: 'renewed', ticket, renewal };
  }

  /** Undefined when it can't be told: served all the same, for a second store that is away must not stop sign-ins. */
  async #witnessed(shard: RingShard, headEpoch: string): Promise<number | undefined> {
    try {
      const seq = await this.#witness.read(shard, headEpoch);
      this.#witnessAway = false;
      return seq;
    } catch (error) {
      const what = 'the witness can not be asked, so a ring store that lost changes would not be noticed now';
      if (!this.#witnessAway) this.#logger.warn({ shard, err: error }, what);
      this.#witnessAway = true;
      return undefined;
    }
  }

  /** A few at a time: after a fail-over every validator loads every shard. */
  async #load(shard: RingShard, epoch: string) {
    while (this.#loads >= mostLoadsAtOnce) await new Promise<void>((resolve) => this.#waitingLoads.push(resolve));
    this.#loads++;
    try {
      return await this.#feed.load(shard, epoch);
    } finally {
      this.#loads--;
      this.#waitingLoads.shift()?.();
    }
  }

  #tell(shard: RingShard, before: ShardFollower, state: ShardFollower): void {
    if (state.losses > before.losses) {
      const what =
        'the ring store has lost changes of a shard, perhaps revocations; no verdicts until it was recovered and reopened';
      if (state.lostBecause !== 'went-back')
        this.#logger.warn({ shard, why: state.lostBecause }, 'a shard can not be followed any further; it is loaded again');
      else if (before.losses === 0) this.#logger.error({ shard, why: state.lostBecause }, what);
    }
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
    if (state.table.figures.unreadable > before.table.figures.unreadable)
      this.#logger.error({ shard }, 'a ring can not be read by this version: its environment gets no verdict');
    const lacking = [...state.table.figures.live.keys()].find((pepper) => !this.#peppers.includes(pepper));
    if (lacking !== undefined && !this.#lacking.has(lacking)) {
      this.#lacking.add(lacking);
      const what =
        'a token was made with a pepper that is missing here: nobody is refused for its sake, and no verdict given instead';
      this.#logger.error({ pepperId: lacking }, what);
    }
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
