import type { Logger } from '@tallystick/platform-observability';
import { connectTemporal, type TemporalAddress } from '@tallystick/platform-temporal';
import type { RotationEngine } from './rotations.port.ts';
import { TemporalRotations } from './temporal-rotations.ts';
import { TemporalSchedules } from './temporal-schedules.ts';

/** Connects at the first call only: nothing but rotations waits for Temporal. Undefined where no address is set. @throws Error when the keys file has a fault. */
export function connectRotations(
  {
    address,
    payloadKeysFile,
  }: {
    readonly address: TemporalAddress | undefined;
    /** The key ring that seals what Temporal keeps: the worker's too. */
    readonly payloadKeysFile: string | undefined;
  },
  logger: Logger,
): { readonly port: RotationEngine; readonly close: () => Promise<void> } | undefined {
  if (address === undefined) return undefined;
  const temporal = connectTemporal({ ...address, logger, payloadKeysFile });
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
