import type { DeviceId, DeviceSlot, FactorAddress, Step, StepOutcome } from '@tallystick/devices-domain';
import { TryAgain } from './directory-failure.ts';
import type { DirectoryWriter, StepResult } from './directory-writer.ts';

type PairStep = Extract<Step, { kind: 'pair' }>;

/** `limit-reached` is a refusal like any other, noted, and told apart because room can be made. */
type PairResult = StepResult | { readonly kind: 'limit-reached' };

type Paired =
  | { readonly kind: 'done'; readonly device: DeviceId }
  | { readonly kind: 'look-again' }
  | { readonly kind: 'refused'; readonly result: Exclude<StepOutcome['result'], 'done' | 'skipped'>; readonly code?: string };

/** Pairing and its nickname are two calls (P54), with a memory between them, and a way back when the directory refuses. */
export class PairApplier {
  readonly #writer: DirectoryWriter;
  readonly #blocked = new Set<DeviceSlot>();
  #limitReached = false;

  constructor(writer: DirectoryWriter) {
    this.#writer = writer;
  }

  /** The slot still holds its old device: no other may be paired for it. */
  block(slot: DeviceSlot): void {
    this.#blocked.add(slot);
  }

  async pair(step: PairStep): Promise<PairResult> {
    const { memory } = this.#writer;
    if (this.#blocked.has(step.slot)) return memory.note(step, { result: 'skipped' });
    if (this.#limitReached) {
      memory.note(step, { result: 'device-limit', code: '20562' }); // the limit can only be met again: no call
      return this.#restore(step);
    }
    const paired = await this.#pairAndName(step.slot, step.address);
    if (paired.kind === 'look-again') return paired;
    if (paired.kind === 'done') return memory.note(step, { result: 'done' }, paired.device);
    memory.note(step, paired);
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
  async name(step: Extract<Step, { kind: 'name-device' }>): Promise<StepResult> {
    const named = await this.#nameOrTakeBack(step.deviceId, step.slot);
    if (named.kind === 'look-again') return named;
    return this.#writer.memory.note(step, named.kind === 'done' ? { result: 'done' } : named);
  }

  /** The value that made room was good yesterday: better an old factor than one less (design.md, presets). */
  async #restore(step: PairStep): Promise<StepResult> {
    const { memory } = this.#writer;
    const old = step.replaces ?? memory.replacedIn(step.slot);
    if (old === undefined) return { kind: 'next' };
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

  async #pairAndName(slot: DeviceSlot, address: FactorAddress): Promise<Paired> {
    const { memory, needs, devices } = this.#writer;
    memory.opensPair(slot, address, [...devices], needs.now());
    const paired = await this.#writer.write(() => needs.directory.pair(needs.username, address));
    if (!paired.ok) {
      const verdict = this.#writer.judge(paired.error);
      memory.closesPair(); // the directory said that it did nothing
      return verdict;
    }
    devices.add(paired.value);
    return this.#nameOrTakeBack(paired.value, slot);
  }

  async #nameOrTakeBack(device: DeviceId, slot: DeviceSlot): Promise<Paired> {
    const { memory, needs, devices, bySlot } = this.#writer;
    const named = await this.#writer.write(() => needs.directory.nameDevice(needs.username, device, slot));
    if (named.ok) {
      memory.named(slot, device, needs.now());
      bySlot.set(slot, device);
      return { kind: 'done', device };
    }
    const verdict = this.#writer.judge(named.error);
    if (verdict.kind === 'look-again') return verdict;
    const undone = await this.#writer.write(() => needs.directory.unpair(needs.username, device));
    if (!undone.ok && undone.error.kind !== 'not-found') {
      throw new TryAgain('directory-changed', 'a device that could not be named could not be taken back');
    }
    devices.delete(device);
    memory.closesPair();
    return verdict;
  }
}
