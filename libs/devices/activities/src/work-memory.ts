import type {
  BegunAccount,
  DeviceId,
  DeviceSlot,
  FactorAddress,
  Intent,
  OpenWork,
  RefusedPair,
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

  /** The account would be left behind if its user had another username before a run has finished (R5). */
  begins(account: BegunAccount): void {
    const { managed, begun = [] } = this.intent;
    const { username } = account;
    const isKnown = (it: BegunAccount): boolean => it.username === username && it.how !== 'claimed' && it.how !== 'linked';
    if (managed?.username === username || begun.some(isKnown)) return;
    this.intent = { ...this.intent, begun: [...begun.filter((it) => it.username !== username), account] };
  }

  /** Something is written to the account: its claim can't be given up as one of which nothing came. Tells whether it could before. */
  uses(username: string): boolean {
    return this.#turns(username, 'claimed', 'linked');
  }

  /** Nothing was written. */
  unuses(username: string): void {
    this.#turns(username, 'linked', 'claimed');
  }

  #turns(username: string, from: 'claimed' | 'linked', how: 'claimed' | 'linked'): boolean {
    const { begun = [] } = this.intent;
    if (!begun.some((it) => it.username === username && it.how === from)) return false;
    this.intent = { ...this.intent, begun: begun.map((it) => (it.username === username ? { ...it, how } : it)) };
    return true;
  }

  /** If the account is missing later, that is our doing (A13). */
  deletes(username: string): void {
    this.intent = { ...this.intent, deleting: [...new Set([...(this.intent.deleting ?? []), username])] };
  }

  opensPair(slot: DeviceSlot, address: FactorAddress, idsBefore: readonly DeviceId[], openedAt: Instant): void {
    // What is not listed yet (R30) was there before all the same, and must not be taken for this one when it appears.
    const unseen = (this.intent.unseenPairs ?? []).map(({ deviceId }) => deviceId);
    const openPair = { slot, address, idsBefore: [...new Set([...idsBefore, ...unseen])], openedAt };
    this.intent = { ...this.intent, openPair };
  }

  closesPair(): void {
    const { openPair: _closed, ...rest } = this.intent;
    this.intent = rest;
  }

  /** Paired and named: until an observation shows it, its slot is not to be taken for empty (R30). */
  named(slot: DeviceSlot, deviceId: DeviceId, pairedAt: Instant): void {
    this.closesPair();
    const unseenPairs = [...(this.intent.unseenPairs ?? []), { slot, deviceId, pairedAt }];
    this.intent = { ...this.intent, unseenPairs, replacedDevices: this.#others(slot) };
  }

  /** What is known of a device that another one is put beside stays known. */
  replaces(device: ReplacedDevice): void {
    const before = this.#replaced().find(({ deviceId }) => deviceId === device.deviceId);
    if (before?.until !== undefined && device.until === undefined) return;
    const others = this.#replaced().filter(({ deviceId }) => deviceId !== device.deviceId);
    const by = device.by ?? (before?.until === device.until ? before?.by : undefined);
    this.intent = { ...this.intent, replacedDevices: [...others, { ...device, ...(by !== undefined && { by }) }] };
  }

  /** The device that takes the place of `old` is there. */
  replacedBy(old: DeviceId, by: DeviceId): void {
    this.intent = {
      ...this.intent,
      replacedDevices: this.#replaced().map((one) => (one.deviceId === old ? { ...one, by } : one)),
    };
  }

  /** A device that is there already takes the place of what went from the slot to make room. */
  adopts(slot: DeviceSlot, by: DeviceId): void {
    const replacedDevices = this.#replaced().map((one) => (one.slot === slot && one.until === undefined ? { ...one, by } : one));
    if (this.intent.replacedDevices) this.intent = { ...this.intent, replacedDevices };
  }

  /** The device that takes the place of `old`, as far as it is known. */
  successorOf(old: DeviceId): DeviceId | undefined {
    return this.#replaced().find(({ deviceId }) => deviceId === old)?.by;
  }

  /** The old device stays until another is in its slot, and is not unpaired yet. */
  waitsBeside(device: DeviceId): boolean {
    return this.#replaced().some(({ deviceId, until }) => deviceId === device && until !== undefined);
  }

  /** Not to be tried again before something changes (P53). */
  refused(pair: RefusedPair): void {
    this.accepted(pair.slot);
    this.intent = { ...this.intent, refusedPairs: [...(this.intent.refusedPairs ?? []), pair] };
  }

  accepted(slot: DeviceSlot): void {
    if (!this.intent.refusedPairs) return;
    this.intent = { ...this.intent, refusedPairs: this.intent.refusedPairs.filter((one) => one.slot !== slot) };
  }

  /** The device was not unpaired after all. */
  keeps(device: DeviceId): void {
    this.intent = { ...this.intent, replacedDevices: this.#replaced().filter(({ deviceId }) => deviceId !== device) };
  }

  replacedIn(slot: DeviceSlot): FactorAddress | undefined {
    return this.#replaced().find((one) => one.slot === slot && one.until === undefined)?.address;
  }

  settled(slot: DeviceSlot): void {
    this.intent = { ...this.intent, replacedDevices: this.#others(slot) };
  }

  primaryPaid(): void {
    const { primaryOwedTo: _paid, ...rest } = this.intent;
    this.intent = rest;
  }

  /** All but what went from the slot to make room: what another one was put beside ends with its own unpair. */
  #others(slot: DeviceSlot): readonly ReplacedDevice[] {
    return this.#replaced().filter((one) => one.slot !== slot || one.until !== undefined);
  }

  #replaced(): readonly ReplacedDevice[] {
    return this.intent.replacedDevices ?? [];
  }
}
