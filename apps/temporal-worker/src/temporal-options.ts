import type { TemporalAddress, TemporalWorkerOptions, WorkerVersion } from '@tallystick/platform-temporal';
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
  temporal: TemporalAddress,
  half: Half,
): TemporalAddress & Pick<TemporalWorkerOptions, 'payloadKeysFile' | 'version' | 'metricsAddress'> => ({
  ...temporal,
  payloadKeysFile: common.WORKER_PAYLOAD_KEYS_FILE,
  version: versionOf(common, half),
  metricsAddress: metricsAddressOf(common),
});

/** Of IPv6 too, as `host:port` is written. */
const metricsAddressOf = ({ TEMPORAL_METRICS_PORT: port, WORKER_HTTP_HOST: host }: CommonConfig): string | undefined =>
  port === undefined ? undefined : `${host.includes(':') ? `[${host}]` : host}:${port}`;
