import type { Instant } from '@tallystick/kernel-core';
import type { RotationAnswer, RotationCall, RotationState, SlotCall } from '@tallystick/tokens-domain';
import { administrationRefusalType, type Answered, type RotationActivities } from '@tallystick/tokens-workflow-api';
import { type ActivityOptions, ActivityFailure, ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';

// Few attempts: after them the rotation itself waits, where it can be paused and rolled back, and its trouble is seen. The heart beats while
// a call waits for validators, so that the end of a worker is noticed soon.
const options: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '20 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 3,
    maximumInterval: '15 seconds',
    maximumAttempts: 4,
    nonRetryableErrorTypes: [administrationRefusalType],
  },
};

/** Of targets: the rotation itself tries again, one slot by itself, and reads what a lost answer may have done. */
const onTargets: ActivityOptions = { ...options, startToCloseTimeout: '90 seconds', retry: { maximumAttempts: 1 } };

const activities = proxyActivities<RotationActivities>(options);

/** An answer, and when it was asked for by the clock of Temporal's server; left out when no call answered. */
export interface TimedAnswer {
  readonly answer: RotationAnswer;
  readonly askedAt?: Instant | undefined;
}

/** Makes one call. Failures are answers; only a cancellation of the workflow is thrown. */
export async function makeCall(state: RotationState, call: RotationCall): Promise<TimedAnswer> {
  let askedAt: Instant | undefined;
  /** Runs of before the time was told have answers without it. */
  const hear = async <R>(answered: Promise<Answered<R> | R>): Promise<R> => {
    const result = await answered;
    if (!isTimed(result)) return result;
    if (askedAt === undefined || result.askedAt > askedAt) askedAt = result.askedAt;
    return result.answer;
  };
  try {
    return { answer: await answerOf(state, call, hear), askedAt };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { answer: failureOf(error) };
  }
}

const isTimed = <R>(result: Answered<R> | R): result is Answered<R> =>
  typeof result === 'object' && result !== null && 'askedAt' in result;

async function answerOf(
  { request, rotation }: RotationState,
  call: RotationCall,
  hear: <R>(answered: Promise<Answered<R>>) => Promise<R>,
): Promise<RotationAnswer> {
  const { environment } = request;
  switch (call.kind) {
    case 'mint': {
      const input = { request, rotation, step: call.step };
      return { kind: 'minted', minted: await hear(activities.mint.executeWithOptions(summary(call.step), [input])) };
    }
    case 'open-slot': {
      const { step, token, slot, purpose } = call;
      const input = { environment, rotation, step, token, slot };
      const of = purpose === 'deliver' ? 'the new token' : 'the old token again';
      return {
        kind: 'slot',
        answer: await hear(activities.openSlot.executeWithOptions(summary(`${slot.id}: ${of}, \`${token}\``), [input])),
      };
    }
    case 'inspect':
      return sideBySide(call.slots, async (slot) => {
        const said = { ...onTargets, summary: `${slot.id}: would a delivery arrive?` };
        const asked = activities.inspectTarget.executeWithOptions(said, [{ environment, slot }]);
        return { kind: 'inspected', findings: await hear(asked) };
      });
    case 'slots':
      return sideBySide(call.calls, (one) => onTarget(environment, rotation, one, hear));
    case 'read-adoption': {
      const { token, replaces, threshold } = call;
      const input = { environment, token, replaces, threshold };
      return {
        kind: 'adoption',
        reading: await hear(activities.adoption.executeWithOptions(summary('adoption figures'), [input])),
      };
    }
    case 'retire':
    case 'reinstate': {
      const { step, tokens } = call;
      await hear(activities[call.kind].executeWithOptions(summary(tokens.join(', ')), [{ environment, rotation, step, tokens }]));
      return { kind: 'done' };
    }
    case 'revoke': {
      const { kind, which, ...asked } = call;
      const said = summary(`${which}: ${asked.tokens.join(', ')}`);
      return {
        kind,
        reading: await hear(activities.revoke.executeWithOptions(said, [{ environment, rotation, ...asked }])),
      };
    }
    case 'release-values': {
      const { step, tokens } = call;
      await hear(
        activities.releaseValues.executeWithOptions(summary(tokens.join(', ')), [{ environment, rotation, step, tokens }]),
      );
      return { kind: 'done' };
    }
    case 'notify': {
      const { step, what, detail } = call;
      await hear(activities.notify.executeWithOptions(summary(what), [{ environment, rotation, step, what, detail }]));
      return { kind: 'done' };
    }
  }
}

/** One answer each, in their order; what fails is an answer too. */
async function sideBySide<T>(calls: readonly T[], make: (call: T) => Promise<RotationAnswer>): Promise<RotationAnswer> {
  const answers = calls.map((call) =>
    make(call).catch((error: unknown): RotationAnswer => {
      if (isCancellation(error)) throw error;
      return failureOf(error);
    }),
  );
  return { kind: 'slots', answers: await Promise.all(answers) };
}

/** One call of one target. */
async function onTarget(
  environment: RotationState['request']['environment'],
  rotation: string,
  call: SlotCall,
  hear: <R>(answered: Promise<Answered<R>>) => Promise<R>,
): Promise<RotationAnswer> {
  const { step, token, slot } = call;
  const of = call.purpose === 'deliver' ? 'the new token' : 'the old token again';
  const input = { environment, rotation, step, token, slot };
  const said = (text: string): ActivityOptions => ({ ...onTargets, summary: `${slot.id}: ${text}` });
  switch (call.kind) {
    case 'plan': {
      const { known, overwrite } = call;
      const asked = activities.planSlot.executeWithOptions(said(`what stands there, before ${of}`), [
        { ...input, known, overwrite },
      ]);
      return { kind: 'planned', plan: await hear(asked) };
    }
    case 'apply': {
      const asked = activities.openSlot.executeWithOptions(said(`${of}, \`${token}\``), [{ ...input, expected: call.revision }]);
      return { kind: 'slot', answer: await hear(asked) };
    }
    case 'check': {
      const asked = activities.checkSlot.executeWithOptions(said(`does it hold ${of}?`), [{ ...input, receipt: call.receipt }]);
      return { kind: 'checked', check: await hear(asked) };
    }
  }
}

const summary = (text: string): ActivityOptions => ({ ...options, summary: text });

/** Only what the activities say in their own words is shown: other texts may quote what they failed on. */
function failureOf(error: unknown): RotationAnswer {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && (cause.nonRetryable || cause.type === administrationRefusalType)) {
    const [reason] = cause.details ?? [];
    return { kind: 'refused', reason: typeof reason === 'string' ? reason : (cause.type ?? 'refused'), detail: cause.message };
  }
  const detail = cause instanceof ApplicationFailure ? cause.message : 'no worker answered in time';
  return { kind: 'failed', detail };
}
