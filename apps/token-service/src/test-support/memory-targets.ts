import type { EnvironmentId } from '@tallystick/kernel-core';
import type { DeliveryTarget } from '@tallystick/tokens-domain';
import type { HoldSlot } from '../delivery/slot-lock.ts';
import type { ConfiguredTarget, Targets } from '../delivery/targets.ts';
import { parseTargets } from '../delivery/targets-file.ts';

/** A target as the mounted file would name it; what it does is `target`'s. */
export function configuredTarget(environment: EnvironmentId, id: string, target: DeliveryTarget): ConfiguredTarget {
  const [document] = parseTargets(JSON.stringify({ targets: [{ environment, id, vendor: 'file' }] }));
  return { document: document!, target };
}

export type MemoryTargets = Pick<Targets, 'find' | 'of' | 'toldBy'>;

export const memoryTargets = (...all: readonly ConfiguredTarget[]): MemoryTargets => ({
  find: (environment, id) => all.find(({ document }) => document.environment === environment && document.id === id),
  of: (environment) => all.filter(({ document }) => document.environment === environment),
  toldBy: (server) => all.filter(({ webhook }) => webhook?.server === server),
});

export function memorySlotLock(): HoldSlot {
  const held = new Set<string>();
  return (slot) => Promise.resolve(held.has(slot) ? undefined : (held.add(slot), () => Promise.resolve(void held.delete(slot))));
}
