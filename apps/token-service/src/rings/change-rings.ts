import { type Instant, instant } from '@tallystick/kernel-core';
import type { AuditDigest } from '@tallystick/platform-audit';
import type { Logger } from '@tallystick/platform-observability';
import {
  type Adoption,
  defaultRingSettings,
  judgeOwnValue,
  nextRing,
  type RegistryLook,
  type Ring,
  type RingCommand,
  type RingContext,
  type RingDecision,
  type RingShard,
  type RingWitness,
  type SightingStore,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import { awaitPropagation, type Propagation, type PropagationNeeds } from '../propagation/propagation.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import { requestIdNow } from '../audit/request-context.ts';
import { auditEntry } from './audit-entry.ts';
import { commandDone, decidedOf, isClockless, isRevocation, revokedBy, sealedOf } from './commit-of.ts';
import type { ShardStandings } from '../recovery/ring-recovery.ts';
import type { ChangeLimits } from './change-limits.ts';
import { inTime } from './in-time.ts';
import { readAdoption } from './read-adoption.ts';
import type { CreatedValue, Decided, RingOutcome, RingRequest } from './ring-request.ts';
import type { SealedAnswers, SealedValues } from './sealed-answers.ts';
import { generateValue, newProposalId, originOf, type Peppers } from './token-values.ts';

export interface ChangeRingsNeeds extends PropagationNeeds {
  readonly store: Pick<TokenRingStore, 'shardOf' | 'read' | 'change' | 'answered' | 'confirm'>;
  readonly sightings: Pick<SightingStore, 'counts'>;
  readonly witness: Pick<RingWitness, 'raise'>;
  readonly watch: Pick<RegistryWatch, 'look' | 'trustOf' | 'lastLook' | 'seen'>;
  readonly peppers: Peppers;
  readonly answers: SealedAnswers;
  readonly seals: SealedValues;
  readonly recovery: ShardStandings;
  readonly limits: ChangeLimits;
  /** Of the documents in the audit; left out: it has none. */
  readonly digest?: AuditDigest | undefined;
  /** Told each change that took a token away, once it is true everywhere: how long that took from its request. */
  readonly revoked?: (change: { readonly ms: number; readonly bounded: boolean }) => void;
  /** Told when changes and looks go to different servers, so that both find out anew which one it is. */
  readonly parted?: () => void;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const attempts = 8;
const witnessTimeoutMs = 1_000;

type Done = Extract<RingDecision, { readonly kind: 'changed' | 'proposed' }>;

/** Commands that take nothing away from anybody: the guards have nothing to ask, so no figures are read for them. */
const harmless: ReadonlySet<RingCommand['kind']> = new Set<RingCommand['kind']>([
  'add-token',
  'retire-tokens',
  'reinstate-tokens',
  'release-values',
  'withdraw',
]);
const notRead: Adoption = { kind: 'unknown', why: 'store-unavailable' };

/** What a request also meets when it was sent twice at once and the other one was quicker: then it is answered as that one. */
const mayBeOwn: ReadonlySet<RingOutcome['kind']> = new Set(['refused', 'version-mismatch', 'two-generations'] as const);

type Limit = () => Promise<Extract<RingOutcome, { readonly kind: 'too-many-changes' }> | undefined>;

/** Where a change stands in the log, and what the ring must still show when it was only waited for. */
interface Commit extends Pick<RegistryLook, 'seq' | 'identity' | 'headEpoch' | 'acknowledged'> {
  /** Of the ring with the change; 0 when it is not known any more. */
  readonly version: number;
  readonly created: readonly TokenId[];
  readonly revoked: readonly TokenId[];
  /** Asked for after the ring was read or the answer was kept, perhaps of another server, which may never have had it. */
  readonly isAfterwards?: boolean;
}

/** Gathers, has `nextRing` decide, commits, and waits until the change holds everywhere. Throws when the store can't be reached. */
export class ChangeRings {
  readonly #needs: ChangeRingsNeeds;
  readonly #receivedMs = new WeakMap<RingRequest, number>();
  constructor(needs: ChangeRingsNeeds) {
    this.#needs = needs;
  }

  async change(asked: RingRequest): Promise<RingOutcome> {
    // It is kept in the ring, where a text with half a surrogate pair is refused.
    const request = { ...asked, actor: asked.actor.replaceAll(/\p{Surrogate}/gu, '\ufffd') };
    const { environment, actor } = request;
    const { store, recovery, clock } = this.#needs;
    this.#receivedMs.set(request, clock.nowMs());
    const before = await this.#doneBefore(request);
    if (before) return before;
    const isWithinLimits = this.#limit(environment, actor);
    let outcome: RingOutcome = { kind: 'conflict' };
    for (let attempt = 0; attempt < attempts; attempt++) {
      outcome = await this.#attempt(request, isWithinLimits);
      if (outcome.kind === 'unsettled') await recovery.compare(store.shardOf(environment));
      else if (outcome.kind !== 'conflict') break;
    }
    return mayBeOwn.has(outcome.kind) ? ((await this.#doneBefore(request)) ?? outcome) : outcome;
  }

  /** What is answered to a key that is known already. */
  async #doneBefore(request: RingRequest): Promise<RingOutcome | undefined> {
    const { environment, actor, idempotencyKey } = request;
    const { store, answers } = this.#needs;
    const known = idempotencyKey === undefined ? undefined : await store.answered(environment, idempotencyKey);
    if (!known) return undefined;
    return answers.isDigestOf(known.requestDigest, actor, sentOf(request))
      ? this.#replay(request, known)
      : { kind: 'key-reused' };
  }

  /** Takes one at the first call only, however often a request is tried. Undefined: it may go on. */
  #limit(environment: RingRequest['environment'], actor: string): Limit {
    let taken: Promise<number | undefined> | undefined;
    return async () => {
      const seconds = await (taken ??= this.#needs.limits.take('change', environment, actor));
      return seconds === undefined ? undefined : { kind: 'too-many-changes', retryAfterSeconds: seconds };
    };
  }

  async #attempt(request: RingRequest, limit: Limit): Promise<RingOutcome> {
    const { environment, actor, mayForce, expectedVersion } = request;
    const { store, peppers, nowMs } = this.#needs;
    const before = await store.read(environment);
    const version = before?.version ?? 0;
    const { isShut, settledEpoch } = await this.#needs.recovery.standing(store.shardOf(environment));
    if (expectedVersion !== undefined && expectedVersion !== version) return { kind: 'version-mismatch', version };
    const plan = 'plan' in request ? request.plan(before) : request;
    if ('kind' in plan) return plan;
    const { command, ownValues = [] } = plan;
    if (isShut && !isRevocation(commandDone(command, before))) return { kind: 'shard-shut' };
    for (const value of ownValues) {
      const own = judgeOwnValue(value);
      if (own.kind === 'refused') return { kind: 'value-refused', reason: own.reason };
    }
    if (ownValues.length > 0 && !peppers.covers(before)) return { kind: 'pepper-missing' };

    const settings = before?.settings ?? defaultRingSettings;
    const now = instant(nowMs());
    const adoption = harmless.has(command.kind) ? notRead : await readAdoption(this.#needs, environment, settings.guards, now);
    const format = request.format ?? (settings.compatibility === 'reference' ? 'uuid' : 'tsk');
    const generated = [generateValue(format), generateValue(format)]; // one for the command, one for a replacement (M24)
    const made = [
      ...ownValues.map((value) => ({ value, fresh: peppers.fresh(value, 'own') })),
      ...generated.map((value) => ({ value, fresh: peppers.fresh(value, originOf(format)) })),
    ];
    const values = new Map(made.map(({ value, fresh }) => [fresh.id, value]));
    const fresh = request.known ? [] : made.map((one) => one.fresh); // who may only revoke is given no value
    const context: RingContext = { environment, now, actor, mayForce, fresh, proposal: newProposalId(), adoption };

    const decision = nextRing(before, command, context);
    if (decision.kind === 'refused') return decision;
    if (decision.kind === 'unchanged') return (await this.#doneBefore(request)) ?? this.#asItIs(request, decision.ring);
    if (decision.kind === 'proposed' && decision.ring === before) return decision;
    // A proposal holds no value, so what is approved would have another one.
    if (decision.kind === 'proposed' && ownValues.length > 0) return { kind: 'refused', reason: 'values-need-single-steps' };
    const isRevoking = isRevocation(commandDone(command, before));
    // A revocation goes ahead all the same: its replacement can wait.
    if (decision.kind === 'changed' && decision.created.length > 0 && !(await this.#isPepperEverywhere(request)) && !isRevoking)
      return { kind: 'pepper-not-everywhere' };
    // Nothing that limits may stop a revocation, whatever command it comes from.
    const isLimited = !isRevoking && revokedBy(before, decision.ring).length === 0;
    const tooMany = isLimited ? await limit() : undefined;
    if (tooMany) return tooMany;
    const outcome = await this.#commit(request, { before, command, decision, now, values, settledEpoch });
    const hasNoRoom = outcome.kind === 'outbox-full' || outcome.kind === 'store-full';
    if (!hasNoRoom || decision.kind !== 'changed' || !isRevoking) return outcome;
    // Room is kept for revocations that make no token: the leak is stopped first, a new token can follow.
    const bare = nextRing(before, command, { ...context, fresh: [] });
    return bare.kind === 'changed'
      ? this.#commit(request, { before, command, decision: bare, now, values, settledEpoch })
      : outcome;
  }

  async #commit(
    request: RingRequest,
    {
      before,
      command,
      decision,
      now,
      values,
      settledEpoch,
    }: {
      readonly before: Ring | undefined;
      readonly command: RingCommand;
      readonly decision: Done;
      readonly now: Instant;
      readonly values: ReadonlyMap<TokenId, string>;
      readonly settledEpoch: string | undefined;
    },
  ): Promise<RingOutcome> {
    const { environment, actor, known, reason, mayForce, idempotencyKey: key } = request;
    const { store, answers, seals, logger } = this.#needs;
    const { ring } = decision;
    const decided = decidedOf(before, decision);
    const created = decided.created.map((token): CreatedValue => ({ token, value: values.get(token) }));
    const requestDigest = answers.digestOf(actor, sentOf(request));
    const sealed = sealedOf(environment, before, ring, values, seals);
    const shown = created.map(({ value = '' }) => value);
    const result = await store.change({
      ring,
      expectedVersion: before?.version ?? 0,
      audit: auditEntry({
        before,
        decision,
        command,
        actor,
        known,
        reason,
        at: now,
        requestId: requestIdNow(),
        digest: this.#needs.digest,
      }),
      mayUseReserve: isRevocation(commandDone(command, before)) && created.length === 0 && revokedBy(before, ring).length > 0,
      ...(settledEpoch === undefined ? {} : { settledEpoch }),
      ...(isClockless(command, decision, before, mayForce) ? {} : { judgedAt: now }),
      ...(sealed ? { sealed } : {}),
      ...(key === undefined ? {} : { idempotency: answers.keep(decided, shown, environment, key, requestDigest) }),
    });
    if (result.kind === 'replayed') return this.#replay(request, { ...result, requestDigest });
    if (result.kind === 'clocks-apart') {
      const facts = { environment, aheadMs: now - result.serverTimeMs };
      logger.error(facts, "this service's clock and the store's are too far apart: only leaks and forced revocations are taken");
    }
    if (result.kind !== 'changed') return result;
    if (decision.kind === 'proposed') return decision;
    const propagation = await this.#propagated(request, { ...result, ...decided, version: ring.version });
    if (!propagation) return { kind: 'outcome-unknown' };
    if (decided.revoked.length > 0) this.#tellRevoked(request, propagation);
    return { ...decided, kind: 'changed', ring, created, propagation };
  }

  #tellRevoked(request: RingRequest, { bounded }: Propagation): void {
    const { clock, revoked } = this.#needs;
    const nowMs = clock.nowMs();
    revoked?.({ ms: nowMs - (this.#receivedMs.get(request) ?? nowMs), bounded });
  }

  /** Nothing to do; but whoever did it may still be waiting, and perhaps was never confirmed: so this waits as well. */
  async #asItIs(request: RingRequest, ring: Ring | undefined): Promise<RingOutcome> {
    const { store } = this.#needs;
    const look = await store.confirm(store.shardOf(request.environment));
    if (!ring || !look) return { kind: 'outcome-unknown' };
    const commit = { ...look, version: ring.version, created: [], revoked: revokedBy(undefined, ring), isAfterwards: true };
    const propagation = await this.#propagated(request, commit);
    return propagation ? { kind: 'unchanged', ring, created: [], warnings: [], propagation } : { kind: 'outcome-unknown' };
  }

  /** The same request again: the same answer, after the same wait. */
  async #replay(
    request: RingRequest,
    known: { readonly answer: string; readonly values?: string; readonly requestDigest: string },
  ): Promise<RingOutcome> {
    const { environment, idempotencyKey = '' } = request;
    const { store, answers } = this.#needs;
    const { proposal, created: ids, revoked, ...decided }: Decided = answers.decided(known.answer);
    const values = answers.values(known.values, environment, idempotencyKey, known.requestDigest);
    const created = ids.map((token, at): CreatedValue => ({ token, value: values[at] }));
    const look = await store.confirm(store.shardOf(environment));
    const commit = look && { ...look, version: 0, created: ids, revoked, isAfterwards: true };
    const propagation = commit && !proposal && (await this.#propagated(request, commit));
    const ring = await store.read(environment);
    if (look && ring && proposal)
      return { kind: 'proposed', ring, proposal, ...(decided.figures ? { figures: decided.figures } : {}) };
    if (!propagation || !ring) return { kind: 'outcome-unknown' };
    return { ...decided, kind: 'replayed', ring, created, propagation };
  }

  /** Waits. Undefined when the change is not there any more: another server, which never had it, answers by now. */
  async #propagated({ environment }: RingRequest, commit: Commit): Promise<Propagation | undefined> {
    const { store, clock, watch } = this.#needs;
    const shard = store.shardOf(environment);
    const { seq, identity, acknowledged } = commit;
    const atMs = clock.nowMs();
    watch.seen(shard, identity);
    const [propagation, isWitnessed] = await Promise.all([
      awaitPropagation(this.#needs, { shard, seq, identity, acknowledged, atMs }),
      this.#isWitnessed(environment, commit),
    ]);
    const told = { ...propagation, bounded: propagation.bounded && isWitnessed };
    if (await this.#isParted(shard, identity.serverId)) return undefined;
    if (propagation.confirmedBy === 'acknowledgement' && !commit.isAfterwards) return told;
    const ring = await store.read(environment);
    return ring && isStillThere(ring, commit) ? told : undefined;
  }

  /**
   * Whether the server that has the change is not the one that is looked at: then the validators may be with the other one, which never hears
   * of it. One server that was restarted or replaced is met by both.
   */
  async #isParted(shard: RingShard, serverId: string): Promise<boolean> {
    const { store, watch, parted, logger } = this.#needs;
    const last = watch.lastLook(shard);
    if (!last || last.identity.serverId === serverId) return false;
    const [changed, look] = await Promise.all([store.confirm(shard), watch.look(shard)]);
    if (!changed) return true;
    if (!look || look.identity.serverId === changed.identity.serverId) return false;
    logger.error({ shard }, 'changes go to another Redis than the one that is looked at: both connections are made anew');
    parted?.();
    return true;
  }

  /** Whether a store that loses the change would be found out. */
  async #isWitnessed(environment: RingRequest['environment'], { headEpoch, seq }: Commit): Promise<boolean> {
    const { store, witness, logger } = this.#needs;
    const shard = store.shardOf(environment);
    try {
      if (await inTime(witness.raise(shard, headEpoch, seq), witnessTimeoutMs)) return true;
      logger.warn({ shard }, 'the witness of the rings did not answer in time: a lost change would not be noticed');
    } catch (error) {
      logger.warn({ shard, err: error }, 'the witness of the rings can not be raised: a lost change would not be noticed');
    }
    return false;
  }

  /** A validator without the pepper would not know the new token. */
  async #isPepperEverywhere({ environment }: RingRequest): Promise<boolean> {
    const { store, watch, peppers, logger } = this.#needs;
    const pepper = peppers.current;
    const look = await watch.look(store.shardOf(environment));
    if (!look) {
      logger.warn({ environment, keyId: pepper }, 'nobody can tell now which keys the validators have: no token is made');
      return false;
    }
    const without = look.members.filter((member) => !member.peppers?.includes(pepper));
    if (without.length === 0) return true;
    const facts = { environment, keyId: pepper, members: without.map(({ id }) => id) };
    logger.error(facts, 'validators lack the key that new tokens are made with: add it to their TOKENS_PEPPERS_FILE');
    return false;
  }
}

/** What the caller sent, as far as it decides what happens. */
const sentOf = (request: RingRequest): unknown => [
  request.environment,
  request.reason,
  'plan' in request ? request.sent : [request.command, request.ownValues ?? null],
  request.format ?? null,
  request.expectedVersion ?? null,
];

/** Whether a ring still shows what was committed; others may have changed it further. */
const isStillThere = (ring: Ring, { version, created, revoked }: Commit): boolean => {
  const states = new Map(ring.tokens.map(({ id, state }) => [id, state.kind]));
  return ring.version >= version && created.every((id) => states.has(id)) && revoked.every((id) => states.get(id) === 'revoked');
};
