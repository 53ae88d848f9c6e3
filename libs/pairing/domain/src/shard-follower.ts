import type { LogPosition, Renewal, Ring, UnreadableRing } from '@tallystick/tokens-domain';
import { type ClockReading, type Lease, leaseHolds, observeServerTime, type ServerClock, serverNow } from './lease.ts';
import { applyRings, letTimePass, emptyRingTable, replaceRings, type RingTable } from './ring-table.ts';

/*
 * One shard of the ring change log, followed (ADR 2, "Validator"). Decides only: calls and clocks are outside.
 *
 *            renewed (position n)            loaded                  renewed: entries applied, up to date
 *   joining ─────────────────────▶ loading ─────────▶ following ◀───────────────────────────────────────┐
 *      ▲                              │                   │ └──────────────── lease from before the call ┘
 *      │ load failed                  │                   │
 *      ├──────────────────────────────┘                   │ another epoch, lower sequence, gap, trimmed log: lease ends now
 *      └──────────────────────────────────────────────────┘
 *
 * A renewal that fails changes nothing: the lease runs out by itself. The witness is asked beside the load; the first renewal after the
 * load, which was sent later than that question, must not show less than the witness has seen.
 */

/**
 * Why the log could not be followed any further, so that everything is loaded again. `went-back`: the store stands behind its witness,
 * that is, it has lost changes, perhaps revocations. It is not served until they were made again (ADR 4).
 */
export type LossReason = 'epoch-changed' | 'sequence-went-back' | 'log-trimmed' | 'log-gap' | 'went-back';

/** A call under way. At most one for each shard. */
export interface FollowerCall {
  readonly kind: 'renew' | 'load';
  /** Names the call: an answer with another ticket comes from a call that was given up, and means nothing. */
  readonly ticket: number;
  /** Both clocks before the call was sent. */
  readonly sentAt: ClockReading;
  /** A hint came after the call was sent, so its answer may be older than the change. */
  readonly hinted: boolean;
}

export interface ShardFollower {
  readonly leaseMs: number;
  readonly phase: 'joining' | 'loading' | 'following';
  readonly table: RingTable;
  /** Up to where the table holds all changes; while loading, up to where it will. Undefined while joining. */
  readonly applied: LogPosition | undefined;
  /** The head that was joined; the witness is asked about it. */
  readonly headEpoch: string;
  /** No verdict may be given unless `leaseHolds(lease, …)`, whatever the phase says. */
  readonly lease: Lease | undefined;
  readonly clock: ServerClock | undefined;
  readonly call: FollowerCall | undefined;
  readonly lastTicket: number;
  /** Monotonic time of the next call. */
  readonly dueAt: number;
  /** Why it had to join again, until it follows again with a lease. */
  readonly lostBecause: LossReason | undefined;
  /** How often it had to, without a lease in between. */
  readonly losses: number;
  /** Calls that failed or were given up since the last answer. */
  readonly failures: number;
  /** Monotonic time of the first failure or loss since the last lease was granted; undefined while all is well. */
  readonly unwellSince: number | undefined;
  /** Everything was loaded at least once. */
  readonly wasLoaded: boolean;
  /** How far the shard had come, as the witness said beside the load; undefined when it knows nothing, and once that is confirmed. */
  readonly witnessed: number | undefined;
}

export type FollowerEvent =
  | { readonly kind: 'tick' }
  /** Somebody says that this shard changed, or missed its lease. Hastens nothing while calls fail or the shard is lost. */
  | { readonly kind: 'hint' }
  | { readonly kind: 'renewed'; readonly ticket: number; readonly renewal: Renewal }
  /** `witnessed`: undefined when the witness could not be asked, for a second store that is away must not stop sign-ins. */
  | {
      readonly kind: 'loaded';
      readonly ticket: number;
      readonly rings: readonly (Ring | UnreadableRing)[];
      readonly witnessed: number | undefined;
    }
  /** The call failed; nothing is known of its outcome. */
  | { readonly kind: 'failed'; readonly ticket: number };

/** What to do next; its answer comes back as an event with the same ticket. */
export type FollowerEffect =
  | { readonly kind: 'renew'; readonly ticket: number; readonly epoch: string; readonly applied: number }
  /** Read every ring, of the server and head that were joined and of no other, and ask the witness about this head. */
  | { readonly kind: 'load'; readonly ticket: number; readonly epoch: string; readonly headEpoch: string };

export interface FollowerStep {
  readonly state: ShardFollower;
  readonly effect: FollowerEffect | undefined;
}

/** A full load may take this long, in milliseconds, before it is given up; its single reads have an end of their own. */
export const loadTimeoutMs = 60_000;

/** A shard that was never loaded holds up readiness for so long, in milliseconds. */
export const unwellPatienceMs = 60_000;

/** The longest pause between two attempts to join a shard that is lost again and again, in thirds of a lease. */
const longestRejoin = 8;

/** How often a lease is renewed. */
export const renewEveryMs = (leaseMs: number): number => leaseMs / 3;

/** A renewal that was not answered by then is given up, while the lease still leaves time for another one. */
export const renewTimeoutMs = (leaseMs: number): number => leaseMs / 3;

export const newShardFollower = (leaseMs: number): ShardFollower => ({
  leaseMs,
  phase: 'joining',
  table: emptyRingTable,
  applied: undefined,
  headEpoch: '',
  lease: undefined,
  clock: undefined,
  call: undefined,
  lastTicket: 0,
  dueAt: -Infinity,
  lostBecause: undefined,
  losses: 0,
  failures: 0,
  unwellSince: undefined,
  wasLoaded: false,
  witnessed: undefined,
});

/** Whether a shard need not be waited for before a validator says that it is ready: it was loaded once, or has been unwell for long. */
export const isAccountedFor = ({ wasLoaded, unwellSince }: ShardFollower, mono: number): boolean =>
  wasLoaded || (unwellSince !== undefined && mono - unwellSince >= unwellPatienceMs);

/**
 * The next state, and the call to make if one is due. `now` is read before the step: a call that is made sends its heartbeat after it.
 * Total; events that belong to a call that was given up change nothing.
 */
export function followShard(state: ShardFollower, event: FollowerEvent, now: ClockReading): FollowerStep {
  return callWhatIsDue(received(state, event, now), now);
}

function received(state: ShardFollower, event: FollowerEvent, now: ClockReading): ShardFollower {
  const { call } = state;
  switch (event.kind) {
    case 'tick':
      return call !== undefined && now.mono - call.sentAt.mono >= timeoutMs(call, state.leaseMs)
        ? failed(state, call, now)
        : state;
    case 'hint':
      if (call !== undefined) return { ...state, call: { ...call, hinted: true } };
      return state.failures === 0 && state.lostBecause === undefined
        ? { ...state, dueAt: Math.min(state.dueAt, now.mono) }
        : state;
    case 'failed':
      return call?.ticket === event.ticket ? failed(state, call, now) : state;
    case 'renewed':
      return call?.ticket === event.ticket && call.kind === 'renew'
        ? renewed({ ...state, call: undefined, failures: 0 }, call, event.renewal, now)
        : state;
    case 'loaded':
      return call?.ticket === event.ticket && call.kind === 'load'
        ? loaded({ ...state, call: undefined, failures: 0 }, event, now)
        : state;
  }
}

const timeoutMs = ({ kind }: FollowerCall, leaseMs: number): number =>
  kind === 'load' ? loadTimeoutMs : renewTimeoutMs(leaseMs);

const failed = (state: ShardFollower, call: FollowerCall, now: ClockReading): ShardFollower => ({
  ...state,
  call: undefined,
  failures: state.failures + 1,
  unwellSince: state.unwellSince ?? now.mono,
  // A load is only complete from a position on that was read before it, so it starts over with the position.
  ...(call.kind === 'load' ? { phase: 'joining', applied: undefined } : {}),
  dueAt: Math.max(now.mono, call.sentAt.mono + renewEveryMs(state.leaseMs)),
});

function renewed(before: ShardFollower, call: FollowerCall, renewal: Renewal, now: ClockReading): ShardFollower {
  const { position, entries } = renewal;
  const state = before.clock ? { ...before, table: letTimePass(before.table, serverNow(before.clock, now.mono)) } : before;
  const granted: Lease = { from: call.sentAt, leaseMs: state.leaseMs };
  const inTime = leaseHolds(granted, now.mono, now.wall);
  // The answer to a call of long ago (a paused process) ties the server's time to the wrong moment: it says nothing about the clock.
  const seen = { serverTimeMs: renewal.serverTimeMs, sentMono: call.sentAt.mono, receivedMono: now.mono };
  const clock = inTime ? observeServerTime(state.clock, seen) : state.clock;

  if (state.applied === undefined)
    return {
      ...state,
      phase: 'loading',
      applied: position,
      headEpoch: renewal.headEpoch,
      clock,
      lease: undefined,
      dueAt: now.mono,
    };

  const loss = lossOf(state.applied, renewal, state.witnessed);
  if (loss !== undefined)
    return {
      ...state,
      phase: 'joining',
      applied: undefined,
      clock,
      lease: undefined,
      lostBecause: loss,
      losses: state.losses + 1,
      unwellSince: state.unwellSince ?? now.mono,
      witnessed: undefined,
      dueAt: rejoinAt(state, now),
    };

  const applied: LogPosition = { epoch: position.epoch, seq: entries.at(-1)?.seq ?? state.applied.seq };
  const table =
    entries.length === 0
      ? state.table
      : applyRings(
          state.table,
          entries.map(({ ring }) => ring),
        );
  const upToDate = applied.seq === position.seq;
  const lease = clock?.agreed !== true ? undefined : upToDate && inTime ? granted : state.lease;
  return {
    ...state,
    table,
    applied,
    clock,
    lease,
    witnessed: undefined,
    ...(lease === granted ? { lostBecause: undefined, losses: 0, unwellSince: undefined } : {}),
    // At once when there is something to acknowledge, more to read, a change after the call was sent, or a clock to be confirmed.
    dueAt:
      entries.length > 0 || call.hinted || !inTime || clock?.agreed !== true
        ? now.mono
        : call.sentAt.mono + renewEveryMs(state.leaseMs),
  };
}

/** Entries must lead without a gap from our position towards the log's. Written so that a value that is no number is a loss. */
function lossOf(
  applied: LogPosition,
  { position, entries, trimmed }: Renewal,
  witnessed: number | undefined,
): LossReason | undefined {
  if (position.epoch !== applied.epoch) return 'epoch-changed';
  if (!(position.seq >= applied.seq)) return 'sequence-went-back';
  if (witnessed !== undefined && !(position.seq >= witnessed)) return 'went-back';
  if (trimmed) return 'log-trimmed';
  if (entries.some(({ seq }, index) => seq !== applied.seq + 1 + index)) return 'log-gap';
  if (entries.length === 0 && position.seq !== applied.seq) return 'log-gap';
  return applied.seq + entries.length > position.seq ? 'log-gap' : undefined;
}

/** At once; but a shard that is lost again and again is asked less and less often. */
const rejoinAt = ({ losses, leaseMs }: ShardFollower, now: ClockReading): number =>
  losses === 0 ? now.mono : now.mono + renewEveryMs(leaseMs) * Math.min(2 ** (losses - 1), longestRejoin);

/** The lease comes with the renewal that follows at once, never with the load. */
const loaded = (
  state: ShardFollower,
  { rings, witnessed }: FollowerEvent & { kind: 'loaded' },
  now: ClockReading,
): ShardFollower => ({
  ...state,
  phase: 'following',
  table: replaceRings(state.table, rings),
  wasLoaded: true,
  witnessed,
  dueAt: now.mono,
});

function callWhatIsDue(state: ShardFollower, now: ClockReading): FollowerStep {
  if (state.call !== undefined || now.mono < state.dueAt) return { state, effect: undefined };
  const ticket = state.lastTicket + 1;
  const kind = state.phase === 'loading' ? 'load' : 'renew';
  const effect: FollowerEffect =
    kind === 'load'
      ? { kind, ticket, epoch: state.applied?.epoch ?? '', headEpoch: state.headEpoch }
      : { kind, ticket, epoch: state.applied?.epoch ?? '', applied: state.applied?.seq ?? -1 };
  return { state: { ...state, call: { kind, ticket, sentAt: now, hinted: false }, lastTicket: ticket }, effect };
}
