import type {
  BudgetLane,
  BudgetSettings,
  BudgetState,
  DirectoryBudget,
  DirectoryName,
  Grant,
  QuarantineReason,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';

type Ask = { readonly lane: BudgetLane; readonly calls: number; readonly leaseMs: number; readonly settings: BudgetSettings };
type CallResult = Parameters<DirectoryBudget['done']>[2];

interface Lane {
  /** Where the next one who is sent away is put, so that they do not all come back at one moment. */
  next: number;
  /** The last moment that somebody was told to come back at. */
  promised: number;
  /** Calls that the last one who was sent away asked for. */
  calls: number;
}

interface Quarantine {
  why: QuarantineReason;
  readonly since: number;
  probeAt: number;
  intervalMs: number;
  prober: string;
  proberUntil: number;
}

interface Directory {
  /** When all that was charged is paid off, at the rate (GCRA's theoretical arrival time). */
  paidOff: number;
  notBefore: number;
  failures: number;
  /** Live calls granted since bulk has waited. */
  liveInARow: number;
  readonly leases: Map<string, { readonly lane: BudgetLane; readonly until: number }>;
  readonly live: Lane;
  readonly bulk: Lane;
  quarantine: Quarantine | undefined;
}

const graceMs = 250;
const mostSpreadMs = 1_000;

/** A {@link DirectoryBudget} in memory that passes `budgetConformance`; its rules are those of the Redis script, told there. */
export class InMemoryBudget implements DirectoryBudget {
  readonly #directories = new Map<DirectoryName, Directory>();
  #leases = 0;

  // eslint-disable-next-line @typescript-eslint/require-await -- a fault of the arguments is a rejection, as with a server
  async acquire(directory: DirectoryName, ask: Ask, now: Instant): Promise<Grant> {
    checkAsk(ask);
    const state = this.#of(directory);
    for (const [lease, { until }] of state.leases) if (until <= now) state.leases.delete(lease);
    const { quarantine } = state;
    if (quarantine) {
      const { why, proberUntil, probeAt } = quarantine;
      const until = Math.max(proberUntil, probeAt, whenAllowed(state, ask, 0, ask.settings.inFlight, now));
      if (until > now) return { kind: 'quarantined', why, until: Math.ceil(until) as Instant };
      quarantine.prober = this.#grant(state, ask, now, `probe-${quarantine.since}-`);
      quarantine.proberUntil = now + ask.leaseMs;
      return { kind: 'granted', lease: quarantine.prober };
    }
    const at = whenGranted(state, ask, now);
    if (at > now) return { kind: 'later', at: sendAway(state[ask.lane], ask, at) };
    return { kind: 'granted', lease: this.#grant(state, ask, now, '') };
  }

  done(directory: DirectoryName, lease: string, result: CallResult, now: Instant): Promise<'nothing' | 'quarantined' | 'healed'> {
    const state = this.#of(directory);
    state.leases.delete(lease);
    const { quarantine } = state;
    if (result.kind === 'refused-all') state.notBefore = Math.max(state.notBefore, Math.min(result.notBefore, now + 3_600_000));
    if (quarantine) {
      if (!lease.startsWith(`probe-${quarantine.since}-`)) return Promise.resolve('nothing');
      if (result.kind === 'ok') {
        state.quarantine = undefined;
        state.failures = 0;
        return Promise.resolve('healed');
      }
      if (lease !== quarantine.prober) return Promise.resolve('nothing');
      quarantine.prober = '';
      quarantine.proberUntil = 0;
      if (result.kind === 'refused-all') return Promise.resolve('nothing');
      if (result.kind === 'sick') quarantine.why = result.why;
      quarantine.intervalMs = Math.min(2 * quarantine.intervalMs, 300_000);
      quarantine.probeAt = now + quarantine.intervalMs;
      return Promise.resolve('nothing');
    }
    if (result.kind === 'ok') state.failures = 0;
    if (result.kind === 'failed') state.failures += 1;
    const why = result.kind === 'sick' ? result.why : state.failures >= 20 ? 'directory-failing' : undefined;
    if (why === undefined) return Promise.resolve('nothing');
    state.quarantine = { why, since: now, probeAt: now + 5_000, intervalMs: 5_000, prober: '', proberUntil: 0 };
    return Promise.resolve('quarantined');
  }

  state(directory: DirectoryName, now: Instant): Promise<BudgetState> {
    const { leases, notBefore, quarantine } = this.#of(directory);
    return Promise.resolve({
      inFlight: [...leases.values()].filter(({ until }) => until > now).length,
      ...(notBefore > now && { notBefore: notBefore as Instant }),
      ...(quarantine && {
        quarantine: { why: quarantine.why, since: quarantine.since as Instant, probeAt: quarantine.probeAt as Instant },
      }),
    });
  }

  #grant(state: Directory, { lane, calls, leaseMs, settings }: Ask, now: number, prefix: string): string {
    const lease = `${prefix}lease-${(this.#leases += 1)}`;
    state.leases.set(lease, { lane, until: now + leaseMs });
    state.paidOff = Math.max(state.paidOff, now) + (calls * 1_000) / settings.callsPerSecond;
    if (lane === 'bulk') state.liveInARow = 0;
    else state.liveInARow = isWaiting(state.bulk, now) ? state.liveInARow + calls : 0;
    if (state[lane].promised <= now) state[lane].promised = 0;
    return lease;
  }

  #of(directory: DirectoryName): Directory {
    const lane = (): Lane => ({ next: 0, promised: 0, calls: 0 });
    const there = this.#directories.get(directory) ?? {
      ...{ paidOff: 0, notBefore: 0, failures: 0, liveInARow: 0, quarantine: undefined },
      ...{ leases: new Map<string, { lane: BudgetLane; until: number }>(), live: lane(), bulk: lane() },
    };
    this.#directories.set(directory, there);
    return there;
  }
}

const isWaiting = ({ promised }: Lane, now: number): boolean => promised > 0 && promised + graceMs > now;

const spacingMs = ({ callsPerSecond }: BudgetSettings): number => Math.min(50, Math.max(5, 1_000 / callsPerSecond));

/** The moment at which the call may be made: `now`, or a later one. */
function whenGranted(state: Directory, ask: Ask, now: number): number {
  const { lane, calls, settings } = ask;
  const { burst, inFlight } = settings;
  const isBulksTurn = isWaiting(state.bulk, now) && state.liveInARow >= 9 * state.bulk.calls;
  const givesWay = lane === 'live' ? isBulksTurn : isWaiting(state.live, now) && !isBulksTurn;
  const tenth = lane === 'bulk' && !isBulksTurn && burst > 1 ? Math.max(1, Math.floor(burst / 10)) : 0;
  const keep = givesWay ? Math.max(tenth, state[lane === 'live' ? 'bulk' : 'live'].calls) : tenth;
  // Too little to share: the other lane goes first.
  if (givesWay && (calls + keep > burst || inFlight === 1)) return Math.max(state.notBefore, now + spacingMs(settings));
  let places = givesWay ? inFlight - 1 : inFlight;
  if (lane === 'bulk' && inFlight > 1) {
    const live = [...state.leases.values()].filter((lease) => lease.lane === 'live').length;
    places = Math.min(places, inFlight - 1 + live);
  }
  return whenAllowed(state, ask, keep, places, now);
}

function whenAllowed(state: Directory, { calls, settings }: Ask, keep: number, places: number, now: number): number {
  const callMs = 1_000 / settings.callsPerSecond;
  const paid = Math.max(state.paidOff, now) + callMs * (calls - Math.max(settings.burst - keep, calls));
  // A hundredth of a millisecond is what the sums may be out.
  return Math.max(
    now,
    paid - now > 0.01 ? paid : now,
    state.notBefore,
    state.leases.size >= places ? now + spacingMs(settings) : now,
  );
}

/** Puts those who come back one after the other, within a second. */
function sendAway(lane: Lane, { calls, settings }: Ask, earliest: number): Instant {
  let at = Math.max(earliest, lane.next);
  if (at > earliest + mostSpreadMs) at = earliest;
  lane.next = at + spacingMs(settings);
  lane.promised = Math.max(lane.promised, at);
  lane.calls = calls;
  return Math.ceil(at) as Instant;
}

function checkAsk({ calls, leaseMs, settings: { callsPerSecond, burst, inFlight } }: Ask): void {
  if (!(callsPerSecond > 0 && callsPerSecond <= 100_000))
    throw new RangeError('callsPerSecond is a number above 0, at most 100,000');
  for (const [name, value] of Object.entries({ burst, inFlight, calls, leaseMs }))
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} is a whole number, at least 1`);
  if (leaseMs > 900_000) throw new RangeError('a lease is at most 15 minutes');
}
