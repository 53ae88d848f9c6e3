import type { EnvironmentId } from '@tallystick/kernel-core';
import type {
  GuardFigures,
  GuardRefusal,
  OwnValueRefusal,
  Proposal,
  Ring,
  RingCommand,
  RingRefusal,
  RingWarning,
  TokenId,
} from '@tallystick/tokens-domain';
import type { Propagation } from '../propagation/propagation.ts';
import type { TokenFormat } from './token-values.ts';

/** A command, and the values of the administrator's own for the tokens that it makes (M18), in their order. */
export interface RingPlan {
  readonly command: RingCommand;
  readonly ownValues?: readonly string[];
}

/** No plan could be made of the request: an HTTP matter, thrown by who made it. */
export type RingPlanner = (before: Ring | undefined) => RingPlan | { readonly kind: 'two-generations' };

/** See `Principal`. */
export interface KnownBy {
  readonly via?: 'break-glass' | 'certificate';
  readonly keys?: 'stale';
}

interface Asked {
  readonly environment: EnvironmentId;
  readonly actor: string;
  /** Why; kept in the audit with the change. */
  readonly reason: string;
  /** The actor has the role that may force, approve, and change settings. */
  readonly mayForce: boolean;
  /** How the actor is known, where it is not by a token whose key holds; for the audit. No value is made then. */
  readonly known?: KnownBy;
  /** How generated values are written; left out: as the environment's compatibility asks. */
  readonly format?: TokenFormat;
  readonly idempotencyKey?: string;
  /** The version that the administrator has seen; 0 for no ring. */
  readonly expectedVersion?: number;
}

/** What an administrator asks for; `sent` is what decides what happens, for telling a repeated request from another one with its key. */
export type RingRequest = Asked & (RingPlan | { readonly plan: RingPlanner; readonly sent: unknown });

export interface CreatedValue {
  readonly token: TokenId;
  /** Once, and for ten minutes for who repeats the request. */
  readonly value: string | undefined;
}

/** What was decided, as it is answered again to a repeated request for 24 hours. Holds no value. */
export interface Decided {
  readonly created: readonly TokenId[];
  readonly revoked: readonly TokenId[];
  readonly warnings: readonly RingWarning[];
  readonly figures?: GuardFigures;
  readonly forced?: { readonly refusal: GuardRefusal; readonly reason: string };
  /** A leak was reported, and the guards kept the token. */
  readonly stoppedBy?: GuardRefusal;
  /** Written down for a second person; nothing else has changed. */
  readonly proposal?: Proposal;
}

export interface RingDone extends Omit<Decided, 'created' | 'revoked' | 'proposal'> {
  /** Changed now, changed by the same request before, or as wanted already. */
  readonly kind: 'changed' | 'replayed' | 'unchanged';
  readonly ring: Ring;
  readonly created: readonly CreatedValue[];
  readonly propagation: Propagation;
}

export interface RingProposed {
  readonly kind: 'proposed';
  readonly ring: Ring;
  readonly proposal: Proposal;
  readonly figures?: GuardFigures;
}

export type RingFailure =
  | { readonly kind: 'refused'; readonly reason: RingRefusal; readonly figures?: GuardFigures }
  | { readonly kind: 'value-refused'; readonly reason: OwnValueRefusal }
  /** The segment has as many live tokens as the caller allows. */
  | { readonly kind: 'two-generations' }
  /** A pepper that older tokens were made with is not in the key ring, so nobody can tell whether the value is one of them. */
  | { readonly kind: 'pepper-missing' }
  /** A validator lacks the pepper that the new token would be made with: it would not know the token. */
  | { readonly kind: 'pepper-not-everywhere' }
  | { readonly kind: 'version-mismatch'; readonly version: number }
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'outbox-full' }
  /** The store's server has no memory left; only what takes tokens away is still written. */
  | { readonly kind: 'store-full' }
  /** The service's clock and the store's disagree: see `isClockless` in `commit-of`. */
  | { readonly kind: 'clocks-apart' }
  | { readonly kind: 'damaged' }
  /** The store went back, and its revocations are being made again: until then only revocations are taken. */
  | { readonly kind: 'shard-shut' }
  /** Another server answers by now, and it could not be compared with the witness of the rings. */
  | { readonly kind: 'unsettled' }
  /** More changes than an environment or a person may make; nothing that takes a live token away is refused for it. */
  | { readonly kind: 'too-many-changes'; readonly retryAfterSeconds: number }
  | { readonly kind: 'outcome-unknown' };

export type RingOutcome = RingDone | RingProposed | RingFailure;
