import { pingIdCapabilities } from '@tallystick/devices-directory-pingid';
import {
  type DesiredUser,
  type DeviceId,
  type DeviceSlot,
  deviceSlots,
  type FactorAddress,
  factorKindOf,
  neverLessOptions,
  type ObservedUser,
  parityOptions,
  planReconciliation,
  type ReconcileOptions,
  type ReconciliationInput,
} from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';

export interface PlannerRate {
  readonly preset: 'parity' | 'never-less';
  readonly change: 'in sync' | 'one change';
  /** By the clock; other processes take their share of it. */
  readonly plansPerSecond: number;
  /** By the processor time of this process: what one core does. */
  readonly plansPerCpuSecond: number;
}

const presets = { parity: parityOptions, 'never-less': neverLessOptions } as const;
const people = 64;

/** In this process: plans of users who have all nine devices, for each preset with nothing to do and with one number changed. */
export function measurePlanner({ seconds = 1.5 } = {}): readonly PlannerRate[] {
  return (['parity', 'never-less'] as const).flatMap((preset) =>
    (['in sync', 'one change'] as const).map((change) => ({
      preset,
      change,
      ...rateOf(inputsOf(presets[preset], change === 'one change'), change === 'one change', seconds),
    })),
  );
}

function rateOf(inputs: readonly ReconciliationInput[], differs: boolean, seconds: number) {
  const plan = (times: number): void => {
    for (let n = 0; n < times; n += 1) {
      const { steps } = planReconciliation(inputs[n % people]!);
      if (steps.length > 0 !== differs) throw new Error(`a plan has ${steps.length} steps`);
    }
  };
  plan(50_000); // until it is compiled
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  let plans = 0;
  for (; performance.now() - from < seconds * 1_000; plans += 1_000) plan(1_000);
  const [took, used] = [performance.now() - from, process.cpuUsage(cpu)];
  return { plansPerSecond: (plans / took) * 1_000, plansPerCpuSecond: (plans / (used.user + used.system)) * 1_000_000 };
}

const inputsOf = (options: ReconcileOptions, differs: boolean): readonly ReconciliationInput[] =>
  Array.from({ length: people }, (_, n) => ({
    desired: desired(n, differs ? 'SMS Number 2' : undefined),
    observed: observed(n),
    options,
    capabilities: pingIdCapabilities,
    deviceLimit: { kind: 'known', limit: 12 },
    firstSight: false,
    managedBefore: true,
    visibilityWindowMs: 60_000,
    now: instant(1_800_000_000_000),
  }));

const profileOf = (n: number) => ({ email: `user-${n}@example.com`, firstName: `Given ${n}`, lastName: `Family ${n}` });

function addressOf(n: number, slot: DeviceSlot): FactorAddress {
  const at = deviceSlots.indexOf(slot);
  const kind = factorKindOf(slot);
  if (kind === 'email') return { kind, address: `user-${n}-${at}@example.com` };
  return { kind, number: `+4477009${String(n * 10 + at).padStart(5, '0')}` };
}

const desired = (n: number, changed: DeviceSlot | undefined): DesiredUser => ({
  kind: 'present',
  username: `user-${n}`,
  enabled: true,
  profile: profileOf(n),
  slots: Object.fromEntries(
    deviceSlots.map((slot) => [slot, { kind: 'value', address: addressOf(slot === changed ? n + 1_000 : n, slot) }]),
  ) as Extract<DesiredUser, { kind: 'present' }>['slots'],
});

const words = { email: 'Email', sms: 'SMS', voice: 'Voice' } as const;

const observed = (n: number): ObservedUser => ({
  kind: 'present',
  status: 'active',
  profile: profileOf(n),
  devices: deviceSlots.map((slot, at) => ({
    id: String(5_000_000_000_000_000_000n + BigInt(n * 10 + at)) as DeviceId,
    nickname: slot,
    slot,
    type: words[factorKindOf(slot)],
    address: addressOf(n, slot),
    primary: at === 0,
    enrolledAt: `2026-01-0${at + 1}`,
  })),
});
