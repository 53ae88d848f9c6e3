import { fileURLToPath } from 'node:url';
import { createServiceTokens } from '@tallystick/platform-http';
import { runWorker } from '@tallystick/platform-temporal';
import { createTokenActivities } from '@tallystick/tokens-activities';
import { HttpTokenAdministration } from '@tallystick/tokens-client-http';
import { environmentAttribute, segmentAttribute, stageAttribute, tokensTaskQueue } from '@tallystick/tokens-workflow-api';
import type { TokensConfig } from './config.ts';
import type { HalfNeeds, RunningHalf } from './half.ts';
import { temporalOptions } from './temporal-options.ts';
import { tracedFetch } from './traced-fetch.ts';
import { declareRotationMetrics } from './worker-metrics.ts';

export const rotationSearchAttributes = [environmentAttribute, segmentAttribute, stageAttribute];

/**
 * Carries out rotations, through the token service's API only: the same guards, roles and audit as for people. It starts while the token
 * service and the issuer are away; rotations wait for them.
 */
export async function startTokens(
  config: TokensConfig,
  { common, temporal, runs, logger, metrics }: HalfNeeds,
): Promise<RunningHalf> {
  refusePlainHttp(config);
  const { failures } = declareRotationMetrics(metrics);
  const bearer = createServiceTokens({
    issuer: config.WORKER_AUTH_ISSUER,
    clientId: config.WORKER_CLIENT_ID,
    clientSecretFile: config.WORKER_CLIENT_SECRET_FILE,
    audience: config.WORKER_AUTH_AUDIENCE,
    ...(config.WORKER_AUTH_SCOPE === undefined ? {} : { scope: config.WORKER_AUTH_SCOPE }),
    allowPlainHttp: config.WORKER_ALLOW_PLAIN_HTTP,
  });
  const worker = await runWorker({
    ...temporalOptions(common, temporal, 'tokens'),
    searchAttributes: rotationSearchAttributes,
    taskQueue: tokensTaskQueue,
    // A process that first hears of a run by a question, while an event waits for its task, goes on to that event at once; what it then does in
    // the task is in another order than every replay has it, and the run stands still (temporalio/sdk-rust#1509). That can be so for as long
    // as Temporal goes on offering the task to the process that had the run before, and is dead: ten seconds, unless told (ADR 8).
    stickyMs: 1_000,
    logger,
    workflowBundlePath: fileURLToPath(import.meta.resolve('@tallystick/tokens-workflows/bundle')),
    activities: createTokenActivities({
      administration: new HttpTokenAdministration({ url: config.WORKER_TOKEN_SERVICE_URL, bearer, fetch: tracedFetch }),
      report: (call, error) => {
        failures.inc({ call });
        logger.error({ call, err: error }, 'a call of a rotation failed, and is tried again');
      },
    }),
  });
  runs(worker);
  logger.info('rotations are carried out');
  return { readiness: [] };
}

/** What listens on the way would be a token-admin. @throws Error naming the variable, never its value. */
function refusePlainHttp({ WORKER_TOKEN_SERVICE_URL, WORKER_ALLOW_PLAIN_HTTP }: TokensConfig): void {
  const { protocol, hostname } = new URL(WORKER_TOKEN_SERVICE_URL);
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !isHere && !WORKER_ALLOW_PLAIN_HTTP)
    throw new Error(
      'WORKER_TOKEN_SERVICE_URL: expected https, or WORKER_ALLOW_PLAIN_HTTP=true where the network is known to be safe',
    );
}
