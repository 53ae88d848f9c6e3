import type { Instant } from '@tallystick/kernel-core';
import {
  afterStep,
  beginStep,
  briefStatus,
  nextRotationStep,
  type RotationCommand,
  rotationRequestProblems,
  type RotationRequest,
  type RotationState,
  type RotationStatus,
  rotationStatus,
  type RotationStep,
  startRotation,
  takeCommand,
} from '@tallystick/tokens-domain';
import {
  approveUpdate,
  confirmSlotUpdate,
  extendUpdate,
  pauseUpdate,
  redeliverUpdate,
  resumeUpdate,
  rollBackUpdate,
  rotationAttributes,
  type RotationOutcome,
  rotationRefusedType,
  rotationStatusQuery,
  stageAttribute,
  statusMemo,
  type Timed,
} from '@tallystick/tokens-workflow-api';
import type { UpdateDefinition } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  makeContinueAsNewFunc,
  patched,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { makeCall } from './rotation-calls.ts';
import { rotationDetails } from './rotation-details.ts';
import { temporalTime, toldTime } from './told-time.ts';

/** By how much the clock of who gives a command may be ahead of Temporal's. */
const clockAheadMs = 60_000;

/**
 * After so many calls and commands a rotation carries on in a new run: at a dozen events each a history of a few thousand. It does not go by
 * what the server says of its length, for the reason for which it does not go by its time.
 */
const longestRun = 300;

/**
 * Carries out one rotation; everything it decides stands in the state machine of tokens-domain. It ends as finished or rolled back, or waits
 * for a named thing: a call that can't succeed holds it for an operator, it never fails. Cancelled from outside it ends where it stands, with
 * every token accepted that was.
 * @param carried the state of the run before, when this one continues it.
 */
export async function rotateToken(request: RotationRequest, carried?: RotationState): Promise<RotationOutcome> {
  const problems = rotationRequestProblems(request);
  if (problems.length > 0) throw ApplicationFailure.nonRetryable(problems.join('; '), 'invalid-request');
  const { now, told, isTold } = toldTime();
  // At every step, not only when it is another one: whether a command is made must not hang on what a status has in it.
  const isKept = patched('status-in-memo');
  const keep = (status: RotationStatus): void => (isKept ? upsertMemo({ [statusMemo]: briefStatus(status) }) : undefined);
  // A status has each slot, and stands in the history at each step.
  const longest = isKept ? longestRun / Math.max(1, request.slots.length / 10) : longestRun;
  // Runs of before there were targets took every slot for one that a person confirms.
  const hasTargets = request.slots.some(({ kind }) => kind === 'target');
  const taken = hasTargets && !patched('targets') ? withoutTargets(request) : request;
  let state = carried ?? startRotation(taken, workflowInfo().firstExecutionRunId, now(), inspectionOf(taken));
  /** Counts commands, so that waiting ends when one came. */
  let commands = 0;
  let calls = 0;
  const isLong = (): boolean => (isTold ? calls + commands >= longest : workflowInfo().continueAsNewSuggested);

  const take = (command: RotationCommand, at: Instant | undefined): RotationStatus => {
    told(at);
    state = decided(state, command, now());
    commands += 1;
    const status = rotationStatus(state, now());
    keep(status); // a call may be under way, and for as long nothing else is shown
    return status;
  };
  const handle = <A extends Timed>(
    update: UpdateDefinition<RotationStatus, [A]>,
    commandOf: (said: Omit<A, 'at'>) => RotationCommand,
  ): void =>
    setHandler(update, ({ at, ...said }: A) => take(commandOf(said), at), {
      validator: ({ at, ...said }: A) => void decided(state, commandOf(said), checked(at, now())),
    });
  handle(approveUpdate, (said) => ({ ...said, kind: 'approve' }));
  handle(pauseUpdate, (said) => ({ ...said, kind: 'pause' }));
  handle(resumeUpdate, (said) => ({ ...said, kind: 'resume' }));
  handle(extendUpdate, (said) => ({ ...said, kind: 'extend' }));
  handle(confirmSlotUpdate, (said) => ({ ...said, kind: 'confirm-slot' }));
  handle(redeliverUpdate, (said) => ({ ...said, kind: 'redeliver' }));
  handle(rollBackUpdate, (said) => ({ ...said, kind: 'roll-back' }));
  setHandler(rotationStatusQuery, () => rotationStatus(state, now()));

  if (carried === undefined) upsertSearchAttributes(rotationAttributes(request));
  const show = presenter(now, keep);
  for (;;) {
    const at = now();
    const step = nextRotationStep(state, at);
    if (step.kind === 'end') {
      show(state);
      await condition(allHandlersFinished);
      return outcomeOf(state, step.outcome);
    }
    // With the memo: the next run has its status from the beginning, and what it was started with.
    if (isLong() && allHandlersFinished())
      await makeContinueAsNewFunc<typeof rotateToken>({ memo: workflowInfo().memo ?? {} })(request, state);
    if (step.kind === 'wait') {
      show(state);
      const seen = commands;
      if (await ranOut(step, at, () => commands !== seen)) told(step.until);
    } else {
      state = beginStep(state, step, at);
      show(state);
      calls += step.kind === 'slots' ? step.calls.length : step.kind === 'inspect' ? step.slots.length : 1;
      const { answer, askedAt } = await makeCall(state, step);
      told(askedAt);
      state = afterStep(state, step, answer, now());
    }
  }
}

const withoutTargets = (request: RotationRequest): RotationRequest => ({
  ...request,
  slots: request.slots.map((slot) => ({ ...slot, kind: slot.kind === 'target' ? 'person' : slot.kind })),
});

/** Runs of before it was asked for made a token without a look at the targets. */
const inspectionOf = ({ slots }: RotationRequest): 'due' | undefined =>
  slots.some(({ kind }) => kind === 'target') && patched('target-checks') ? 'due' : undefined;

/** The validator of an update throws this, and only in a race its handler: then it is the update that fails, not the workflow. */
function decided(state: RotationState, command: RotationCommand, now: Instant): RotationState {
  const decision = takeCommand(state, command, now);
  if (decision.kind === 'refused') throw ApplicationFailure.nonRetryable(decision.refusal, rotationRefusedType);
  return decision.state;
}

/**
 * The time by which a command is judged. Validators are not replayed, so here Temporal's own time may be looked at.
 * @throws ApplicationFailure for a time of the future: an overlap would be shorter than it was asked for.
 */
function checked(at: Instant | undefined, now: Instant): Instant {
  if (at === undefined || !Number.isSafeInteger(at))
    throw ApplicationFailure.nonRetryable('a command says in `at` when it was given, in milliseconds', rotationRefusedType);
  if (at > temporalTime() + clockAheadMs)
    throw ApplicationFailure.nonRetryable('the command is of a time to come: compare the clocks', rotationRefusedType);
  return at > now ? at : now;
}

/** Whether the time ran out, and no command came. */
async function ranOut(
  { for: what, until }: Extract<RotationStep, { readonly kind: 'wait' }>,
  at: Instant,
  isCommanded: () => boolean,
): Promise<boolean> {
  if (until !== undefined) return !(await condition(isCommanded, until - at, { summary: `waits for ${what}` }));
  await condition(isCommanded);
  return false;
}

/** Details and the status at each step, the search attribute when the stage is another one. */
function presenter(now: () => Instant, keep: (status: RotationStatus) => void): (state: RotationState) => void {
  let shown: string | undefined;
  return (state) => {
    const status = rotationStatus(state, now());
    setCurrentDetails(rotationDetails(status));
    keep(status);
    const stage = state.paused ? 'paused' : state.stage;
    if (stage === shown) return;
    upsertSearchAttributes([{ key: stageAttribute, value: stage }]);
    shown = stage;
  };
}

function outcomeOf({ rotation, minted, figures }: RotationState, kind: RotationOutcome['kind']): RotationOutcome {
  return {
    kind,
    rotation,
    ...(minted === undefined ? {} : { token: minted.token }),
    replaced: kind === 'finished' ? (minted?.replaces ?? []) : [],
    ...(figures === undefined ? {} : { figures: figures.reading }),
  };
}
