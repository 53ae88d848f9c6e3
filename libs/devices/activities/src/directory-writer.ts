import {
  type AccountHash,
  type DeviceId,
  type DeviceSlot,
  type DirectoryFault,
  type DirectoryOperation,
  type FactorAddress,
  type MfaDirectory,
  type ObservedUser,
  type OpenWork,
  type ReconciliationStore,
  type Step,
  type UserRef,
} from '@tallystick/devices-domain';
import type { Instant, Result } from '@tallystick/kernel-core';
import type { DirectoryCalls } from './directory-calls.ts';
import { Quarantined, type StepVerdict, TryAgain, verdictOf } from './directory-failure.ts';
import type { AttemptContext } from './reconcile-connection.ts';
import { WorkMemory } from './work-memory.ts';

export interface WriterNeeds {
  readonly user: UserRef;
  readonly fence: number;
  readonly account: AccountHash;
  readonly username: string;
  readonly calls: DirectoryCalls;
  readonly store: Pick<ReconciliationStore, 'saveWork' | 'assertMayWrite'>;
  readonly context: AttemptContext;
  readonly now: () => Instant;
  /** A pairing was refused to, or allowed for, a user with so many devices. */
  readonly limitMet: (what: 'refused' | 'allowed', devices: number) => void;
  /** Called right before the first provider call that writes, and before each other one. */
  readonly writing: () => void;
}

export type StepResult = { readonly kind: 'next' } | { readonly kind: 'look-again' } | { readonly kind: 'stop' };

/**
 * The one door to the directory for an attempt: before each write the intent is made durable, the budget charged and then the right to
 * write checked, so that no wait lies between the right and the call; after each the attempt heart-beats. Knows the account's devices as
 * they are by now.
 */
export class DirectoryWriter {
  readonly needs: WriterNeeds;
  readonly memory: WorkMemory;
  readonly devices: Set<DeviceId>;
  /** Those among them with which the user can sign in. */
  readonly working: Set<DeviceId>;
  readonly addresses = new Map<DeviceId, FactorAddress>();
  readonly bySlot = new Map<DeviceSlot, DeviceId>();
  /** As it was observed, until it is unpaired. */
  primary: DeviceId | undefined;
  /** Writes that were asked of the directory. */
  asked = 0;

  constructor(needs: WriterNeeds, work: OpenWork, observed: ObservedUser) {
    this.needs = needs;
    this.memory = new WorkMemory(work);
    const devices = observed.kind === 'present' ? observed.devices : [];
    this.devices = new Set(devices.map(({ id }) => id));
    this.working = new Set(devices.flatMap(({ id, unusable }) => (unusable ? [] : [id])));
    this.primary = devices.find((it) => it.primary)?.id;
    for (const { slot, id, address } of devices) {
      if (slot !== undefined && !this.bySlot.has(slot)) this.bySlot.set(slot, id);
      if (address !== undefined) this.addresses.set(id, address);
    }
  }

  save(): Promise<void> {
    return this.needs.store.saveWork(this.needs.user, this.needs.fence, this.memory.work());
  }

  async write<T>(
    operation: DirectoryOperation,
    call: (directory: MfaDirectory) => Promise<Result<T, DirectoryFault>>,
  ): Promise<Result<T, DirectoryFault>> {
    const { store, user, fence, account, context, calls, writing } = this.needs;
    const isUsed = operation !== 'renameUser' && this.memory.uses(this.needs.username); // whose account is not there yet
    const { asked } = this;
    await this.save();
    const ready = async (): Promise<void> => {
      if (context.cancelled()) throw new TryAgain('attempt-cancelled', 'the worker is shutting down');
      await store.assertMayWrite(user, fence, account);
    };
    const asking: typeof call = (directory) => {
      writing();
      this.asked += 1;
      return call(directory);
    };
    try {
      return await calls.make(operation, asking, ready);
    } catch (error) {
      if (isUsed && this.isUndone(operation, asked, error)) {
        this.memory.unuses(this.needs.username);
        await this.save().catch(() => undefined); // then it is kept, as after a crash
      }
      throw error;
    }
  }

  /**
   * Whether nothing came of an operation that ended with this error: for want of a place in the budget or of time it was not asked for, or the
   * directory refused the credentials of its one call. `asked`: as it was before.
   */
  isUndone(operation: DirectoryOperation, asked: number, error: unknown): boolean {
    return this.asked === asked || (error instanceof Quarantined && !error.mayBeDone && this.isOneCall(operation));
  }

  /** Else a part of it may be done when it is refused. */
  isOneCall(operation: DirectoryOperation): boolean {
    return this.needs.calls.directory.capabilities.calls[operation] === 1;
  }

  /** @throws TryAgain for a fault that says nothing about what happened */
  judge(fault: DirectoryFault): Exclude<StepVerdict, { kind: 'try-again' }> {
    const verdict = verdictOf(fault);
    if (verdict.kind === 'try-again') throw new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
    return verdict;
  }

  /** One call, no memory beyond the intent. `whenRefused`: whether the steps behind it still make sense. */
  async simple(
    step: Step,
    whenRefused: 'stop' | 'next',
    operation: DirectoryOperation,
    call: (directory: MfaDirectory) => Promise<Result<void, DirectoryFault>>,
  ): Promise<StepResult> {
    const answer = await this.write(operation, call);
    if (answer.ok) return this.memory.note(step, { result: 'done' });
    const verdict = this.judge(answer.error);
    if (verdict.kind === 'look-again') return verdict;
    this.memory.note(step, verdict);
    return { kind: whenRefused };
  }

  paired(device: DeviceId): void {
    this.devices.add(device);
    this.working.add(device);
  }

  unpaired(device: DeviceId): void {
    this.devices.delete(device);
    if (this.primary === device) this.primary = undefined;
    this.working.delete(device);
  }
}
