import type { Metrics } from '@tallystick/platform-observability';
import { RequestDurations } from './request-durations.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** What every service counts that serves HTTP. */
export const declareHttpMetrics = (metrics: Metrics) => ({
  durations: new RequestDurations(metrics),
  refusals: metrics.counter(
    'tallystick_auth_refusals_total',
    'Bearer tokens that opened nothing; keys-unavailable: the keys of the issuer could not be had, so nobody is let in who was not known',
    ['reason'],
  ),
  certificateEnds: metrics.gauge(
    'tallystick_tls_certificate_end_timestamp_seconds',
    'The end of the certificate that a service shows, in seconds since 1970; absent without TLS',
    ['listener'],
  ),
  shed: metrics.counter('tallystick_http_shed_total', 'Requests that were answered 503 because too many were under way', []),
});

/** The same verifier, whose refusals are counted. */
export function countedVerifier(auth: TokenVerifier, { refusals }: ReturnType<typeof declareHttpMetrics>): TokenVerifier {
  const { verifyToRevoke } = auth;
  return {
    ...auth,
    verify: async (header) => {
      const verdict = await auth.verify(header);
      if (verdict.kind === 'refused') refusals.inc({ reason: verdict.reason });
      return verdict;
    },
    ...(verifyToRevoke && {
      verifyToRevoke: async (header) => {
        const verdict = await verifyToRevoke(header);
        if (verdict.kind === 'refused') refusals.inc({ reason: verdict.reason });
        return verdict;
      },
    }),
  };
}
