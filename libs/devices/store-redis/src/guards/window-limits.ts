import { type ChangeCounts, guardedKinds, type GuardSettings, limitOf } from '@tallystick/devices-domain';

export const limitsOf = (settings: GuardSettings, users: number): readonly number[] =>
  guardedKinds.map(([kind]) => limitOf(settings[kind], users));

/** One number for each of {@link guardedKinds}, in their order; what was stored before there was the last one has none of it. @throws RangeError on what is no count: it could give back what others counted */
export function countsText(counts: ChangeCounts): string {
  for (const [kind] of guardedKinds)
    if (!Number.isSafeInteger(counts[kind]) || counts[kind] < 0) throw new RangeError(`${kind} is no count`);
  return guardedKinds.map(([kind]) => counts[kind]).join(',');
}

export function readCounts(text: string): ChangeCounts {
  const [deletions = 0, suspensions = 0, removals = 0, replacements = 0, accountChanges = 0] = text.split(',').map(Number);
  return { deletions, suspensions, removals, replacements, accountChanges };
}
