import {
  type DeviceId,
  type DeviceSlot,
  type FactorAddress,
  sameAddress,
  type Step,
  type StepOutcome,
} from '@tallystick/devices-domain';
import { TryAgain } from './directory-failure.ts';
import type { DirectoryWriter, StepResult } from './directory-writer.ts';

type PairStep = Extract<Step, { kind: 'pair' }>;
type NameStep = Extract<Step, { kind: 'name-device' }>;

/** `limit-reached` is a refusal like any other, noted, and told apart because room can be made. */
type PairResult = StepResult | { readonly kind: 'limit-reached' };

type Refusal = {
  readonly kind: 'refused';
  readonly result: Exclude<StepOutcome['result'], 'done' | 'skipped'>;
  readonly code?: string;
};

type Paired = { readonly kind: 'done'; readonly device: DeviceId } | { readonly kind: 'look-again' } | Refusal;

/** Pairing and its nickname can be two calls (P54), with a memory between them, and a way back when the directory refuses. */
export class PairApplier {
  readonly #writer: DirectoryWriter;
  readonly #blocked = new Set<DeviceSlot>();
  /** Slots whose new device did not come while the old one was still there: that one stays. */
  readonly #unreplaced = new Set<DeviceSlot>();
  #limitReached = false;

  constructor(writer: DirectoryWriter) {
    this.#writer = writer;
  }

  /** The slot still holds its old device: no other may be paired for it. */
  block(slot: DeviceSlot): void {
    this.#blocked.add(slot);
  }

  isBlocked(slot: DeviceSlot): boolean {
    return this.#blocked.has(slot);
  }

  keepsOld(slot: DeviceSlot): boolean {
    return this.#unreplaced.has(slot);
  }

  async pair(step: PairStep): Promise<PairResult> {
    const { memory } = this.#writer;
    if (this.#blocked.has(step.slot)) {
      if (step.beside !== undefined) this.#stays(step.slot, step.beside); // nothing takes its place
      return memory.note(step, { result: 'skipped' });
    }
    if (this.#limitReached) {
      this.#noteRefusal(step, { kind: 'refused', result: 'device-limit', code: '20562' }); // the limit can only be met again: no call
      return this.#restore(step);
    }
    if (step.beside !== undefined) this.#putBeside(step.slot, step.beside, { until: 'paired' });
    const paired = await this.#pairAndName(step.slot, step.address, step.beside);
    if (paired.kind === 'look-again') return paired;
    if (paired.kind === 'done') {
      memory.accepted(step.slot);
      this.#writer.needs.limitMet('allowed', this.#writer.devices.size);
      return memory.note(step, { result: 'done' }, paired.device);
    }
    if (paired.result === 'device-limit') this.#writer.needs.limitMet('refused', this.#writer.devices.size);
    if (step.beside !== undefined) return this.#notReplaced(step, step.beside, paired);
    this.#noteRefusal(step, paired);
    if (paired.result === 'device-limit') this.#limitReached = true;
    const replaced = step.replaces ?? memory.replacedIn(step.slot);
    return paired.result === 'device-limit' && replaced === undefined ? { kind: 'limit-reached' } : this.#restore(step);
  }

  /** Once more, after room was made. */
  pairAfterLimit(step: PairStep): Promise<PairResult> {
    this.#limitReached = false;
    return this.pair(step);
  }

  /** Gives a device that is ours its name; one that can't get it is taken back, or every pass would pair another. */
  async name(step: NameStep): Promise<StepResult> {
    const { memory } = this.#writer;
    const { slot, deviceId, beside, reason } = step;
    if (beside !== undefined) this.#putBeside(slot, beside, { until: reason === 'adopted' ? 'adopted' : 'paired', by: deviceId });
    const named = reason === 'adopted' ? await this.#adopt(deviceId, slot) : await this.#nameOrTakeBack(deviceId, slot);
    if (named.kind === 'look-again') return named;
    if (named.kind === 'done') return memory.note(step, { result: 'done' });
    if (beside !== undefined) this.#stays(slot, beside);
    return memory.note(step, named);
  }

  #putBeside(slot: DeviceSlot, old: DeviceId, how: { readonly until: 'paired' | 'adopted'; readonly by?: DeviceId }): void {
    const address = this.#writer.addresses.get(old);
    if (address !== undefined) this.#writer.memory.replaces({ slot, deviceId: old, address, ...how });
  }

  /** The old device is still there, so nothing has to be given back. A limit that was met asks for a plan that knows it. */
  #notReplaced(step: PairStep, old: DeviceId, refusal: Refusal): StepResult {
    this.#stays(step.slot, old);
    if (refusal.result === 'device-limit') return { kind: 'look-again' };
    this.#noteRefusal(step, refusal);
    return { kind: 'next' };
  }

  #stays(slot: DeviceSlot, old: DeviceId): void {
    this.#unreplaced.add(slot);
    this.#writer.bySlot.set(slot, old);
    this.#writer.memory.keeps(old);
  }

  #noteRefusal(step: PairStep, refusal: Refusal): void {
    const { memory, devices, needs } = this.#writer;
    memory.note(step, refusal);
    const { slot, address } = step;
    if (refusal.result !== 'refused') {
      memory.refused({ slot, address, because: refusal.result, devices: devices.size, at: needs.now() });
    }
  }

  /** The value that made room was good yesterday: better an old factor than one less (design.md, presets). */
  async #restore(step: PairStep): Promise<StepResult> {
    const { memory } = this.#writer;
    const old = step.replaces ?? memory.replacedIn(step.slot);
    if (old === undefined || sameAddress(old, step.address)) return { kind: 'next' }; // what was refused is the old value itself
    const restored = await this.#pairAndName(step.slot, old);
    if (restored.kind === 'look-again') return restored;
    memory.note(
      { ...step, kind: 'restore-pair' },
      restored.kind === 'done' ? { result: 'done' } : restored,
      restored.kind === 'done' ? restored.device : undefined,
    );
    memory.settled(step.slot);
    return { kind: 'next' };
  }

  async #pairAndName(slot: DeviceSlot, address: FactorAddress, beside?: DeviceId): Promise<Paired> {
    const { memory, needs, devices } = this.#writer;
    memory.opensPair(slot, address, [...devices], needs.now());
    const paired = await this.#writer.write('pair', (directory) => directory.pair(needs.username, address, slot));
    if (!paired.ok) {
      const verdict = this.#writer.judge(paired.error);
      memory.closesPair(); // the directory said that it did nothing
      return verdict;
    }
    const { device, named } = paired.value;
    this.#writer.paired(device);
    if (beside !== undefined) memory.replacedBy(beside, device);
    return named ? this.#named(device, slot) : this.#nameOrTakeBack(device, slot);
  }

  async #nameOrTakeBack(device: DeviceId, slot: DeviceSlot): Promise<Paired> {
    const { memory, needs } = this.#writer;
    const named = await this.#writer.write('nameDevice', (directory) => directory.nameDevice(needs.username, device, slot));
    if (named.ok) return this.#named(device, slot);
    const verdict = this.#writer.judge(named.error);
    if (verdict.kind === 'look-again') return verdict;
    const undone = await this.#writer.write('unpair', (directory) => directory.unpair(needs.username, device));
    if (!undone.ok && undone.error.kind !== 'not-found') {
      throw new TryAgain('directory-changed', 'a device that could not be named could not be taken back');
    }
    this.#writer.unpaired(device);
    memory.closesPair();
    return verdict;
  }

  /** P47: the user's own device; whatever happens, it is not ours to take back. */
  async #adopt(device: DeviceId, slot: DeviceSlot): Promise<Paired> {
    const { needs, bySlot, memory } = this.#writer;
    memory.adopts(slot, device);
    const named = await this.#writer.write('nameDevice', (directory) => directory.nameDevice(needs.username, device, slot));
    if (!named.ok) return this.#writer.judge(named.error);
    memory.settled(slot);
    bySlot.set(slot, device);
    return { kind: 'done', device };
  }

  #named(device: DeviceId, slot: DeviceSlot): Paired {
    const { memory, needs, bySlot } = this.#writer;
    memory.named(slot, device, needs.now());
    bySlot.set(slot, device);
    return { kind: 'done', device };
  }
}
