import type { DesiredUser, Profile } from './desired-user.ts';
import type { AccountStatus, ObservedUser } from './observed-user.ts';
import type { Finding, Plan, Step } from './plan.ts';
import type { ReconciliationInput } from './plan-reconciliation.ts';
import type { ReconcileOptions } from './reconcile-options.ts';

const fields = ['email', 'firstName', 'lastName'] as const satisfies readonly (keyof Profile)[];

/** P23–P26: the datastore has the user disabled, deleted or out of scope. Never a device step: devices stay, or go with the account (T13). */
export function planRemoval(
  desired: DesiredUser,
  observed: ObservedUser,
  { options, formerUsername }: Pick<ReconciliationInput, 'options' | 'formerUsername'>,
): Plan {
  if (observed.kind === 'absent') {
    // Who has an account under another name is closed there, and gets it back under this one: a second one would stand in its way (P20).
    const isElsewhere = formerUsername !== undefined && options.usernameChange === 'follow';
    return desired.kind === 'gone' || isElsewhere ? inSync : createDisabled(desired.profile, options);
  }
  if (options.removeAction === 'disable' && observed.status === 'suspended') return inSync;
  if (!options.disableUsers) return only({ kind: 'user-not-removed' }); // P23
  const reason = desired.kind === 'gone' ? (desired.because ?? 'gone-from-datastore') : 'disabled-in-datastore';
  if (options.removeAction === 'delete') return { steps: [{ kind: 'delete-user', reason }], findings: [] };
  // The directory suspends active accounts only (10561).
  if (observed.status !== 'active') return only({ kind: 'status-left', status: observed.status });
  return { steps: [{ kind: 'suspend-user', reason }], findings: [] };
}

/** P21, P25, P26: a disabled account that would be deleted the next time must not be created. */
function createDisabled(profile: Profile, options: ReconcileOptions): Plan {
  if (!options.createUsers) return only({ kind: 'user-not-created', because: 'create-off' });
  if (!options.provisionDisabledUsers) return only({ kind: 'user-not-created', because: 'provision-disabled-off' });
  if (options.disableUsers && options.removeAction === 'delete')
    return only({ kind: 'user-not-created', because: 'delete-loop' });
  return { steps: [createUser(profile, false)], findings: [] };
}

/** P20, P25: an account with the attributes that have a value. */
export function createUser(profile: Profile, enabled: boolean): Step {
  const reason = enabled ? 'user-missing' : 'disabled-user-missing';
  return { kind: 'create-user', enabled, profile: overlay({}, profile) ?? {}, reason };
}

/** P28, P29: the account itself, before its devices. Appends what it notes to `findings`. */
export function updateAccount(wanted: Profile, status: AccountStatus, profile: Profile, findings: Finding[]): Step[] {
  const steps: Step[] = [];
  if (status === 'suspended') steps.push({ kind: 'activate-user', reason: 'enabled-in-datastore' });
  if (isLeft(status)) findings.push({ kind: 'status-left', status });
  const edited = overlay(profile, wanted);
  if (edited) steps.push({ kind: 'edit-user', profile: edited, reason: 'profile-differs' });
  return steps;
}

/** P29, A14: states that no call of ours may change. The two other pending ones are the normal life of an account without devices. */
const isLeft = (status: AccountStatus): boolean =>
  status === 'not-active' || status === 'pending' || status === 'locked' || status === 'other';

/** P27, P28: what has a value in the datastore over what is there; undefined when that changes nothing (A2). */
function overlay(profile: Profile, wanted: Profile): Profile | undefined {
  let changed: { -readonly [F in keyof Profile]: Profile[F] } | undefined;
  for (const field of fields) {
    const value = wanted[field];
    if (value && value !== profile[field]) (changed ??= { ...profile })[field] = value;
  }
  return changed;
}

const inSync: Plan = { steps: [], findings: [] };
const only = (finding: Finding): Plan => ({ steps: [], findings: [finding] });
