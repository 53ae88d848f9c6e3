import type { Metrics } from '@tallystick/platform-observability';

// Every metric of the token service but those of its relay and of its recovery, which have files of their own.

export const declareDeliveryMetrics = (metrics: Metrics) =>
  metrics.counter('tallystick_deliveries_total', 'Calls of delivery targets and what came of them', [
    'environment',
    'vendor',
    'call',
    'result',
  ]);

export const declareWebhookMetrics = (metrics: Metrics) =>
  metrics.counter(
    'tallystick_mdm_webhooks_total',
    'What MDM servers told, by what became of it; without an environment where nobody known had signed it',
    ['environment', 'result'],
  );

export const declareLeakMetrics = (metrics: Metrics) =>
  metrics.counter('tallystick_leak_reports_total', 'Reported values by what became of them', ['outcome']);

export const declareNoticeMetrics = (metrics: Metrics) =>
  metrics.counter('tallystick_rotation_notices_total', 'What rotations told the people on call', ['environment', 'what']);

export const declareDateMetrics = (metrics: Metrics) => ({
  expires: metrics.gauge(
    'tallystick_token_expires_seconds',
    'Time until the next token of an environment expires, below 0 when all that are near it have; the log names them',
    ['environment'],
  ),
  adoption: metrics.gauge(
    'tallystick_adoption_newest_share',
    'Share of the recently seen devices that presented the newest token last, while an environment has several; absent where it is not known',
    ['environment'],
  ),
});

export interface RevokeMetrics {
  /** A change that took a token away is true everywhere. */
  readonly revoked: (change: { readonly ms: number; readonly bounded: boolean }) => void;
}

export function declareRevokeMetrics(metrics: Metrics): RevokeMetrics {
  const seconds = metrics.histogram(
    'tallystick_revoke_seconds',
    'From the request of a revocation to the moment that no validator accepts the token; bounded: no fail-over could bring it back unnoticed',
    { labels: ['bounded'], buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10] },
  );
  for (const bounded of ['true', 'false']) seconds.zero({ bounded });
  return { revoked: ({ ms, bounded }) => seconds.observe({ bounded: String(bounded) }, ms / 1_000) };
}

/** When the break-glass credential was used last; never: 0. Kept in the store, so that it is known after a restart as well. */
export function declareBreakGlassMetrics(metrics: Metrics): { readonly used: (at: number) => void } {
  const gauge = metrics.gauge(
    'tallystick_break_glass_last_used_timestamp_seconds',
    'When the break-glass credential was used last, in seconds since 1970; 0: never',
    [],
  );
  let last = 0;
  gauge.set({}, last);
  return {
    used: (at) => {
      last = Math.max(last, at);
      gauge.set({}, last / 1_000);
    },
  };
}

export const declareDurabilityMetrics = (metrics: Metrics) =>
  metrics.gauge(
    'tallystick_redis_durability_faults',
    'Settings of a Redis by which what was confirmed could be lost; the log names them; absent until they were read',
    ['store'],
  );
