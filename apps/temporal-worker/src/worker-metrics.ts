import type { DirectoryBudget } from '@tallystick/devices-domain';
import type { Metrics } from '@tallystick/platform-observability';

// Every metric of the worker that is ours; those of Temporal's SDK are served at a port of their own.

export const declareReconciliationMetrics = (metrics: Metrics) => ({
  outcomes: metrics.counter('tallystick_reconciliations_total', 'Finished reconciliations of one user, and why', [
    'environment',
    'connection',
    'kind',
    'reason',
  ]),
  quarantines: metrics.counter(
    'tallystick_directory_quarantines_total',
    'Directories that went into quarantine, or came out of it',
    ['change'],
  ),
  passes: metrics.counter('tallystick_passes_total', 'Passes, previews and samples that have ended', [
    'environment',
    'connection',
    'kind',
    'stage',
  ]),
});

export const declareBudgetMetrics = (metrics: Metrics) => ({
  calls: metrics.counter(
    'tallystick_directory_calls_total',
    'Provider calls that the allowance of a directory was charged with',
    ['directory', 'lane'],
  ),
  allowance: metrics.gauge(
    'tallystick_directory_allowance_calls_per_second',
    'Provider calls a second that a directory may get, as its connection says; its use is the rate of the calls by this',
    ['directory'],
  ),
  refusals: metrics.counter(
    'tallystick_directory_refusals_total',
    'Calls that were not granted at once: the allowance was used up (later), or the directory is in quarantine',
    ['directory', 'lane', 'answer'],
  ),
  waits: metrics.histogram(
    'tallystick_directory_wait_seconds',
    'How long a call was told to wait for the allowance of its directory, each time that it asked',
    { labels: ['lane'], buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600] },
  ),
});

export const declareAuditMetrics = (metrics: Metrics) =>
  metrics.counter(
    'tallystick_audit_notes_refused_total',
    'Notes that could not be written into the audit outbox, or that too few replicas have; what they were about was not done (R43), unless it stops or takes back and is not-replicated',
    ['because'],
  );

export const declareRotationMetrics = (metrics: Metrics) => ({
  failures: metrics.counter('tallystick_rotation_calls_failed_total', 'Calls of rotations that failed and are tried again', [
    'call',
  ]),
});

/** The same allowances, counted. A directory is named as its organisation or environment at the provider; no person is. */
export function countedBudget(budget: DirectoryBudget, metrics: Metrics): DirectoryBudget {
  const { calls, allowance, refusals, waits } = declareBudgetMetrics(metrics);
  return {
    acquire: async (directory, ask, now) => {
      const grant = await budget.acquire(directory, ask, now);
      const { lane } = ask;
      allowance.set({ directory }, ask.settings.callsPerSecond);
      if (grant.kind === 'granted') calls.inc({ directory, lane }, ask.calls);
      else refusals.inc({ directory, lane, answer: grant.kind });
      waits.observe({ lane }, grant.kind === 'later' ? Math.max(0, grant.at - now) / 1_000 : 0);
      return grant;
    },
    done: (...call) => budget.done(...call),
    state: (...call) => budget.state(...call),
  };
}
