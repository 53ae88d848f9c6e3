import type { TemporalWorkerOptions, WorkerVersion } from '@tallystick/platform-temporal';
import type { CommonConfig, Half } from './config.ts';

/** A half is deployed as a deployment of its own, so that a process with one half only can go ahead of the other. */
export const versionOf = (
  { WORKER_DEPLOYMENT: name, WORKER_BUILD_ID: buildId }: CommonConfig,
  half: Half,
): WorkerVersion | undefined =>
  name === undefined || buildId === undefined ? undefined : { deployment: `${name}-${half}`, buildId };

/** What the worker of each half says to Temporal in the same way. */
export const temporalOptions = (
  common: CommonConfig,
  half: Half,
): Pick<TemporalWorkerOptions, 'address' | 'namespace' | 'payloadKeysFile' | 'version'> => ({
  address: common.WORKER_TEMPORAL_ADDRESS,
  namespace: common.WORKER_TEMPORAL_NAMESPACE,
  payloadKeysFile: common.WORKER_PAYLOAD_KEYS_FILE,
  version: versionOf(common, half),
});
