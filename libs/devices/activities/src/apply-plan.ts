import {
  type DeviceId,
  type ObservedUser,
  type OpenWork,
  type Plan,
  type ReconcileOptions,
  type Step,
} from '@tallystick/devices-domain';
import { assertNever } from '@tallystick/kernel-core';
import { DirectoryWriter, type StepResult, type WriterNeeds } from './directory-writer.ts';
import { PairApplier } from './pair-applier.ts';

/** `look-again`: the account was not as observed; what is done stays done, and the rest needs a new plan. */
export type Applied = { readonly kind: 'applied' | 'look-again'; readonly work: OpenWork };

type UnpairStep = Extract<Step, { kind: 'unpair' }>;

/**
 * Does the steps in order, with the cares that a plan can't take, since they depend on what the directory answers: a slot whose old
 * device could not be unpaired gets no second one; an old device whose successor was refused stays; the last device with which the user
 * can sign in stays (`keepWorkingFactor`); and under Overwrite the user's last own device goes only after a managed one is there (P51).
 */
export class PlanApplier {
  readonly #writer: DirectoryWriter;
  readonly #pairs: PairApplier;
  readonly #options: Pick<ReconcileOptions, 'allowStripToZero' | 'keepWorkingFactor'>;
  #mayTakeLast = false;
  /** The last device of the user, spared until a managed one is paired. */
  #spared: UnpairStep | undefined;

  constructor(
    needs: WriterNeeds,
    work: OpenWork,
    observed: ObservedUser,
    options: Pick<ReconcileOptions, 'allowStripToZero' | 'keepWorkingFactor'>,
  ) {
    this.#writer = new DirectoryWriter(needs, work, observed);
    this.#pairs = new PairApplier(this.#writer);
    this.#options = options;
  }

  async apply(plan: Plan): Promise<Applied> {
    const { memory } = this.#writer;
    this.#mayTakeLast = !this.#options.keepWorkingFactor || plan.needs?.includes('last-working-factor') === true;
    const owed = plan.steps.find((step) => step.kind === 'set-primary' && step.reason === 'primary-restored');
    if (owed?.kind === 'set-primary') memory.intent = { ...memory.intent, primaryOwedTo: owed.slot };
    const pairsToCome = plan.steps.some(({ kind }) => kind === 'pair');
    for (const [index, step] of plan.steps.entries()) {
      const result = await this.#step(step, pairsToCome);
      if (result.kind === 'look-again') return { kind: 'look-again', work: memory.work() };
      if (result.kind === 'stop') {
        for (const skipped of plan.steps.slice(index + 1)) memory.note(skipped, { result: 'skipped' });
        break;
      }
    }
    if (this.#spared) {
      const last = await this.#unpairSpared(this.#spared);
      if (last.kind === 'look-again') return { kind: 'look-again', work: memory.work() };
    }
    return { kind: 'applied', work: memory.work() };
  }

  async #step(step: Step, pairsToCome: boolean): Promise<StepResult> {
    const writer = this.#writer;
    const { username } = writer.needs;
    switch (step.kind) {
      case 'create-user':
        return this.#create(step);
      case 'rename-user':
        return writer.simple(step, 'stop', 'renameUser', (directory) => directory.renameUser(step.from, username));
      case 'activate-user':
        return this.#announced(
          'activateUser',
          () => writer.memory.begins({ username, how: 'activated' }),
          () => writer.simple(step, 'stop', 'activateUser', (directory) => directory.activateUser(username)),
        );
      case 'edit-user':
        return writer.simple(step, 'next', 'editUser', (directory) => directory.editUser(username, step.profile));
      case 'suspend-user':
        return writer.simple(step, 'stop', 'suspendUser', (directory) => directory.suspendUser(username));
      case 'delete-user':
        return this.#announced(
          'deleteUser',
          () => writer.memory.deletes(username),
          () => writer.simple(step, 'stop', 'deleteUser', (directory) => directory.deleteUser(username)),
        );
      case 'unpair':
        if (step.reason === 'not-managed' && pairsToCome && !this.#options.allowStripToZero && writer.devices.size === 1) {
          this.#spared = step;
          return { kind: 'next' };
        }
        return this.#unpair(step);
      case 'pair':
        return this.#pair(step);
      case 'name-device':
        return this.#pairs.name(step);
      case 'set-primary': {
        if (this.#pairs.keepsOld(step.slot) && writer.primary !== undefined) {
          writer.memory.primaryPaid(); // the old device stays, and with it the role
          return writer.memory.note(step, { result: 'skipped' });
        }
        const device: DeviceId | undefined = step.deviceId ?? writer.bySlot.get(step.slot);
        if (device === undefined) return writer.memory.note(step, { result: 'skipped' });
        const result = await writer.simple(step, 'next', 'setPrimary', (directory) => directory.setPrimary(username, device));
        if (result.kind === 'next') writer.memory.primaryPaid();
        return result;
      }
      default:
        return assertNever(step);
    }
  }

  #create(step: Extract<Step, { kind: 'create-user' }>): Promise<StepResult> {
    const { memory, needs } = this.#writer;
    const announce = (): void => {
      memory.intent = { ...memory.intent, createdByUs: true };
      memory.begins({ username: needs.username });
    };
    return this.#announced('createUser', announce, () =>
      this.#writer.simple(step, 'stop', 'createUser', (directory) =>
        directory.createUser(needs.username, step.profile, step.enabled),
      ),
    );
  }

  /**
   * What was announced and is known not to be our doing is taken back; if it is so later, somebody else has done it: nothing came of it, its one call
   * was refused, or it was so already, and no earlier call of ours can have done it (P20, PR4).
   */
  async #announced(
    operation: 'createUser' | 'activateUser' | 'deleteUser',
    announce: () => void,
    ask: () => Promise<StepResult>,
  ): Promise<StepResult> {
    const { memory, asked } = this.#writer;
    const { createdByUs, begun, deleting } = memory.intent;
    announce();
    const takeBack = (): void => {
      const { begun: _not, deleting: _nor, ...intent } = memory.intent;
      memory.intent = { ...intent, createdByUs, ...(begun && { begun }), ...(deleting && { deleting }) };
    };
    try {
      const result = await ask();
      // An account that is not there may well be one that an earlier call of ours has deleted.
      const wasSo = result.kind === 'look-again' && operation !== 'deleteUser';
      if (wasSo || (result.kind === 'stop' && this.#writer.isOneCall(operation))) {
        takeBack();
        await this.#writer.save();
      }
      return result;
    } catch (error) {
      if (this.#writer.isUndone(operation, asked, error)) {
        takeBack();
        await this.#writer.save().catch(() => undefined); // then it stays announced, as after a crash
      }
      throw error;
    }
  }

  async #unpair(step: UnpairStep): Promise<StepResult> {
    const { memory, needs, addresses, bySlot, working } = this.#writer;
    // A former owner's device is nothing that this user could sign in with.
    const isLast = working.size === 1 && working.has(step.deviceId) && step.reason !== 'account-handed-over';
    if (
      (isLast && !this.#mayTakeLast) ||
      (step.reason === 'value-changed' && step.slot && (this.#pairs.keepsOld(step.slot) || this.#pairs.isBlocked(step.slot)))
    )
      return memory.note(step, { result: 'skipped' });
    const address = addresses.get(step.deviceId);
    if (step.reason === 'value-changed' && step.slot !== undefined && address !== undefined) {
      const successor = memory.successorOf(step.deviceId);
      // It goes first after all, and what was to take its place is not there: the way back is needed again.
      if (memory.waitsBeside(step.deviceId) && (successor === undefined || !this.#writer.devices.has(successor)))
        memory.keeps(step.deviceId);
      memory.replaces({ slot: step.slot, deviceId: step.deviceId, address });
    }
    const answer = await this.#writer.write('unpair', (directory) => directory.unpair(needs.username, step.deviceId));
    // A device that is not there any more is as unpaired as it can be.
    if (!answer.ok && answer.error.kind !== 'not-found') {
      const verdict = this.#writer.judge(answer.error);
      if (verdict.kind === 'look-again') return verdict;
      if (!memory.waitsBeside(step.deviceId)) memory.keeps(step.deviceId);
      if (step.slot !== undefined) this.#pairs.block(step.slot); // the old device stays, so no second one may come
      return memory.note(step, verdict);
    }
    this.#writer.unpaired(step.deviceId);
    if (memory.waitsBeside(step.deviceId)) memory.keeps(step.deviceId);
    if (step.slot !== undefined && bySlot.get(step.slot) === step.deviceId) bySlot.delete(step.slot);
    return memory.note(step, { result: 'done' });
  }

  async #pair(step: Extract<Step, { kind: 'pair' }>): Promise<StepResult> {
    const result = await this.#pairs.pair(step);
    // The spared device itself may fill the limit: then it has to make room, as the plan meant it to.
    if (result.kind !== 'limit-reached' || !this.#spared) return result.kind === 'limit-reached' ? { kind: 'next' } : result;
    const spared = this.#spared;
    this.#spared = undefined;
    const unpaired = await this.#unpair(spared);
    if (unpaired.kind !== 'next') return unpaired;
    const again = await this.#pairs.pairAfterLimit(step);
    return again.kind === 'limit-reached' ? { kind: 'next' } : again;
  }

  /** Only now, and only if something else is left to the user. */
  async #unpairSpared(step: UnpairStep): Promise<StepResult> {
    this.#spared = undefined;
    return this.#writer.devices.size > 1 ? this.#unpair(step) : this.#writer.memory.note(step, { result: 'skipped' });
  }
}
