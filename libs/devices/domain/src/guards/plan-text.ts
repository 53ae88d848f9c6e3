import type { Profile } from '../desired-user.ts';
import type { FactorAddress } from '../factor-address.ts';
import type { AccountHash } from '../reconciliation-store.port.ts';
import type { ObservedUser } from '../observed-user.ts';
import type { Plan, Step } from '../plan.ts';

/** What a plan was made from. */
export interface PlanFacts {
  /** Of the saved connection document. */
  readonly connectionVersion: number;
  /** Of the source record. */
  readonly recordVersion: string;
  /** That the plan is for: of a person with two, without devices, the same steps are another plan. */
  readonly account: AccountHash;
  readonly observed: ObservedUser;
}

/**
 * The canonical text of a plan, to be hashed with a key (ADR 5.10): an approval is about exactly this. Two plans have the same text exactly
 * when they do the same steps, in the same order, at the same account, with the same devices there, from the same versions. Findings and times are not in it.
 * It names addresses: never log or store it.
 */
export function planText({ connectionVersion, recordVersion, account, observed }: PlanFacts, { steps, needs }: Plan): string {
  const devices = observed.kind === 'absent' ? null : observed.devices.map(({ id }) => id).sort();
  return JSON.stringify(['plan-2', connectionVersion, recordVersion, account, devices, needs ?? [], steps.map(partsOf)]);
}

type Part = string | boolean | null | readonly Part[];

/** Every field in a fixed place, so that two steps have the same parts exactly when they are equal. */
function partsOf(step: Step): readonly Part[] {
  const { kind, reason } = step;
  switch (kind) {
    case 'create-user':
      return [kind, reason, step.enabled, profileParts(step.profile)];
    case 'edit-user':
      return [kind, reason, profileParts(step.profile)];
    case 'rename-user':
      return [kind, reason, step.from];
    case 'activate-user':
    case 'suspend-user':
    case 'delete-user':
      return [kind, reason];
    case 'unpair':
      return [kind, reason, step.deviceId, step.slot ?? null];
    case 'pair':
      return [
        kind,
        reason,
        step.slot,
        addressParts(step.address),
        step.replaces ? addressParts(step.replaces) : null,
        step.beside ?? null,
      ];
    case 'name-device':
      return [kind, reason, step.slot, step.deviceId, step.beside ?? null];
    case 'set-primary':
      return [kind, reason, step.slot, step.deviceId ?? null];
  }
}

const profileParts = ({ email, firstName, lastName }: Profile): readonly Part[] => [
  email ?? null,
  firstName ?? null,
  lastName ?? null,
];

function addressParts(address: FactorAddress): readonly Part[] {
  if (address.kind === 'email') return [address.kind, address.address];
  return address.kind === 'sms' ? [address.kind, address.number] : [address.kind, address.number, address.extension ?? null];
}
