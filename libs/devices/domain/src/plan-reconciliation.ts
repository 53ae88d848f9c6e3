import type { Instant } from '@tallystick/kernel-core';
import { withoutCreateOnly } from './create-only.ts';
import type { DesiredUser } from './desired-user.ts';
import type { DirectoryCapabilities } from './directory-capabilities.ts';
import type { Intent } from './intent.ts';
import type { ObservedUser } from './observed-user.ts';
import { createUser, planRemoval, updateAccount } from './plan-account.ts';
import { planDevices } from './plan-devices.ts';
import { withoutFormerOwners } from './plan-hand-over.ts';
import type { DeviceLimit } from './plan-room.ts';
import type { Finding, Plan } from './plan.ts';
import type { ReconcileOptions } from './reconcile-options.ts';

/** Everything a plan depends on, gathered before. */
export interface ReconciliationInput {
  readonly desired: DesiredUser;
  readonly observed: ObservedUser;
  readonly options: ReconcileOptions;
  /** Of the directory that `observed` is from. */
  readonly capabilities: DirectoryCapabilities;
  /** Left by an attempt that did not finish; absent for a fresh run. */
  readonly intent?: Intent;
  /** Devices that a user may have there (P53): set, told by the directory, or learned from a refusal. */
  readonly deviceLimit: DeviceLimit;
  /** True when this product never finished a reconciliation of the account before (P46: adoption candidates are named then). */
  readonly firstSight: boolean;
  /** A finished run has left an account under this username, and it was not removed since (A13). */
  readonly managedBefore: boolean;
  /** The username of the account that a finished run has left, when it is another one and that account is still this user's (P20). */
  readonly formerUsername?: string;
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
  if (desired.kind === 'gone' || !desired.enabled)
    return desired.kind === 'gone'
      ? planRemoval(desired, observed, input)
      : noteFormer(planRemoval(desired, observed, input), input);
  if (observed.kind === 'present') return noteFormer(planUpdate(desired, observed, input), input);
  const { formerUsername, intent } = input;
  if (
    formerUsername !== undefined &&
    options.usernameChange === 'follow' &&
    input.capabilities.renamesUsers &&
    options.updateUsers
  ) {
    return { steps: [{ kind: 'rename-user', from: formerUsername, reason: 'username-changed' }], findings: [] };
  }
  const isOurDoing = intent?.createdByUs === true || intent?.deleting?.includes(desired.username) === true;
  if (input.managedBefore && options.missingAccount === 'report' && !isOurDoing)
    return { steps: [], findings: [{ kind: 'account-missing' }] }; // A13
  if (!options.createUsers)
    return noteFormer({ steps: [], findings: [{ kind: 'user-not-created', because: 'create-off' }] }, input); // P21
  // A pairing that was open went with the account it belonged to.
  const { refusedPairs } = intent ?? {};
  const devices = planDevices(desired, [], true, {
    ...input,
    intent: { createdByUs: true, ...(refusedPairs && { refusedPairs }) },
  });
  return noteFormer({ ...devices, steps: [createUser(desired.profile, true), ...devices.steps] }, input);
}

/** P20, L4: another username is another account; whoever follows (`usernameChange`) closes the former one in a plan of its own. */
function noteFormer(plan: Plan, { formerUsername, options }: ReconciliationInput): Plan {
  if (formerUsername === undefined || options.usernameChange === 'follow') return plan;
  return { ...plan, findings: [...plan.findings, { kind: 'username-changed' }] };
}

/** P14: an account that came from another user is as new to this one; one that was created disabled has had its profile, and no device. */
function wantedOf(desired: Extract<DesiredUser, { kind: 'present' }>, intent: Intent | undefined): typeof desired {
  if (!desired.createOnly || intent?.createdByUs || intent?.handedOver) return desired;
  return withoutCreateOnly(desired, intent?.createdDisabled ? 'profile' : 'all');
}

/** P20, P22, P28, P29, T14: the account is there. One that this unfinished run created is still being created (P21), not updated. */
function planUpdate(
  desired: Extract<DesiredUser, { kind: 'present' }>,
  observed: Extract<ObservedUser, { kind: 'present' }>,
  input: ReconciliationInput,
): Plan {
  const created = input.intent?.createdByUs === true;
  const wanted = wantedOf(desired, input.intent);
  const findings: Finding[] = [];
  const account = updateAccount(wanted.profile, observed.status, observed.profile, findings);
  const own = withoutFormerOwners(wanted, observed.devices, input, account, findings);
  const devices = planDevices(wanted, own, created, input);
  const plan: Plan =
    account.length + findings.length === 0
      ? devices
      : { ...devices, steps: [...account, ...devices.steps], findings: [...findings, ...devices.findings] };
  if (input.options.updateUsers || created) return plan;
  const changes = plan.steps.length > 0 || plan.replanAt !== undefined;
  return { steps: [], findings: changes ? [{ kind: 'user-not-updated' }] : [] };
}
