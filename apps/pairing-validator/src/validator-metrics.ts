import { type PresentationKind, revivedTokens, type VerdictReason } from '@tallystick/pairing-domain';
import type { Metrics } from '@tallystick/platform-observability';
import type { KeyRing } from '@tallystick/platform-secrets';
import type { RingFollower } from './ring-follower.ts';

export interface VerdictMetrics {
  readonly count: (kind: PresentationKind, reason: VerdictReason | 'no-lease') => void;
}

/** Counts verdicts as they are given. */
export function verdictMetrics(metrics: Metrics): VerdictMetrics {
  const verdicts = metrics.counter('tallystick_verdicts_total', 'Verdicts by kind and full reason', ['kind', 'reason']);
  return { count: (kind, reason) => verdicts.inc({ kind, reason }) };
}

/** Gauges of the tables; the function brings them up to date. */
export function tableMetrics(metrics: Metrics, follower: Pick<RingFollower, 'states'>, peppers: KeyRing): () => void {
  const shards = metrics.gauge('tallystick_validator_shards', 'Shards by whether verdicts may be given', ['lease']);
  const environments = metrics.gauge('tallystick_validator_environments', 'Environments with a ring in the tables');
  const tokens = metrics.gauge('tallystick_validator_tokens', 'Tokens in the tables', ['state']);
  const age = metrics.gauge('tallystick_validator_oldest_lease_seconds', 'Age of the oldest renewal that verdicts rest on now');
  const alarms = metrics.gauge(
    'tallystick_validator_ring_alarms',
    'Tokens that need somebody to look: revived, or made with an unknown pepper',
    ['alarm'],
  );
  return () => {
    const states = follower.states();
    const known = states.flatMap(({ table }) => [...table.environments.values()].filter(({ ring }) => ring !== undefined));
    const active = known.flatMap((environment) => [...environment.active.values()]);
    const leased = states.filter(({ isLeased }) => isLeased);
    shards.set({ lease: 'held' }, leased.length);
    shards.set({ lease: 'none' }, states.length - leased.length);
    environments.set(known.length);
    tokens.set({ state: 'active' }, active.length);
    tokens.set(
      { state: 'refused' },
      known.reduce((sum, { refused }) => sum + refused.size, 0),
    );
    age.set(Math.max(0, ...leased.map(({ lease }) => performance.now() - (lease?.from.mono ?? 0))) / 1000);
    alarms.set(
      { alarm: 'revived-token' },
      states.reduce((sum, { table }) => sum + revivedTokens(table).length, 0),
    );
    alarms.set({ alarm: 'unknown-pepper' }, active.filter(({ pepperId }) => !peppers.keys.has(pepperId)).length);
  };
}
