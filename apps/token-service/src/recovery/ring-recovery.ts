import type { Logger } from '@tallystick/platform-observability';
import type { RegistryLook, RingShard, RingWitness, TokenRingStore } from '@tallystick/tokens-domain';
import type { PublishedUpTo, RevocationTopic } from '@tallystick/tokens-audit-kafka';
import type { MonotonicClock } from '../propagation/clock.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import { inTime } from '../rings/in-time.ts';
import type { RecoveryMetrics } from './recovery-metrics.ts';
import { type Replayed, replayRevocations } from './replay.ts';
import type { NoteReopening, ReopenedBy } from './reopening-note.ts';
import type { RevokeAgain } from './revoke-again.ts';
import { asOver, asShut, isOver, stoodAt } from './sealed-witness.ts';

/** Why a shard is still shut; each has one sentence in {@link shutReasons}. */
export type ShutReason =
  | 'recovering'
  | 'kafka-not-configured'
  | 'revocations-unread'
  | 'revocations-incomplete'
  | 'revocations-not-made'
  | 'not-reopened';

export const shutReasons: Readonly<Record<ShutReason, string>> = {
  recovering: 'its store went back; the published revocations are being compared with it',
  'kafka-not-configured':
    'its store went back, and without Kafka nobody knows which revocations it lost: find out, revoke them again, then reopen it by hand',
  'revocations-unread': 'its store went back, and the published revocations can not be read now: it is tried again',
  'revocations-incomplete':
    'its store went back, and its last changes were never published: a revocation among them is known to nobody here. Find out, revoke again what has to be, then reopen it by hand',
  'revocations-not-made': 'its store went back, and revocations could not be made again: it is tried again',
  'not-reopened': 'its revocations were made again, and reopening it failed: it is tried again',
};

interface Shut {
  readonly headEpoch: string;
  readonly why: ShutReason;
  /** The greatest that its witness was seen at: a witness that is lost meanwhile does not open the shard. */
  readonly witness: number;
}

/** What a change has to know of its shard. */
export interface ShardStanding {
  readonly isShut: boolean;
  /** The epoch that was compared with the witness: no other one may take the change. Undefined while the witness is away, which stops nothing. */
  readonly settledEpoch: string | undefined;
}

/** For whoever writes to a shard. */
export interface ShardStandings {
  readonly standing: (shard: RingShard) => Promise<ShardStanding>;
  readonly compare: (shard: RingShard) => Promise<void>;
}

/** Of no server: nothing was compared yet, though the witness is not known to be away. */
const nothingSettled = 'none';

export interface RingRecoveryNeeds {
  readonly store: Pick<TokenRingStore, 'shards' | 'shardOf' | 'environments' | 'read' | 'reopen'>;
  readonly watch: Pick<RegistryWatch, 'look' | 'lastLook'>;
  readonly witness: RingWitness;
  /** Undefined when Kafka is not configured. */
  readonly topic: RevocationTopic | undefined;
  readonly revokeAgain: RevokeAgain;
  readonly noteReopening: NoteReopening;
  /** A shard has another head epoch: the relay has to say how far it is complete. */
  readonly onReopened: (shard: RingShard) => void;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  readonly metrics: RecoveryMetrics;
}

const everyMs = 1_000;
/** Also without another server: a repair by hand keeps the server, and another service may have shut a shard and gone. */
const checkAgainMs = 15_000;
const witnessTimeoutMs = 1_000;
const longestPauseMs = 60_000;
const stopWithinMs = 5_000;

/**
 * Finds shards whose store went back (a restored backup, a fail-over that lost writes), keeps them shut, revokes again what was revoked
 * before, and reopens them (ADR 4, decision 12). After every other server the revocations are replayed also where nothing seems to be lost. A
 * witness that is away stops nothing. Several services may do this at once: revoking twice is nothing, and a shard is reopened once.
 *
 *   open ──behind its witness──▶ shut ──revocations complete, made again──▶ reopened (another head epoch) ──▶ open
 *                                  └───── a person decides ─────────────────▲
 */
export class RingRecovery {
  readonly #needs: RingRecoveryNeeds;
  /** Looks that were found no older than the witness: by the epoch that names head and server. */
  readonly #checked = new Map<RingShard, { readonly epoch: string; readonly atMs: number }>();
  readonly #unwitnessed = new Set<RingShard>();
  readonly #shut = new Map<RingShard, Shut>();
  /** The server on which the revocations were compared last. */
  readonly #replayed = new Map<RingShard, string>();
  #failures = 0;
  #nextReplayMs = 0;
  #saidUnread = false;
  #replaying: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(needs: RingRecoveryNeeds) {
    this.#needs = needs;
  }

  /** Shards that no validator serves, and why. */
  get shut(): ReadonlyMap<RingShard, ShutReason> {
    return new Map([...this.#shut].map(([shard, { why }]) => [shard, why]));
  }

  /** Whether this look was found to be no older than the witness. False while that is not known. */
  isSettled(shard: RingShard, look: RegistryLook): boolean {
    return !this.#shut.has(shard) && this.#checked.get(shard)?.epoch === look.identity.epoch;
  }

  /**
   * For a change: whether this shard's store went back, and which epoch may take it. Compares it first where that is not known of the server
   * that answers, for a change in that moment would bring the store up to its witness, and nobody would notice any more.
   */
  async standing(shard: RingShard): Promise<ShardStanding> {
    const look = this.#needs.watch.lastLook(shard);
    if ((!look || !this.isSettled(shard, look)) && !this.#unwitnessed.has(shard)) await this.#check(shard);
    const isAway = this.#unwitnessed.has(shard);
    return {
      isShut: this.#shut.has(shard),
      settledEpoch: isAway ? undefined : (this.#checked.get(shard)?.epoch ?? nothingSettled),
    };
  }

  /** Compares a shard with its witness now: after a change that met another epoch than the settled one. Never throws. */
  compare(shard: RingShard): Promise<void> {
    return this.#check(shard);
  }

  /** Resolves when every shard was checked once; the watch has to be started. The rest goes on beside. */
  async start(): Promise<void> {
    await this.#checkShards();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    if (this.#replaying) await inTime(this.#replaying, stopWithinMs);
  }

  /**
   * Reopens a shut shard by the decision of a person, without the revocations that nobody could make again. Noted in the audit of each of its
   * environments first. Throws when a store is away or the note can't be written.
   */
  async reopen(shard: RingShard, by: ReopenedBy): Promise<'reopened' | 'not-shut' | 'key-reused'> {
    const { store, noteReopening, logger } = this.#needs;
    await this.#check(shard);
    const shut = this.#shut.get(shard);
    if (!shut) return 'not-shut';
    if ((await noteReopening(shard, by)) === 'key-reused') return 'key-reused';
    if (!(await store.reopen(shard, shut.headEpoch))) return 'not-shut'; // somebody was faster
    logger.warn({ shard, why: shut.why }, 'a shard was reopened by hand: revocations that its store lost may be live again');
    await this.#opened(shard);
    return 'reopened';
  }

  /** What is looked at, once; for tests, and for the loop. Ends when a replay that was due has ended. */
  async round(): Promise<void> {
    await this.#checkShards();
    this.#beginReplay();
    await this.#replaying;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#beginReplay();
      await Promise.race([this.#needs.clock.sleep(everyMs), new Promise<void>((resolve) => (this.#wake = resolve))]);
      if (!this.#stopped) await this.#checkShards();
    }
  }

  async #checkShards(): Promise<void> {
    const { store, logger, metrics } = this.#needs;
    const before = new Set(this.#shut.keys());
    await Promise.all(store.shards.filter((shard) => this.#isDue(shard)).map((shard) => this.#check(shard)));
    const shut = [...this.#shut.keys()].filter((shard) => !before.has(shard));
    const open = [...before].filter((shard) => !this.#shut.has(shard));
    if (shut.length > 0) {
      logger.error(
        { shards: shut },
        'the store of these shards went back: they are shut until their revocations were made again',
      );
      this.#nextReplayMs = 0;
    }
    if (open.length > 0) logger.warn({ shards: open }, 'these shards are open again');
    metrics.shut(this.#shut.size);
    metrics.unwitnessed(this.#unwitnessed.size);
  }

  #isDue(shard: RingShard): boolean {
    const look = this.#needs.watch.lastLook(shard);
    if (!look) return false;
    const checked = this.#checked.get(shard);
    return checked?.epoch !== look.identity.epoch || this.#needs.clock.nowMs() - checked.atMs >= checkAgainMs;
  }

  /** Never throws. The witness is read before the look: it is raised after each change, so a look that is made later is not behind it. */
  async #check(shard: RingShard): Promise<void> {
    const { watch, clock } = this.#needs;
    const known = watch.lastLook(shard) ?? (await watch.look(shard));
    if (!known) return;
    const witness = await this.#witnessOf(shard, known.headEpoch);
    if (witness === undefined) {
      this.#checked.delete(shard);
      this.#unwitnessed.add(shard);
      return;
    }
    this.#unwitnessed.delete(shard);
    const look = await watch.look(shard);
    if (look?.headEpoch !== known.headEpoch) return; // the next round looks again
    const shut = this.#shut.get(shard);
    if (shut && shut.headEpoch !== look.headEpoch) {
      await this.#raise(shard, shut.headEpoch, asOver);
      this.#shut.delete(shard);
    }
    this.#checked.set(shard, { epoch: look.identity.epoch, atMs: clock.nowMs() });
    // Only another head opens what is shut: by its number a shard whose witness was lost, or never sealed, would seem to be whole.
    const still = this.#shut.get(shard);
    if (!still && look.seq >= witness) return;
    const stood = Math.max(witness, still?.witness ?? 0);
    this.#shut.set(shard, { headEpoch: look.headEpoch, why: still?.why ?? 'recovering', witness: stood });
    await this.#raise(shard, look.headEpoch, (known) => asShut(Math.max(known, stood)));
  }

  #beginReplay(): void {
    const { topic, store, watch, clock } = this.#needs;
    if (!topic) return void this.#stay([...this.#shut.keys()], 'kafka-not-configured');
    if (this.#replaying || clock.nowMs() < this.#nextReplayMs) return;
    const looks = new Map<RingShard, RegistryLook>();
    for (const shard of store.shards) {
      const look = watch.lastLook(shard);
      if (look && (this.#shut.has(shard) || this.#replayed.get(shard) !== look.identity.serverId)) looks.set(shard, look);
    }
    if (looks.size === 0) return;
    this.#replaying = this.#replay(topic, looks).finally(() => (this.#replaying = undefined));
  }

  /** Never throws. */
  async #replay(topic: RevocationTopic, looks: ReadonlyMap<RingShard, RegistryLook>): Promise<void> {
    const { clock, logger, metrics } = this.#needs;
    let isDone = true;
    try {
      const replayed = await replayRevocations({ ...this.#needs, topic }, [...looks.keys()]);
      if (this.#saidUnread) logger.info('the published revocations can be read again');
      this.#saidUnread = false;
      metrics.revokedAgain(replayed.revoked);
      for (const [shard, look] of looks) if (!(await this.#finish(shard, look, replayed))) isDone = false;
    } catch (error) {
      isDone = false;
      this.#stay([...looks.keys()], 'revocations-unread');
      if (!this.#saidUnread)
        logger.error({ err: error }, 'the published revocations can not be compared with the rings; trying again');
      this.#saidUnread = true;
    }
    this.#failures = isDone ? 0 : this.#failures + 1;
    this.#nextReplayMs = clock.nowMs() + (isDone ? 0 : Math.min(everyMs * 2 ** Math.min(this.#failures, 10), longestPauseMs));
  }

  /** What follows for one shard; false when something is left to do. */
  async #finish(shard: RingShard, look: RegistryLook, { failed, published }: Replayed): Promise<boolean> {
    const { store, watch, logger } = this.#needs;
    if (failed.has(shard)) return this.#stay([shard], 'revocations-not-made');
    const now = await watch.look(shard);
    if (now?.identity.serverId !== look.identity.serverId) return false; // what was compared is not what answers now
    this.#replayed.set(shard, look.identity.serverId);
    const shut = this.#shut.get(shard);
    if (shut?.headEpoch !== now.headEpoch) return true; // open, or reopened meanwhile
    const upTo = published.get(shard);
    if (!upTo || !(await this.#isComplete(shard, upTo))) return this.#stay([shard], 'revocations-incomplete');
    try {
      if (await store.reopen(shard, shut.headEpoch)) logger.warn({ shard }, 'a shard has its revocations again and is reopened');
      if (upTo.headEpoch !== shut.headEpoch) await this.#raise(shard, upTo.headEpoch, asOver);
      await this.#opened(shard);
      return true;
    } catch (error) {
      logger.warn({ shard, err: error }, 'a shard could not be reopened');
      return this.#stay([shard], 'not-reopened');
    }
  }

  /** Whether everything that ever counted is published: up to the witness of the last head epoch that there was. */
  async #isComplete(shard: RingShard, { headEpoch, seq }: PublishedUpTo): Promise<boolean> {
    const known = await this.#witnessOf(shard, headEpoch);
    if (known === undefined) return false;
    const shut = this.#shut.get(shard);
    const witness = Math.max(known, shut?.headEpoch === headEpoch ? shut.witness : 0);
    return !isOver(witness) && seq >= stoodAt(witness);
  }

  async #opened(shard: RingShard): Promise<void> {
    this.#needs.onReopened(shard);
    await this.#needs.watch.look(shard);
    await this.#check(shard);
  }

  /** Keeps shards shut, for this reason; said once. Gives false. */
  #stay(shards: readonly RingShard[], why: ShutReason): false {
    const changed = shards.filter((shard) => {
      const shut = this.#shut.get(shard);
      if (!shut || shut.why === why) return false;
      this.#shut.set(shard, { ...shut, why });
      return true;
    });
    if (changed.length > 0) this.#needs.logger.error({ shards: changed, why }, shutReasons[why]);
    return false;
  }

  /** Undefined when it can't be read in time. */
  async #witnessOf(shard: RingShard, headEpoch: string): Promise<number | undefined> {
    try {
      return (await inTime(this.#needs.witness.read(shard, headEpoch), witnessTimeoutMs))?.value;
    } catch {
      return undefined;
    }
  }

  async #raise(shard: RingShard, headEpoch: string, to: (witness: number) => number): Promise<void> {
    const witness = await this.#witnessOf(shard, headEpoch);
    if (witness === undefined || to(witness) <= witness) return;
    await inTime(this.#needs.witness.raise(shard, headEpoch, to(witness)), witnessTimeoutMs).catch(() => undefined); // the next check does
  }
}
