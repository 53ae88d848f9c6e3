import { leaseMarginMs, maxLeaseMs, type Member, type MemberId, type RegistryIdentity, type RegistryLook } from './ring-ports.ts';

// When is a change true everywhere? (ADR 2) All times are one process's own monotonic clock, in milliseconds.
//
//   commit      tc = answer to the change arrived                         tc + slowBoundMs
//   ──┬──────────┬───────────┬──────────────┬──────────────────────────────────┬──────────▶
//                │ look: b lags             │ look: all members have it,       │ every lease that was granted
//                │ → continue               │ registry trusted → done          │ without the change has run out → done
//
//   The fast road needs to know every validator. The slow bound needs to know nothing.

/** After this long no validator can hold a lease that it got before. */
export const slowBoundMs = maxLeaseMs + leaseMarginMs;

/** The same member table on the same server, seen in every look since `sinceMs` without a failed one. */
export interface RegistryTrust {
  readonly identity: RegistryIdentity;
  readonly sinceMs: number;
  readonly renewals: number;
}

/** What this process learned about a shard's member table; `atMs` is when the answer had arrived. */
export type RegistryEvent =
  | { readonly kind: 'seen'; readonly identity: RegistryIdentity; readonly renewals?: number; readonly atMs: number }
  | { readonly kind: 'failed' };

export const isSameRegistry = (a: RegistryIdentity, b: RegistryIdentity): boolean =>
  a.epoch === b.epoch && a.registry === b.registry && a.serverId === b.serverId;

/**
 * Another server, epoch or member table starts the clock again, and so does one that went back; a failed look stops it.
 * Looks that overlap may arrive out of order: that only makes trust begin later than it could.
 */
export function nextTrust(trust: RegistryTrust | undefined, event: RegistryEvent): RegistryTrust | undefined {
  if (event.kind === 'failed') return undefined;
  const { identity, atMs } = event;
  const renewals = event.renewals ?? trust?.renewals ?? 0;
  if (!trust || !isSameRegistry(trust.identity, identity) || renewals < trust.renewals)
    return { identity, sinceMs: atMs, renewals };
  return { ...trust, renewals };
}

export interface RevokeWait {
  /** What the change (or the look that found it done) answered. */
  readonly committed: { readonly seq: number; readonly identity: RegistryIdentity; readonly atMs: number };
  readonly nowMs: number;
  /** The newest look that was *sent* after the commit was known, if any. */
  readonly look: RegistryLook | undefined;
  readonly trust: RegistryTrust | undefined;
}

export type RevokeWaitDecision =
  | { readonly kind: 'done'; readonly confirmedBy: 'acknowledgement' | 'lease' }
  | { readonly kind: 'continue'; readonly waitAtMostMs: number };

/**
 * Whether a change holds everywhere by now. `acknowledgement`: every member of a trusted registry has applied it, and there is one.
 * `lease`: every lease that may lack it has run out. A look counts only when it shows the server, epoch and member table of the commit.
 */
export function revokeWait({ committed, nowMs, look, trust }: RevokeWait): RevokeWaitDecision {
  const elapsedMs = nowMs - committed.atMs;
  if (elapsedMs >= slowBoundMs) return { kind: 'done', confirmedBy: 'lease' };
  const isTrusted =
    look !== undefined &&
    trust !== undefined &&
    nowMs - trust.sinceMs >= slowBoundMs &&
    isSameRegistry(trust.identity, look.identity) &&
    isSameRegistry(committed.identity, look.identity) &&
    look.seq >= committed.seq;
  // An empty table proves nothing that waiting does not prove better.
  if (isTrusted && look.members.length > 0 && look.members.every((member) => hasApplied(member, look.identity, committed.seq)))
    return { kind: 'done', confirmedBy: 'acknowledgement' };
  return { kind: 'continue', waitAtMostMs: slowBoundMs - elapsedMs };
}

/** True when all changes up to `seq` are in the member's table. */
export const hasApplied = (member: Member, { epoch }: RegistryIdentity, seq: number): boolean =>
  member.epoch === epoch && member.applied >= seq;

/** When a member's `renewals` were first seen at this number; by member, within one unbroken trust. */
export type LastRenewals = ReadonlyMap<MemberId, { readonly renewals: number; readonly seenMs: number }>;

/**
 * Takes a look into the account of who renews. `silent` are the members that have not renewed for {@link slowBoundMs} and so hold no
 * lease; each may be dropped at exactly these `renewals`. `sentMs` and `receivedMs` are the clock around the look.
 */
export function watchRenewals(
  last: LastRenewals,
  members: readonly Member[],
  { sentMs, receivedMs }: { readonly sentMs: number; readonly receivedMs: number },
): { readonly last: LastRenewals; readonly silent: readonly Member[] } {
  const next = new Map<MemberId, { readonly renewals: number; readonly seenMs: number }>();
  const silent: Member[] = [];
  for (const member of members) {
    const before = last.get(member.id);
    const same = before?.renewals === member.renewals ? before : { renewals: member.renewals, seenMs: receivedMs };
    next.set(member.id, same);
    if (sentMs - same.seenMs >= slowBoundMs) silent.push(member);
  }
  return { last: next, silent };
}
