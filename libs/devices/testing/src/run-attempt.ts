import {
  type DesiredUser,
  type DeviceId,
  type DeviceLimit,
  type DeviceSlot,
  type DirectoryFault,
  type Intent,
  type MfaDirectory,
  type ObservedUser,
  type Plan,
  planReconciliation,
  type ReconcileOptions,
  type ReplacedDevice,
  type Step,
} from '@tallystick/devices-domain';
import { type Instant, type Result } from '@tallystick/kernel-core';

/** What outlives a crash: the intent, as an activity keeps it. */
export interface Memory {
  intent?: Intent;
  /** Set once an attempt found nothing to do; the intent is closed then. */
  finished: boolean;
}

export interface AttemptOf {
  readonly directory: MfaDirectory;
  readonly desired: DesiredUser;
  readonly options: ReconcileOptions;
  readonly memory: Memory;
  readonly now: Instant;
  readonly visibilityWindowMs: number;
  /** Unknown unless told. */
  readonly deviceLimit?: DeviceLimit;
}

/**
 * One attempt at one user: observe, plan, apply. A tiny stand-in for the activity, for tests of plans: it has no guards (what a
 * plan needs is taken for granted), no fence and no budget, and a refusal is a thrown error. A crash is whatever the directory's hooks throw; `memory` then says what was durable.
 */
export async function runAttempt({
  directory,
  desired,
  options,
  memory,
  now,
  visibilityWindowMs,
  deviceLimit = { kind: 'unknown' },
}: AttemptOf): Promise<Plan> {
  const observed = valueOf(await directory.observe(desired.username));
  settle(memory, observed);
  const plan = planReconciliation({
    desired,
    observed,
    options,
    ...(memory.intent && { intent: memory.intent }),
    firstSight: !memory.finished,
    visibilityWindowMs,
    now,
    capabilities: directory.capabilities,
    deviceLimit,
    managedBefore: false,
  });
  if (plan.steps.length > 0) {
    memory.finished = false;
    await applyPlan(directory, desired.username, plan, observed, memory, now);
  } else if (plan.replanAt === undefined) {
    memory.finished = true;
    delete memory.intent;
  }
  return plan;
}

/** Does the steps of `plan` in their order, and keeps `memory` so that a crash between any two calls can be made good. */
export async function applyPlan(
  directory: MfaDirectory,
  username: string,
  plan: Plan,
  observed: ObservedUser,
  memory: Memory,
  now: Instant,
): Promise<void> {
  const paired = new Map<DeviceSlot, DeviceId>();
  const devices = observed.kind === 'present' ? observed.devices : [];
  const known = new Set(devices.map((it) => it.id));
  const keep = (change: Partial<Intent>): void => {
    memory.intent = { createdByUs: false, ...memory.intent, ...change };
  };
  const restored = plan.steps.find((it) => it.kind === 'set-primary' && it.reason === 'primary-restored');
  keep({
    ...(plan.steps.some((it) => it.kind === 'create-user' && it.enabled) && { createdByUs: true }),
    ...(restored?.kind === 'set-primary' && { primaryOwedTo: restored.slot }),
  });

  const besides = (slot: DeviceSlot, old: DeviceId, how: Pick<ReplacedDevice, 'until' | 'by'>): void => {
    const address = devices.find((it) => it.id === old)?.address;
    const others = (memory.intent?.replacedDevices ?? []).filter((it) => it.deviceId !== old);
    if (address) keep({ replacedDevices: [...others, { slot, deviceId: old, address, ...how }] });
  };
  const named = (device: DeviceId, slot: DeviceSlot): void => {
    paired.set(slot, device);
    const { openPair: _, ...rest } = memory.intent!;
    const unseenPairs = [...(rest.unseenPairs ?? []), { slot, deviceId: device, pairedAt: now }];
    memory.intent = {
      ...rest,
      unseenPairs,
      replacedDevices: (rest.replacedDevices ?? []).filter((it) => it.slot !== slot || it.until),
    };
  };
  const apply = async (step: Step): Promise<void> => {
    switch (step.kind) {
      case 'create-user':
        return valueOf(await directory.createUser(username, step.profile, step.enabled));
      case 'rename-user':
        return valueOf(await directory.renameUser(step.from, username));
      case 'activate-user':
        return valueOf(await directory.activateUser(username));
      case 'edit-user':
        return valueOf(await directory.editUser(username, step.profile));
      case 'suspend-user':
        return valueOf(await directory.suspendUser(username));
      case 'delete-user':
        return valueOf(await directory.deleteUser(username));
      case 'unpair': {
        const { slot, deviceId, reason } = step;
        const address = devices.find((it) => it.id === deviceId)?.address;
        const replaced = memory.intent?.replacedDevices ?? [];
        const waits = replaced.some((it) => it.deviceId === deviceId && it.until);
        if (reason === 'value-changed' && slot && address && !waits) {
          keep({ replacedDevices: [...replaced, { slot, deviceId, address }] });
        }
        valueOf(await directory.unpair(username, deviceId));
        if (waits) keep({ replacedDevices: replaced.filter((it) => it.deviceId !== deviceId) });
        return;
      }
      case 'pair': {
        const { slot, address, beside } = step;
        if (beside) besides(slot, beside, { until: 'paired' });
        const unseen = (memory.intent?.unseenPairs ?? []).map(({ deviceId }) => deviceId);
        keep({ openPair: { slot, address, idsBefore: [...known, ...unseen], openedAt: now } });
        const { device, named: hasName } = valueOf(await directory.pair(username, address, slot));
        known.add(device);
        if (beside) besides(slot, beside, { until: 'paired', by: device });
        if (!hasName) valueOf(await directory.nameDevice(username, device, slot));
        return named(device, slot);
      }
      case 'name-device':
        if (step.beside) {
          besides(step.slot, step.beside, { until: step.reason === 'adopted' ? 'adopted' : 'paired', by: step.deviceId });
        }
        valueOf(await directory.nameDevice(username, step.deviceId, step.slot));
        if (step.reason === 'adopted') paired.set(step.slot, step.deviceId);
        else named(step.deviceId, step.slot);
        return;
      case 'set-primary': {
        const device = step.deviceId ?? paired.get(step.slot);
        if (!device) throw new Error(`the plan makes ${step.slot} primary, and nothing was paired for it`);
        valueOf(await directory.setPrimary(username, device));
        const { primaryOwedTo: _, ...rest } = memory.intent!;
        memory.intent = rest;
      }
    }
  };
  for (const step of plan.steps) await apply(step);
}

/** What was seen needs no watching: an open pair whose device carries its name already stays open until the plan has looked at it. */
function settle(memory: Memory, observed: ObservedUser): void {
  const { intent } = memory;
  if (!intent || observed.kind === 'absent') return;
  const { unseenPairs = [], replacedDevices = [] } = intent;
  const isThere = (device: DeviceId): boolean => observed.devices.some(({ id }) => id === device);
  memory.intent = {
    ...intent,
    unseenPairs: unseenPairs.filter((it) => !isThere(it.deviceId)),
    replacedDevices: replacedDevices.filter((it) => !it.until || isThere(it.deviceId)),
  };
}

function valueOf<T>(result: Result<T, DirectoryFault>): T {
  if (!result.ok) throw new Error(`the directory answered ${result.error.kind}`);
  return result.value;
}
