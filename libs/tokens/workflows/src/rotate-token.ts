import { type Instant, instant } from '@tallystick/kernel-core';
import {
  afterStep,
  beginStep,
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
  resumeUpdate,
  rollBackUpdate,
  rotationAttributes,
  type RotationOutcome,
  rotationRefusedType,
  rotationStatusQuery,
  stageAttribute,
} from '@tallystick/tokens-workflow-api';
import type { UpdateDefinition } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { makeCall } from './rotation-calls.ts';
import { rotationDetails } from './rotation-details.ts';

// eslint-disable-next-line no-restricted-properties -- in the sandbox this is the workflow's own time, the same at each replay
const now = (): Instant => instant(Date.now());

/**
 * Carries out one rotation; everything it decides stands in the state machine of tokens-domain. It ends as finished or rolled back, or waits
 * for a named thing: a call that can't succeed holds it for an operator, it never fails. Cancelled from outside it ends where it stands, with
 * every token accepted that was.
 * @param carried the state of the run before, when this one continues it.
 */
export async function rotateToken(request: RotationRequest, carried?: RotationState): Promise<RotationOutcome> {
  const problems = rotationRequestProblems(request);
  if (problems.length > 0) throw ApplicationFailure.nonRetryable(problems.join('; '), 'invalid-request');
  let state = carried ?? startRotation(request, workflowInfo().firstExecutionRunId, now());
  /** Counts commands, so that waiting ends when one came. */
  let commands = 0;

  const take = (command: RotationCommand): RotationStatus => {
    state = decided(state, command);
    commands += 1;
    return rotationStatus(state, now());
  };
  const handle = <A extends object>(
    update: UpdateDefinition<RotationStatus, [A]>,
    commandOf: (said: A) => RotationCommand,
  ): void =>
    setHandler(update, (said) => take(commandOf(said)), { validator: (said: A) => void decided(state, commandOf(said)) });
  handle(approveUpdate, (said) => ({ ...said, kind: 'approve' }));
  handle(pauseUpdate, (said) => ({ ...said, kind: 'pause' }));
  handle(resumeUpdate, (said) => ({ ...said, kind: 'resume' }));
  handle(extendUpdate, (said) => ({ ...said, kind: 'extend' }));
  handle(confirmSlotUpdate, (said) => ({ ...said, kind: 'confirm-slot' }));
  handle(rollBackUpdate, (said) => ({ ...said, kind: 'roll-back' }));
  setHandler(rotationStatusQuery, () => rotationStatus(state, now()));

  if (carried === undefined) upsertSearchAttributes(rotationAttributes(request));
  const show = presenter();
  for (;;) {
    const at = now();
    const step = nextRotationStep(state, at);
    if (step.kind === 'end') {
      show(state);
      await condition(allHandlersFinished);
      return outcomeOf(state, step.outcome);
    }
    if (workflowInfo().continueAsNewSuggested && allHandlersFinished()) await continueAsNew<typeof rotateToken>(request, state);
    if (step.kind === 'wait') {
      show(state);
      const seen = commands;
      await waitFor(step, at, () => commands !== seen);
    } else {
      state = beginStep(state, step, at);
      show(state);
      const answer = await makeCall(state, step);
      state = afterStep(state, step, answer, now());
    }
  }
}

/** The validator of an update throws this, and only in a race its handler: then it is the update that fails, not the workflow. */
function decided(state: RotationState, command: RotationCommand): RotationState {
  const decision = takeCommand(state, command, now());
  if (decision.kind === 'refused') throw ApplicationFailure.nonRetryable(decision.refusal, rotationRefusedType);
  return decision.state;
}

async function waitFor(
  { for: what, until }: Extract<RotationStep, { readonly kind: 'wait' }>,
  at: Instant,
  isCommanded: () => boolean,
): Promise<void> {
  if (until === undefined) await condition(isCommanded);
  else await condition(isCommanded, until - at, { summary: `waits for ${what}` });
}

/** Details at each step, the search attribute when the stage is another one. */
function presenter(): (state: RotationState) => void {
  let shown: string | undefined;
  return (state) => {
    setCurrentDetails(rotationDetails(rotationStatus(state, now())));
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
