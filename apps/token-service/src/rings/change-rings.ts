import { type EnvironmentId, type Instant, instant } from '@tallystick/kernel-core';
import {
  judgeOwnValue,
  nextRing,
  type OwnValueRefusal,
  type RegistryIdentity,
  type Ring,
  type RingCommand,
  type RingRefusal,
  type RingWarning,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import type { MonotonicClock } from '../propagation/clock.ts';
import { awaitPropagation, type Propagation, type PropagationNeeds } from '../propagation/propagation.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import { auditEntry } from './audit-entry.ts';
import type { SealedAnswers } from './sealed-answers.ts';
import { generateValue, type Peppers, type TokenFormat } from './token-values.ts';

/** What an administrator asks for. */
export interface RingRequest {
  readonly environment: EnvironmentId;
  readonly actor: string;
  readonly command: RingCommand;
  /** The administrator's own value for the token that the command makes (M18). */
  readonly ownValue?: string;
  readonly format?: TokenFormat;
  readonly idempotencyKey?: string;
  /** The version that the administrator has seen; 0 for no ring. */
  readonly expectedVersion?: number;
}

export interface RingDone {
  /** Changed now, changed by the same request before, or as wanted already. */
  readonly kind: 'changed' | 'replayed' | 'unchanged';
  readonly ring: Ring;
  /** The token that the change made. */
  readonly created: TokenId | undefined;
  /** Its value: once, and for ten minutes for who repeats the request. */
  readonly value: string | undefined;
  readonly warnings: readonly RingWarning[];
  readonly propagation: Propagation;
}

export type RingOutcome =
  | RingDone
  | { readonly kind: 'refused'; readonly reason: RingRefusal }
  | { readonly kind: 'value-refused'; readonly reason: OwnValueRefusal }
  /** A pepper that older tokens were made with is not in the key ring, so nobody can tell whether the value is one of them. */
  | { readonly kind: 'pepper-missing' }
  | { readonly kind: 'version-mismatch'; readonly version: number }
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'outbox-full' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'outcome-unknown' };

export interface ChangeRingsNeeds extends PropagationNeeds {
  readonly store: Pick<TokenRingStore, 'shardOf' | 'read' | 'change' | 'answered' | 'confirm'>;
  readonly watch: Pick<RegistryWatch, 'look' | 'trustOf' | 'lastLook' | 'seen'>;
  readonly clock: MonotonicClock;
  readonly peppers: Peppers;
  readonly answers: SealedAnswers;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const attempts = 8;

interface Commit {
  readonly seq: number;
  readonly identity: RegistryIdentity;
  /** Of the ring with the change; 0 when it is not known any more. */
  readonly version: number;
  readonly created: TokenId | undefined;
}

/** Gathers, has `nextRing` decide, commits, and waits until the change holds everywhere. Throws when the store can't be reached. */
export class ChangeRings {
  readonly #needs: ChangeRingsNeeds;
  constructor(needs: ChangeRingsNeeds) {
    this.#needs = needs;
  }

  async change(request: RingRequest): Promise<RingOutcome> {
    const { environment, actor, idempotencyKey, ownValue } = request;
    const { store, answers } = this.#needs;
    if (idempotencyKey !== undefined) {
      const known = await store.answered(environment, idempotencyKey);
      if (known && !answers.isDigestOf(known.requestDigest, actor, requestOf(request))) return { kind: 'key-reused' };
      if (known) return this.#replay(request, known);
    }
    const own = ownValue === undefined ? undefined : judgeOwnValue(ownValue);
    if (own?.kind === 'refused') return { kind: 'value-refused', reason: own.reason };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const outcome = await this.#attempt(request);
      if (outcome.kind !== 'conflict') return outcome;
    }
    return { kind: 'conflict' };
  }

  async #attempt(request: RingRequest): Promise<RingOutcome> {
    const { environment, actor, command, ownValue, expectedVersion, idempotencyKey: key } = request;
    const { store, peppers, answers, nowMs } = this.#needs;
    const before = await store.read(environment);
    const version = before?.version ?? 0;
    if (expectedVersion !== undefined && expectedVersion !== version) return { kind: 'version-mismatch', version };
    if (ownValue !== undefined && !peppers.covers(before)) return { kind: 'pepper-missing' };
    const value = ownValue ?? generateValue(request.format ?? 'tsk');
    const now: Instant = instant(nowMs());
    const decision = nextRing(before, command, { environment, now, actor, fresh: peppers.fresh(value) });
    if (decision.kind === 'refused') return decision;
    if (decision.kind === 'unchanged') return this.#asItIs(request, decision.ring);

    const { ring, warnings } = decision;
    const made = { created: decision.created?.id, value: decision.created && value, warnings };
    const requestDigest = answers.digestOf(actor, requestOf(request));
    const result = await store.change({
      ring,
      expectedVersion: version,
      audit: auditEntry({ before, after: ring, command, created: made.created, actor, at: now }),
      mayUseReserve: command.kind === 'revoke-token',
      ...(key === undefined
        ? {}
        : { idempotency: { key, requestDigest, answer: answers.seal(made, environment, key, requestDigest) } }),
    });
    switch (result.kind) {
      case 'changed': {
        const propagation = await this.#propagated(request, { ...result, version: ring.version, created: made.created });
        return propagation ? { kind: 'changed', ring, ...made, propagation } : { kind: 'outcome-unknown' };
      }
      case 'replayed':
        return this.#replay(request, { seq: result.seq, requestDigest, answer: result.answer });
      default:
        return result;
    }
  }

  /** Nothing to do; but whoever did it may still be waiting, and perhaps was never confirmed: so this waits as well. */
  async #asItIs(request: RingRequest, ring: Ring | undefined): Promise<RingOutcome> {
    const { store } = this.#needs;
    const look = await store.confirm(store.shardOf(request.environment));
    const propagation = look && ring && (await this.#propagated(request, { ...look, version: ring.version, created: undefined }));
    if (!propagation) return { kind: 'outcome-unknown' };
    return { kind: 'unchanged', ring, created: undefined, value: undefined, warnings: [], propagation };
  }

  /** The same request again: the same answer, after the same wait. */
  async #replay(
    request: RingRequest,
    known: { readonly seq: number; readonly requestDigest: string; readonly answer: string },
  ): Promise<RingOutcome> {
    const { environment, idempotencyKey = '' } = request;
    const { store, answers } = this.#needs;
    const answer = answers.open(known.answer, environment, idempotencyKey, known.requestDigest);
    const look = await store.confirm(store.shardOf(environment));
    const propagation =
      look && (await this.#propagated(request, { seq: known.seq, identity: look.identity, version: 0, created: answer.created }));
    const ring = await store.read(environment);
    if (!propagation || !ring) return { kind: 'outcome-unknown' };
    return { kind: 'replayed', ring, ...answer, propagation };
  }

  /** Waits. Undefined when the change is not there any more: another server, which never had it, answers by now. */
  async #propagated(request: RingRequest, { seq, identity, version, created }: Commit): Promise<Propagation | undefined> {
    const { store, clock, watch } = this.#needs;
    const shard = store.shardOf(request.environment);
    const atMs = clock.nowMs();
    watch.seen(shard, identity);
    const propagation = await awaitPropagation(this.#needs, { shard, seq, identity, atMs });
    if (propagation.confirmedBy === 'acknowledgement') return propagation;
    const ring = await store.read(request.environment);
    return ring && isStillThere(ring, version, request.command, created) ? propagation : undefined;
  }
}

/** What the caller sent, as far as it decides what happens. */
const requestOf = ({ environment, command, ownValue, format, expectedVersion }: RingRequest): unknown => [
  environment,
  command,
  ownValue ?? null,
  format ?? null,
  expectedVersion ?? null,
];

/** Whether a ring still shows what was committed; others may have changed it further. */
const isStillThere = (ring: Ring, version: number, command: RingCommand, created: TokenId | undefined): boolean =>
  ring.version >= version &&
  (created === undefined || ring.tokens.some(({ id }) => id === created)) &&
  (command.kind !== 'revoke-token' || ring.tokens.some(({ id, state }) => id === command.token && state.kind === 'revoked'));
