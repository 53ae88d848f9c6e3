import type { EnvironmentId } from '@tallystick/kernel-core';
import { invalidRequest, notFound } from '@tallystick/platform-http';
import type { Ring, TokenRingStore } from '@tallystick/tokens-domain';
import type { FastifyRequest } from 'fastify';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import type { ChangeRings, RingDone, RingRequest } from '../rings/change-rings.ts';
import { entityTag, idempotencyKey } from './documents.ts';
import { keyMissing, outcomeUnknown, problemOfFailure, storeUnavailable } from './problems.ts';

export interface RingApiNeeds {
  readonly store: Pick<TokenRingStore, 'read' | 'shardOf' | 'look'>;
  readonly changes: Pick<ChangeRings, 'change'>;
  readonly watch: Pick<RegistryWatch, 'look' | 'trustOf'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** What the controllers share: expected failures become problems here and nowhere else. */
export class RingApi {
  readonly needs: RingApiNeeds;
  constructor(needs: RingApiNeeds) {
    this.needs = needs;
  }

  async read(environment: EnvironmentId): Promise<Ring> {
    const ring = await this.needs.store.read(environment).catch((cause: unknown) => {
      throw storeUnavailable(cause);
    });
    if (!ring) throw notFound();
    return ring;
  }

  async change(request: RingRequest): Promise<RingDone> {
    const outcome = await this.needs.changes.change(request).catch((cause: unknown) => {
      throw outcomeUnknown(cause);
    });
    if ('propagation' in outcome) return outcome;
    throw problemOfFailure(outcome);
  }
}

export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = idempotencyKey.safeParse(given);
  if (!key.success) throw invalidRequest('header idempotency-key', key.error.issues);
  return key.data;
}

export function requiredIdempotencyKeyOf(request: FastifyRequest): string {
  const key = idempotencyKeyOf(request);
  if (key === undefined) throw keyMissing();
  return key;
}

/** The version in If-Match; undefined when there is none. */
export function ifMatchOf(request: FastifyRequest): number | undefined {
  const given = request.headers['if-match'];
  if (given === undefined) return undefined;
  const tag = entityTag.safeParse(given);
  if (!tag.success) throw invalidRequest('header if-match', tag.error.issues);
  return tag.data;
}

export const etagOf = ({ version }: Ring): string => `"${version}"`;
