import {
  type AccountHash,
  type DeviceId,
  type DeviceSlot,
  type DirectoryFault,
  type FactorAddress,
  isDeviceSlot,
  type MfaDirectory,
  type ObservedUser,
  type OpenWork,
  type ReconciliationStore,
  type Step,
  type UserRef,
} from '@tallystick/devices-domain';
import type { Instant, Result } from '@tallystick/kernel-core';
import { type StepVerdict, TryAgain, verdictOf } from './directory-failure.ts';
import type { AttemptContext } from './reconcile-connection.ts';
import { WorkMemory } from './work-memory.ts';

export interface WriterNeeds {
  readonly user: UserRef;
  readonly fence: number;
  readonly account: AccountHash;
  readonly username: string;
  readonly directory: MfaDirectory;
  readonly store: Pick<ReconciliationStore, 'saveWork' | 'assertMayWrite'>;
  readonly context: AttemptContext;
  readonly now: () => Instant;
}

export type StepResult = { readonly kind: 'next' } | { readonly kind: 'look-again' } | { readonly kind: 'stop' };

/**
 * The one door to the directory for an attempt: before each write the intent is made durable and the right to write is checked; after
 * each the attempt heart-beats. Knows the account's devices as they are by now.
 */
export class DirectoryWriter {
  readonly needs: WriterNeeds;
  readonly memory: WorkMemory;
  readonly devices: Set<DeviceId>;
  readonly addresses = new Map<DeviceId, FactorAddress>();
  readonly bySlot = new Map<DeviceSlot, DeviceId>();
  #calls = 0;

  constructor(needs: WriterNeeds, work: OpenWork, observed: ObservedUser) {
    this.needs = needs;
    this.memory = new WorkMemory(work);
    const devices = observed.kind === 'present' ? observed.devices : [];
    this.devices = new Set(devices.map(({ id }) => id));
    for (const { nickname, id, address } of devices) {
      if (isDeviceSlot(nickname) && !this.bySlot.has(nickname)) this.bySlot.set(nickname, id);
      if (address !== undefined) this.addresses.set(id, address);
    }
  }

  save(): Promise<void> {
    return this.needs.store.saveWork(this.needs.user, this.needs.fence, this.memory.work());
  }

  async write<T>(call: () => Promise<Result<T, DirectoryFault>>): Promise<Result<T, DirectoryFault>> {
    const { store, user, fence, account, context } = this.needs;
    await this.save();
    if (context.cancelled()) throw new TryAgain('attempt-cancelled', 'the worker is shutting down');
    await store.assertMayWrite(user, fence, account);
    context.heartbeat({ calls: this.#calls }); // the call's own time starts here, so that the store's does not count against it
    const answer = await call();
    this.#calls += 1;
    context.heartbeat({ calls: this.#calls });
    return answer;
  }

  /** @throws TryAgain for a fault that says nothing about what happened */
  judge(fault: DirectoryFault): Exclude<StepVerdict, { kind: 'try-again' }> {
    const verdict = verdictOf(fault);
    if (verdict.kind === 'try-again') throw new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
    return verdict;
  }

  /** One call, no memory beyond the intent. `whenRefused`: whether the steps behind it still make sense. */
  async simple(step: Step, whenRefused: 'stop' | 'next', call: () => Promise<Result<void, DirectoryFault>>): Promise<StepResult> {
    const answer = await this.write(call);
    if (answer.ok) return this.memory.note(step, { result: 'done' });
    const verdict = this.judge(answer.error);
    if (verdict.kind === 'look-again') return verdict;
    this.memory.note(step, verdict);
    return { kind: whenRefused };
  }
}
