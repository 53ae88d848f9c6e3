import type { Logger } from '@tallystick/platform-observability';
import { connectTemporal } from '@tallystick/platform-temporal';
import type { TokenServiceConfig } from '../config.ts';
import type { RotationEngine } from './rotations.port.ts';
import { TemporalRotations } from './temporal-rotations.ts';
import { TemporalSchedules } from './temporal-schedules.ts';

type RotationsConfig = Pick<TokenServiceConfig, 'TOKENS_TEMPORAL_ADDRESS' | 'TOKENS_TEMPORAL_NAMESPACE'> & {
  /** The key ring that seals what Temporal keeps: the worker's too. */
  readonly TOKENS_PAYLOAD_KEYS_FILE?: string | undefined;
};

/** Connects at the first call only: nothing but rotations waits for Temporal. Undefined where no address is set. @throws Error when the keys file has a fault. */
export function connectRotations(
  {
    TOKENS_TEMPORAL_ADDRESS: address,
    TOKENS_TEMPORAL_NAMESPACE: namespace = 'default',
    TOKENS_PAYLOAD_KEYS_FILE: payloadKeysFile,
  }: RotationsConfig,
  logger: Logger,
): { readonly port: RotationEngine; readonly close: () => Promise<void> } | undefined {
  if (address === undefined) return undefined;
  const temporal = connectTemporal({ address, namespace, logger, payloadKeysFile });
  const rotations = new TemporalRotations(temporal, Date.now);
  const schedules = new TemporalSchedules(temporal);
  return {
    port: {
      start: (request, attempt) => rotations.start(request, attempt),
      status: (environment, segment) => rotations.status(environment, segment),
      list: (environment, page) => rotations.list(environment, page),
      command: (environment, segment, command, key) => rotations.command(environment, segment, command, key),
      listSchedules: (environment, page) => schedules.listSchedules(environment, page),
      readSchedule: (environment, segment) => schedules.readSchedule(environment, segment),
      putSchedule: (request, times) => schedules.putSchedule(request, times),
      removeSchedule: (environment, segment) => schedules.removeSchedule(environment, segment),
      triggerSchedule: (environment, segment) => schedules.triggerSchedule(environment, segment),
    },
    close: () => temporal.close(),
  };
}
