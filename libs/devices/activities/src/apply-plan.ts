import {
  type AccountHash,
  type DeviceId,
  type DeviceSlot,
  type DirectoryFault,
  type FactorAddress,
  type Intent,
  isDeviceSlot,
  type MfaDirectory,
  type ObservedUser,
  type OpenWork,
  type Plan,
  type ReconciliationStore,
  type Step,
  type StepOutcome,
  type UserRef,
} from '@tallystick/devices-domain';
import { assertNever, type Instant, type Result } from '@tallystick/kernel-core';
import { TryAgain, verdictOf } from './directory-failure.ts';
import type { AttemptContext } from './reconcile-connection.ts';

export interface ApplyNeeds {
  readonly user: UserRef;
  readonly fence: number;
  readonly account: AccountHash;
  readonly username: string;
  readonly directory: MfaDirectory;
  readonly store: Pick<ReconciliationStore, 'saveWork' | 'assertMayWrite'>;
  readonly context: AttemptContext;
  readonly now: () => Instant;
}

/** `look-again`: the account was not as observed; what is done stays done, and the rest needs a new plan. */
export type Applied = { readonly kind: 'applied' | 'look-again'; readonly work: OpenWork };

type StepResult = { readonly kind: 'next' } | { readonly kind: 'look-again' } | { readonly kind: 'stop' };

/**
 * Does the steps in order. Before each provider write the intent is made durable and the right to write is checked; after each the
 * attempt heart-beats. Throws TryAgain when the directory can't say, FencedOut when another attempt took over.
 */
export class PlanApplier {
  readonly #needs: ApplyNeeds;
  #intent: Intent;
  readonly #done: StepOutcome[];
  readonly #devices: Set<DeviceId>;
  readonly #addresses = new Map<DeviceId, FactorAddress>();
  readonly #bySlot = new Map<DeviceSlot, DeviceId>();
  #limitReached = false;
  #calls = 0;

  constructor(needs: ApplyNeeds, work: OpenWork, observed: ObservedUser) {
    this.#needs = needs;
    this.#intent = work.intent;
    this.#done = [...work.done];
    const devices = observed.kind === 'present' ? observed.devices : [];
    this.#devices = new Set(devices.map(({ id }) => id));
    for (const { nickname, id, address } of devices) {
      if (isDeviceSlot(nickname) && !this.#bySlot.has(nickname)) this.#bySlot.set(nickname, id);
      if (address !== undefined) this.#addresses.set(id, address);
    }
  }

  async apply(plan: Plan): Promise<Applied> {
    const owed = plan.steps.find((step) => step.kind === 'set-primary' && step.reason === 'primary-restored');
    if (owed?.kind === 'set-primary') this.#intent = { ...this.#intent, primaryOwedTo: owed.slot };
    for (const [index, step] of plan.steps.entries()) {
      const result = await this.#step(step);
      if (result.kind === 'look-again') return { kind: 'look-again', work: this.#work() };
      if (result.kind === 'stop') {
        for (const skipped of plan.steps.slice(index + 1)) this.#note(skipped, { result: 'skipped' });
        break;
      }
    }
    return { kind: 'applied', work: this.#work() };
  }

  #work(): OpenWork {
    return { intent: this.#intent, done: this.#done };
  }

  async #step(step: Step): Promise<StepResult> {
    const { directory, username } = this.#needs;
    switch (step.kind) {
      case 'create-user':
        return this.#create(step);
      case 'activate-user':
        return this.#simple(step, 'stop', () => directory.activateUser(username));
      case 'edit-user':
        return this.#simple(step, 'next', () => directory.editUser(username, step.profile));
      case 'suspend-user':
        return this.#simple(step, 'stop', () => directory.suspendUser(username));
      case 'delete-user':
        return this.#simple(step, 'stop', () => directory.deleteUser(username));
      case 'unpair':
        return this.#unpair(step);
      case 'pair':
        return this.#pair(step);
      case 'name-device':
        this.#bySlot.set(step.slot, step.deviceId);
        return this.#simple(step, 'next', () => directory.nameDevice(username, step.deviceId, step.slot));
      case 'set-primary': {
        const device = this.#bySlot.get(step.slot);
        if (device === undefined) return this.#note(step, { result: 'skipped' });
        return this.#simple(step, 'next', () => directory.setPrimary(username, device));
      }
      default:
        return assertNever(step);
    }
  }

  /** One call, no memory beyond the intent. `whenRefused`: whether the steps behind it still make sense. */
  async #simple(
    step: Step,
    whenRefused: 'stop' | 'next',
    call: () => Promise<Result<void, DirectoryFault>>,
  ): Promise<StepResult> {
    const answer = await this.#write(call);
    if (answer.ok) return this.#note(step, { result: 'done' });
    const verdict = verdictOf(answer.error);
    if (verdict.kind === 'try-again') throw new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
    if (verdict.kind === 'look-again') return verdict;
    this.#note(step, verdict);
    return { kind: whenRefused };
  }

  async #create(step: Extract<Step, { kind: 'create-user' }>): Promise<StepResult> {
    const createdBefore = this.#intent.createdByUs;
    this.#intent = { ...this.#intent, createdByUs: true };
    const result = await this.#simple(step, 'stop', () =>
      this.#needs.directory.createUser(this.#needs.username, step.profile, step.enabled),
    );
    // It exists already, and no earlier call of ours can have made it: it is somebody else's account, only linked (P20, PR4).
    if (result.kind === 'look-again' && !createdBefore) this.#intent = { ...this.#intent, createdByUs: false };
    return result;
  }

  async #unpair(step: Extract<Step, { kind: 'unpair' }>): Promise<StepResult> {
    const old = this.#addresses.get(step.deviceId);
    if (step.reason === 'value-changed' && step.slot !== undefined && old !== undefined) {
      this.#intent = { ...this.#intent, replacing: { slot: step.slot, address: old } };
    }
    const answer = await this.#write(() => this.#needs.directory.unpair(this.#needs.username, step.deviceId));
    // A device that is not there any more is as unpaired as it can be.
    if (!answer.ok && answer.error.kind !== 'not-found') {
      const verdict = verdictOf(answer.error);
      if (verdict.kind === 'try-again') throw new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
      if (verdict.kind === 'look-again') return verdict;
      return this.#note(step, verdict);
    }
    this.#devices.delete(step.deviceId);
    if (step.slot !== undefined && this.#bySlot.get(step.slot) === step.deviceId) this.#bySlot.delete(step.slot);
    return this.#note(step, { result: 'done' });
  }

  async #pair(step: Extract<Step, { kind: 'pair' }>): Promise<StepResult> {
    if (this.#limitReached) return this.#note(step, { result: 'device-limit', code: '20562' }); // the limit can only be met again: no call
    const paired = await this.#pairAndName(step.slot, step.address);
    if (paired.kind === 'look-again') return paired;
    if (paired.kind === 'done') {
      this.#replaced(step.slot);
      return this.#note(step, { result: 'done' }, paired.device);
    }
    if (paired.result === 'device-limit') this.#limitReached = true;
    this.#note(step, paired);
    const old = step.replaces ?? (this.#intent.replacing?.slot === step.slot ? this.#intent.replacing.address : undefined);
    if (old === undefined) return { kind: 'next' };
    // The value that made room was good yesterday: better an old factor than one less (design.md, presets).
    const restored = await this.#pairAndName(step.slot, old);
    if (restored.kind === 'look-again') return restored;
    if (restored.kind === 'done') this.#note({ ...step, kind: 'restore-pair' }, { result: 'done' }, restored.device);
    else this.#note({ ...step, kind: 'restore-pair' }, restored);
    this.#replaced(step.slot);
    return { kind: 'next' };
  }

  /** The two calls of P54 with their memory: whoever finds the device without its name knows from the open pair that it is ours. */
  async #pairAndName(
    slot: DeviceSlot,
    address: FactorAddress,
  ): Promise<
    | { readonly kind: 'done'; readonly device: DeviceId }
    | { readonly kind: 'look-again' }
    | { readonly kind: 'refused'; readonly result: Exclude<StepOutcome['result'], 'done' | 'skipped'>; readonly code?: string }
  > {
    const { directory, username, now } = this.#needs;
    this.#intent = { ...this.#intent, openPair: { slot, address, idsBefore: [...this.#devices], openedAt: now() } };
    const paired = await this.#write(() => directory.pair(username, address));
    if (!paired.ok) {
      const verdict = verdictOf(paired.error);
      if (verdict.kind === 'try-again') throw new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
      this.#closePair(); // the directory said that it did nothing
      return verdict;
    }
    const device = paired.value;
    this.#devices.add(device);
    const named = await this.#write(() => directory.nameDevice(username, device, slot));
    if (named.ok) {
      this.#closePair();
      this.#bySlot.set(slot, device);
      return { kind: 'done', device };
    }
    const verdict = verdictOf(named.error);
    if (verdict.kind === 'try-again') throw new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
    if (verdict.kind === 'look-again') return verdict;
    // A device that can't get its managed name would be paired again at every pass: take back what is ours.
    const undone = await this.#write(() => directory.unpair(username, device));
    if (!undone.ok && undone.error.kind !== 'not-found')
      throw new TryAgain('directory-changed', 'a device that could not be named could not be taken back');
    this.#devices.delete(device);
    this.#closePair();
    return verdict;
  }

  #replaced(slot: DeviceSlot): void {
    if (this.#intent.replacing?.slot !== slot) return;
    const { replacing: _settled, ...rest } = this.#intent;
    this.#intent = rest;
  }

  #closePair(): void {
    const { openPair: _closed, ...rest } = this.#intent;
    this.#intent = rest;
  }

  async #write<T>(call: () => Promise<Result<T, DirectoryFault>>): Promise<Result<T, DirectoryFault>> {
    const { store, user, fence, account, context } = this.#needs;
    await store.saveWork(user, fence, this.#work());
    if (context.cancelled()) throw new TryAgain('attempt-cancelled', 'the worker is shutting down');
    await store.assertMayWrite(user, fence, account);
    const answer = await call();
    this.#calls += 1;
    context.heartbeat({ calls: this.#calls });
    return answer;
  }

  #note(
    step: Step | (Omit<Extract<Step, { kind: 'pair' }>, 'kind'> & { readonly kind: 'restore-pair' }),
    result: Pick<StepOutcome, 'result' | 'code'>,
    paired?: DeviceId,
  ): { readonly kind: 'next' } {
    const deviceId = paired ?? ('deviceId' in step ? step.deviceId : undefined);
    this.#done.push({
      kind: step.kind,
      reason: step.reason,
      ...('slot' in step && step.slot !== undefined ? { slot: step.slot } : {}),
      ...(deviceId === undefined ? {} : { deviceId }),
      result: result.result,
      ...(result.code === undefined ? {} : { code: result.code }),
    });
    return { kind: 'next' };
  }
}
