import { type EnvironmentId, type Instant, instant } from '@tallystick/kernel-core';
import {
  authorise,
  forbidden,
  idempotencyKeyOf,
  invalidRequest,
  mayOnlyRevoke,
  notFound,
  type Principal,
} from '@tallystick/platform-http';
import type { AuditDigest } from '@tallystick/platform-audit';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import type { Ring, SightingStore, Token, TokenId, TokenRingStore } from '@tallystick/tokens-domain';
import { UnreadableRecord } from '@tallystick/tokens-store-redis';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BreakGlassLimit } from '../audit/break-glass-limit.ts';
import { noteBreakGlass } from '../audit/break-glass-note.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import type { AuditNotes, NoteOutcome } from '../rings/audit-notes.ts';
import type { ChangeRings } from '../rings/change-rings.ts';
import type { KnownBy, RingDone, RingFailure, RingProposed, RingRequest } from '../rings/ring-request.ts';
import type { Peppers } from '../rings/token-values.ts';
import { type Proposed, viewOfProposed } from './documents/outcomes.ts';
import { entityTag } from './documents/parameters.ts';
import {
  outcomeUnknown,
  preconditionMissing,
  problemOfBreakGlassLimit,
  problemOfFailure,
  ringUnreadable,
  storeUnavailable,
} from './problems.ts';

export interface RingApiNeeds {
  readonly store: Pick<TokenRingStore, 'shards' | 'read' | 'shardOf' | 'look' | 'environments'>;
  readonly sightings: Pick<SightingStore, 'counts' | 'laggards'>;
  readonly changes: Pick<ChangeRings, 'change'>;
  readonly notes: Pick<AuditNotes, 'write' | 'isWritten' | 'readValues'>;
  readonly watch: Pick<RegistryWatch, 'look' | 'trustOf'>;
  readonly peppers: Peppers;
  readonly breakGlassLimit: BreakGlassLimit;
  /** Without it the audit does not say from where the break-glass credential was used. */
  readonly digest?: AuditDigest | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** What every change through the API comes with: who, why, and a key. */
export interface Asking {
  readonly environment: EnvironmentId;
  readonly actor: string;
  readonly known?: KnownBy;
  /** The address that the connection came from. */
  readonly remoteAddress?: string | undefined;
  readonly mayForce: boolean;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** @param key default: the request's own, which it must have. @throws ProblemException without one. */
export const askingOf = (
  environment: EnvironmentId,
  principal: Principal,
  request: FastifyRequest,
  reason: string,
  key = idempotencyKeyOf(request),
): Asking => ({
  environment,
  actor: principal.subject,
  ...(mayOnlyRevoke(principal) && {
    known: { ...(principal.via && { via: principal.via }), ...(principal.keys && { keys: principal.keys }) },
  }),
  ...(mayOnlyRevoke(principal) && { remoteAddress: request.socket.remoteAddress }),
  mayForce: !mayOnlyRevoke(principal) && authorise(principal, environment, ['approver']) === 'allowed',
  reason,
  idempotencyKey: key,
});

/** What the controllers share: expected failures become problems here and nowhere else. */
export class RingApi {
  readonly needs: RingApiNeeds;
  constructor(needs: RingApiNeeds) {
    this.needs = needs;
  }

  now(): Instant {
    return instant(this.needs.nowMs());
  }

  async read(environment: EnvironmentId): Promise<Ring> {
    const ring = await this.needs.store.read(environment).catch((cause: unknown) => {
      throw cause instanceof UnreadableRecord ? ringUnreadable(cause) : storeUnavailable(cause);
    });
    if (!ring) throw notFound();
    return ring;
  }

  async change(request: RingRequest & Asking): Promise<RingDone | RingProposed> {
    const outcome = await this.needs.changes.change(request).catch((cause: unknown) => {
      throw cause instanceof UnreadableRecord ? ringUnreadable(cause) : outcomeUnknown(cause);
    });
    if (outcome.kind === 'proposed' || 'propagation' in outcome) return outcome;
    throw problemOfFailure(outcome);
  }

  /**
   * Before tokens are revoked by somebody who is known otherwise than by a key of the issuer: nothing is forced, and that the break-glass
   * credential is used is in the audit before it acts, whatever comes of it. The credential has no name, so the note says from where it came: by a
   * keyed digest, with which whoever has the key can ask "was it this address?", and nobody can read one.
   * @throws ProblemException
   */
  async beforeRevoking(asking: Asking, tokens: readonly TokenId[], isForced: boolean): Promise<void> {
    const { environment, actor, known, reason, idempotencyKey, remoteAddress } = asking;
    const { breakGlassLimit, digest } = this.needs;
    if (!known) return;
    if (isForced) throw forbidden();
    if (known.via !== 'break-glass') return;
    const note = {
      environment,
      actor,
      action: 'use-break-glass',
      facts: { ...known, tokens },
      ...(digest && remoteAddress && { circumstances: { from: digest(remoteAddress, 'address') } }),
      reason,
      idempotencyKey: `break-glass!${idempotencyKey}`, // no caller's key has such a sign
    };
    const ring = await this.read(environment);
    const outcome = await noteBreakGlass(this.needs, ring, tokens, note).catch((cause: unknown) => {
      throw cause instanceof UnreadableRecord ? ringUnreadable(cause) : outcomeUnknown(cause);
    });
    if (outcome.kind === 'over-limit') throw problemOfBreakGlassLimit(breakGlassLimit.perMinute, outcome.seconds);
    if (outcome.kind !== 'noted') throw problemOfNote(outcome);
  }

  /** Makes a change and answers it: with the view of what was done, or 202 with the proposal that waits for a second person. */
  async answer<T>(request: RingRequest & Asking, reply: FastifyReply, view: (done: RingDone) => T): Promise<T | Proposed> {
    const outcome = await this.change(request);
    void reply.header('etag', etagOf(outcome.ring));
    if (outcome.kind !== 'proposed') return view(outcome);
    void reply.status(202);
    return viewOfProposed(outcome);
  }
}

export function problemOfNote(outcome: Exclude<NoteOutcome, { readonly kind: 'noted' }>): Error {
  return outcome.kind === 'no-ring' ? notFound() : problemOfFailure(outcome satisfies RingFailure);
}

export function tokenIn(ring: Ring, id: string | undefined): Token {
  const token = ring.tokens.find((one) => one.id === id);
  if (!token) throw notFound();
  return token;
}

/** The version in If-Match, 0 for `If-None-Match: *`; empty when neither is there. */
export function preconditionOf(request: FastifyRequest): { readonly expectedVersion?: number } {
  const { 'if-match': match, 'if-none-match': none } = request.headers;
  if (none !== undefined && none !== '*') throw invalidRequest('header if-none-match', [{ message: 'expected *' }]);
  if (match === undefined) return none === undefined ? {} : { expectedVersion: 0 };
  if (none !== undefined) throw invalidRequest('header if-match', [{ message: 'expected If-Match or If-None-Match, not both' }]);
  const tag = entityTag.safeParse(match);
  if (!tag.success) throw invalidRequest('header if-match', tag.error.issues);
  return { expectedVersion: tag.data };
}

export function requiredPreconditionOf(request: FastifyRequest): { readonly expectedVersion: number } {
  const { expectedVersion } = preconditionOf(request);
  if (expectedVersion === undefined) throw preconditionMissing();
  return { expectedVersion };
}

export const etagOf = ({ version }: Ring): string => `"${version}"`;
