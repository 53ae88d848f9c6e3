import type {
  DeviceId,
  DeviceSlot,
  FactorAddress,
  Intent,
  OpenWork,
  ReplacedDevice,
  Step,
  StepOutcome,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';

/** A pairing that brings back the value that a refused one had replaced; no plan has it. */
export type RestoreStep = Omit<Extract<Step, { kind: 'pair' }>, 'kind'> & { readonly kind: 'restore-pair' };

type Next = { readonly kind: 'next' };

/** What an attempt must not forget: the intent for the next attempt, and what was done for the outcome. Pure but for being changed. */
export class WorkMemory {
  intent: Intent;
  readonly #about: Pick<OpenWork, 'account' | 'version'>;
  readonly #done: StepOutcome[];

  constructor({ intent, done, ...about }: OpenWork) {
    this.intent = intent;
    this.#about = about;
    this.#done = [...done];
  }

  work(): OpenWork {
    return { ...this.#about, intent: this.intent, done: [...this.#done] };
  }

  /** Notes what became of a step; the last word on a step counts, so that a repeated attempt does not make the list grow. */
  note(step: Step | RestoreStep, { result, code }: Pick<StepOutcome, 'result' | 'code'>, paired?: DeviceId): Next {
    const deviceId = paired ?? ('deviceId' in step ? step.deviceId : undefined);
    const slot = 'slot' in step ? step.slot : undefined;
    const noted: StepOutcome = {
      kind: step.kind,
      reason: step.reason,
      ...(slot === undefined ? {} : { slot }),
      ...(deviceId === undefined ? {} : { deviceId }),
      result,
      ...(code === undefined ? {} : { code }),
    };
    const sameStep = (one: StepOutcome): boolean =>
      one.kind === noted.kind && one.slot === noted.slot && (step.kind === 'pair' || one.deviceId === noted.deviceId);
    const before = this.#done.findIndex(sameStep);
    if (before >= 0) this.#done.splice(before, 1);
    this.#done.push(noted);
    return { kind: 'next' };
  }

  opensPair(slot: DeviceSlot, address: FactorAddress, idsBefore: readonly DeviceId[], openedAt: Instant): void {
    this.intent = { ...this.intent, openPair: { slot, address, idsBefore, openedAt } };
  }

  closesPair(): void {
    const { openPair: _closed, ...rest } = this.intent;
    this.intent = rest;
  }

  /** Paired and named: until an observation shows it, its slot is not to be taken for empty (R30). */
  named(slot: DeviceSlot, deviceId: DeviceId, pairedAt: Instant): void {
    this.closesPair();
    const unseenPairs = [...(this.intent.unseenPairs ?? []), { slot, deviceId, pairedAt }];
    this.intent = { ...this.intent, unseenPairs, replacedDevices: this.#replaced().filter((one) => one.slot !== slot) };
  }

  replaces(device: ReplacedDevice): void {
    this.intent = {
      ...this.intent,
      replacedDevices: [...this.#replaced().filter(({ deviceId }) => deviceId !== device.deviceId), device],
    };
  }

  /** The device was not unpaired after all. */
  keeps(device: DeviceId): void {
    this.intent = { ...this.intent, replacedDevices: this.#replaced().filter(({ deviceId }) => deviceId !== device) };
  }

  replacedIn(slot: DeviceSlot): FactorAddress | undefined {
    return this.#replaced().find((one) => one.slot === slot)?.address;
  }

  settled(slot: DeviceSlot): void {
    this.intent = { ...this.intent, replacedDevices: this.#replaced().filter((one) => one.slot !== slot) };
  }

  primaryPaid(): void {
    const { primaryOwedTo: _paid, ...rest } = this.intent;
    this.intent = rest;
  }

  #replaced(): readonly ReplacedDevice[] {
    return this.intent.replacedDevices ?? [];
  }
}

/** Pairs that an observation has shown are no longer to be waited for. */
export function forgetSeen(work: OpenWork, seen: ReadonlySet<DeviceId>): OpenWork {
  const { unseenPairs, ...rest } = work.intent;
  if (unseenPairs === undefined) return work;
  const unseen = unseenPairs.filter(({ deviceId }) => !seen.has(deviceId));
  return { ...work, intent: unseen.length > 0 ? { ...rest, unseenPairs: unseen } : rest };
}
