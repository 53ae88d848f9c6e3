import type { ConnectionId, EnvironmentId, Result } from '@tallystick/kernel-core';
import type { UserRef } from './user-ref.ts';

/** Where what belongs to no environment is noted: no environment can be called so. */
export const outsideEnvironments = ':system';

/**
 * - `intent`: something will be changed, if this can be written
 * - `urgent`: the same, of what stops or takes back: it may use the room that is kept for that, and waits for no replica that is away
 * - `result`: what became of an intent; it has room as long as the store has
 * - `reading`: somebody will be shown personal data, if this can be written
 */
export type AuditClass = 'intent' | 'urgent' | 'result' | 'reading';

/** One thing that somebody did, read, or is about to do. Nothing in it but `person`, `before` and `after` is personal: those are never written as they are. */
export interface AuditNote {
  readonly class: AuditClass;
  readonly environment: EnvironmentId | typeof outsideEnvironments;
  readonly connection?: ConnectionId;
  /** Who: the caller's subject, or the process. */
  readonly actor: string;
  /** Kebab-case. */
  readonly action: string;
  readonly reason: string;
  readonly requestId?: string;
  /** The keyed hash of the plan that is carried out (ADR 5.10). */
  readonly planId?: string;
  /** Whom it is about: written as a name that stands for them in the audit only, and can be forgotten. */
  readonly person?: UserRef;
  /** The id of what it is about: of a hold, a pass, a parked record. */
  readonly subject?: string;
  /** Of an intent whose result is going to be noted: random, and the same in both. One that stays without a result is noted as `outcome-unknown`. */
  readonly intent?: string;
  /** Written as keyed digests of their JSON. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** Whose values `before` and `after` hold, where `person` does not say it. `unknown`: some person's; their digests can be compared in this entry only. */
  readonly digestsOf?: UserRef | 'unknown';
  readonly result?: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

export interface AuditTrail {
  /** Resolves when all of them are written, or none is; a note that is not written means: don't do it (R43). Never throws. */
  note(...notes: readonly AuditNote[]): Promise<Result<void, 'not-writable'>>;
}
