import type { Instant } from '@tallystick/kernel-core';
import type { DesiredUser } from './desired-user.ts';
import type { Intent } from './intent.ts';
import type { ObservedUser } from './observed-user.ts';
import { createUser, planRemoval, updateAccount } from './plan-account.ts';
import { planDevices } from './plan-devices.ts';
import type { Finding, Plan } from './plan.ts';
import type { ReconcileOptions } from './reconcile-options.ts';

/** Everything a plan depends on, gathered before. */
export interface ReconciliationInput {
  readonly desired: DesiredUser;
  readonly observed: ObservedUser;
  readonly options: ReconcileOptions;
  /** Left by an attempt that did not finish; absent for a fresh run. */
  readonly intent?: Intent;
  /** True when this product never finished a reconciliation of the account before (P46: adoption candidates are named then). */
  readonly firstSight: boolean;
  /** How long a device that was paired may stay invisible in `observed` (R30), in milliseconds. */
  readonly visibilityWindowMs: number;
  readonly now: Instant;
}

/**
 * What to do so that the account becomes what the datastore wants, and why; and what was seen and left alone. Pure and total: it never
 * throws, and the same input gives the same plan in whatever order the devices are listed.
 *
 *   gone, disabled ─▶ plan-account: suspend, delete, or create it disabled
 *   enabled        ─▶ plan-account: create, or activate and edit
 *                     plan-devices: sort-devices ─▶ judge-slot (nine times) ─▶ judge-unmanaged ─▶ judge-primary
 *
 * No step names a device that another step of the plan names, and every `unpair` has an id (P56).
 */
export function planReconciliation(input: ReconciliationInput): Plan {
  const { desired, observed, options } = input;
  if (desired.kind === 'gone' || !desired.enabled) return planRemoval(desired, observed, options);
  if (observed.kind === 'present') return planUpdate(desired, observed, input);
  if (!options.createUsers) return { steps: [], findings: [{ kind: 'user-not-created', because: 'create-off' }] }; // P21
  // A pairing that was open went with the account it belonged to.
  const devices = planDevices(desired, [], true, { ...input, intent: { createdByUs: true } });
  return { ...devices, steps: [createUser(desired.profile, true), ...devices.steps] };
}

/** P20, P22, P28, P29, T14: the account is there. One that this unfinished run created is still being created (P21), not updated. */
function planUpdate(
  desired: Extract<DesiredUser, { kind: 'present' }>,
  observed: Extract<ObservedUser, { kind: 'present' }>,
  input: ReconciliationInput,
): Plan {
  const created = input.intent?.createdByUs === true;
  const findings: Finding[] = [];
  const account = updateAccount(desired.profile, observed.status, observed.profile, findings);
  const devices = planDevices(desired, observed.devices, created, input);
  const plan: Plan = { ...devices, steps: [...account, ...devices.steps], findings: [...findings, ...devices.findings] };
  if (input.options.updateUsers || created) return plan;
  const changes = plan.steps.length > 0 || plan.replanAt !== undefined;
  return { steps: [], findings: changes ? [{ kind: 'user-not-updated' }] : [] };
}
