import { type PresentationKind, presentationKinds, type NoVerdictReason, type VerdictReason } from '@tallystick/pairing-domain';
import type { Metrics } from '@tallystick/platform-observability';
import type { VerdictEventFigures } from './events/verdict-events.ts';
import type { RingFollower } from './ring-follower.ts';
import type { SightingFigures } from './sightings/sighting-recorder.ts';

export interface VerdictMetrics {
  /** `observed`: enforcing now would have refused it. */
  readonly count: (kind: PresentationKind, reason: VerdictReason | NoVerdictReason | 'no-lease', observed?: boolean) => void;
  /** A refusal beyond the limit. */
  readonly countLimited: () => void;
}

export const declareVerdictMetrics = (metrics: Metrics) => ({
  verdicts: metrics.counter('tallystick_verdicts_total', 'Verdicts by kind and full reason', ['kind', 'reason']),
  observed: metrics.counter('tallystick_verdicts_observed_total', 'Allowed, and refused if everything were enforced now', [
    'kind',
  ]),
  limited: metrics.counter('tallystick_validator_refusals_limited_total', 'Refusals answered 429 for want of an end'),
});

export const declareTableMetrics = (metrics: Metrics) => ({
  shards: metrics.gauge('tallystick_validator_shards', 'Shards by whether verdicts may be given', ['lease']),
  environments: metrics.gauge('tallystick_validator_environments', 'Environments with a ring in the tables'),
  tokens: metrics.gauge('tallystick_validator_tokens', 'Tokens in the tables', ['state']),
  // Leases that are over count as well: a table that nobody renews must not look like a fresh one.
  age: metrics.gauge('tallystick_validator_oldest_lease_seconds', 'Age of the oldest renewal that a table rests on'),
  ringAge: metrics.gauge(
    'tallystick_validator_ring_age_seconds',
    'Since the ring of an environment was last known to be the newest; of the first 1,000 environments',
    ['environment'],
  ),
  alarms: metrics.gauge('tallystick_validator_ring_alarms', 'What needs somebody to look at it', ['alarm']),
});

export const declareBufferMetrics = (metrics: Metrics) => ({
  waiting: metrics.gauge('tallystick_validator_buffered', 'Sightings and verdict events that wait to be written', ['buffer']),
  written: metrics.counter('tallystick_validator_written_total', 'Sightings and verdict events that were written', ['buffer']),
  dropped: metrics.counter('tallystick_validator_dropped_total', 'Sightings and verdict events that were lost', ['buffer']),
});

/** Counts verdicts as they are given, in plain numbers; the function `update` brings the metrics up to date. */
export function verdictMetrics(metrics: Metrics): VerdictMetrics & { readonly update: () => void } {
  const { verdicts, observed, limited } = declareVerdictMetrics(metrics);
  const counted: Record<PresentationKind, Map<string, number>> = { pairing: new Map(), authentication: new Map() };
  const wouldRefuse: Record<PresentationKind, number> = { pairing: 0, authentication: 0 };
  for (const kind of presentationKinds) observed.inc({ kind }, 0);
  return {
    count: (kind, reason, isObserved = false) => {
      const reasons = counted[kind];
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (isObserved) wouldRefuse[kind]++;
    },
    countLimited: () => limited.inc(),
    update: () => {
      for (const kind of presentationKinds) {
        for (const [reason, count] of counted[kind]) {
          if (count > 0) verdicts.inc({ kind, reason }, count);
          counted[kind].set(reason, 0);
        }
        observed.inc({ kind }, wouldRefuse[kind]);
        wouldRefuse[kind] = 0;
      }
    },
  };
}

/** Gauges of the tables and leases; the function brings them up to date. */
export function tableMetrics(metrics: Metrics, follower: Pick<RingFollower, 'states'>, peppers: ReadonlySet<string>): () => void {
  const { shards, environments, tokens, age, ringAge, alarms } = declareTableMetrics(metrics);
  let shown: ReadonlySet<string> = new Set();
  return () => {
    const states = follower.states();
    const leased = states.filter(({ isLeased }) => isLeased);
    const figures = states.map(({ table }) => table.figures);
    const sum = (of: (each: (typeof figures)[number]) => number) => figures.reduce((total, each) => total + of(each), 0);
    shards.set({ lease: 'held' }, leased.length);
    shards.set({ lease: 'none' }, states.length - leased.length);
    environments.set(sum(({ environments }) => environments));
    tokens.set(
      { state: 'active' },
      sum(({ live }) => total(live.values())),
    );
    tokens.set(
      { state: 'refused' },
      sum(({ refused }) => refused),
    );
    age.set(Math.max(0, ...states.flatMap(({ lease }) => (lease ? [performance.now() - lease.from.mono] : []))) / 1_000);
    shown = showRingAges(ringAge, states, shown);
    alarms.set(
      { alarm: 'revived-token' },
      sum(({ revived }) => revived),
    );
    alarms.set(
      { alarm: 'unreadable-ring' },
      sum(({ unreadable }) => unreadable),
    );
    alarms.set({ alarm: 'store-went-back' }, states.filter(({ lostBecause }) => lostBecause === 'went-back').length);
    alarms.set(
      { alarm: 'unknown-pepper' },
      sum(({ live }) => total([...live].flatMap(([pepper, count]) => (peppers.has(pepper) ? [] : [count])))),
    );
  };
}

const mostEnvironments = 1_000;

/** @returns the environments that are shown; those that are gone are no longer. */
function showRingAges(
  gauge: ReturnType<typeof declareTableMetrics>['ringAge'],
  states: ReturnType<RingFollower['states']>,
  before: ReadonlySet<string>,
): ReadonlySet<string> {
  const shown = new Set<string>();
  for (const { table, lease } of states) {
    if (!lease) continue;
    for (const environment of table.environments.keys()) {
      if (shown.size === mostEnvironments) break;
      shown.add(environment);
      gauge.set({ environment }, (performance.now() - lease.from.mono) / 1_000);
    }
  }
  for (const environment of before) if (!shown.has(environment)) gauge.remove({ environment });
  return shown;
}

const total = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);

/** Figures of the two buffers; the function brings them up to date. */
export function bufferMetrics(
  metrics: Metrics,
  buffers: { readonly sightings: () => SightingFigures; readonly events: (() => VerdictEventFigures) | undefined },
): () => void {
  const { waiting, written, dropped } = declareBufferMetrics(metrics);
  const seen = new Map<string, number>();
  const grow = (counter: typeof written, buffer: string, name: string, value: number): void => {
    counter.inc({ buffer }, value - (seen.get(`${buffer} ${name}`) ?? 0));
    seen.set(`${buffer} ${name}`, value);
  };
  return () => {
    const sightings = buffers.sightings();
    waiting.set({ buffer: 'sightings' }, sightings.waiting);
    grow(written, 'sightings', 'written', sightings.recorded);
    grow(dropped, 'sightings', 'dropped', sightings.dropped);
    const events = buffers.events?.();
    if (!events) return;
    waiting.set({ buffer: 'events' }, events.waiting);
    grow(written, 'events', 'written', events.sent);
    grow(dropped, 'events', 'dropped', events.dropped);
  };
}
