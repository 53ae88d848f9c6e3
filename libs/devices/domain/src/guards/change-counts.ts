import type { Plan, StepReason } from '../plan.ts';

/** What a plan takes away or changes, for the guards. */
export interface ChangeCounts {
  readonly deletions: number;
  readonly suspensions: number;
  /** Devices that are unpaired and not replaced. */
  readonly removals: number;
  /** Devices that are unpaired because their slot gets another. */
  readonly replacements: number;
  /** Accounts that get another username, or are opened again after they were suspended: whose they are, or who may come in, changes. */
  readonly accountChanges: number;
}

export const noChanges: ChangeCounts = { deletions: 0, suspensions: 0, removals: 0, replacements: 0, accountChanges: 0 };

/** Counts what the guards ask about; pairs, names of devices and profile changes take nothing from anybody. */
export function countsOf({ steps }: Plan): ChangeCounts {
  let deletions = 0;
  let suspensions = 0;
  let removals = 0;
  let replacements = 0;
  let accountChanges = 0;
  for (const step of steps) {
    if (step.kind === 'delete-user') deletions += 1;
    else if (step.kind === 'suspend-user') suspensions += 1;
    else if (step.kind === 'rename-user' || step.kind === 'activate-user') accountChanges += 1;
    else if (step.kind === 'unpair' && isReplacement(step.reason)) replacements += 1;
    else if (step.kind === 'unpair' && step.reason !== 'pair-unfinished') removals += 1;
  }
  return { deletions, suspensions, removals, replacements, accountChanges };
}

const isReplacement = (reason: StepReason): boolean => reason === 'value-changed' || reason === 'same-value-recreated';

export const addCounts = (a: ChangeCounts, b: ChangeCounts): ChangeCounts => ({
  deletions: a.deletions + b.deletions,
  suspensions: a.suspensions + b.suspensions,
  removals: a.removals + b.removals,
  replacements: a.replacements + b.replacements,
  accountChanges: a.accountChanges + b.accountChanges,
});
