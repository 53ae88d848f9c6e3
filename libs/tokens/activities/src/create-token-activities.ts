import { instant } from '@tallystick/kernel-core';
import { type TokenAdministration, TokenAdministrationRefusal } from '@tallystick/tokens-domain';
import { administrationRefusalType, type Answered, type RotationActivities } from '@tallystick/tokens-workflow-api';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

/** What the activities of rotations are made from. */
export interface TokenActivityNeeds {
  readonly administration: TokenAdministration;
  /** Gets what was not expected, for the log: histories are readable, so such a text stays out of them. */
  readonly report: (activity: keyof TokenAdministration, error: unknown) => void;
}

const beatEveryMs = 5_000;

/** The activities of rotations: the port, with failures that Temporal understands and a heartbeat while a call waits for validators. */
export function createTokenActivities({ administration, report }: TokenActivityNeeds): RotationActivities {
  const activity =
    <I, R>(name: keyof TokenAdministration, call: (input: I) => Promise<R>) =>
    async (input: I): Promise<Answered<R>> => {
      const context = Context.current();
      const askedAt = instant(context.info.currentAttemptScheduledTimestampMs);
      const beat = setInterval(() => context.heartbeat(), beatEveryMs);
      try {
        return { answer: await call(input), askedAt };
      } catch (error) {
        throw asFailure(error) ?? unexpected(name, error);
      } finally {
        clearInterval(beat);
      }
    };
  const unexpected = (name: keyof TokenAdministration, error: unknown): Error => {
    report(name, error);
    return ApplicationFailure.retryable("an unexpected failure: see the worker's log", 'unexpected');
  };
  return {
    inspectTarget: activity('inspectTarget', (input) => administration.inspectTarget(input)),
    mint: activity('mint', (input) => administration.mint(input)),
    openSlot: activity('openSlot', (input) => administration.openSlot(input)),
    planSlot: activity('planSlot', (input) => administration.planSlot(input)),
    checkSlot: activity('checkSlot', (input) => administration.checkSlot(input)),
    adoption: activity('adoption', (input) => administration.adoption(input)),
    retire: activity('retire', (input) => administration.retire(input)),
    reinstate: activity('reinstate', (input) => administration.reinstate(input)),
    revoke: activity('revoke', (input) => administration.revoke(input)),
    releaseValues: activity('releaseValues', (input) => administration.releaseValues(input)),
    notify: activity('notify', (input) => administration.notify(input)),
  };
}

/** The one place where the port's errors become Temporal failures; undefined for what is not expected. */
function asFailure(error: unknown): Error | undefined {
  if (error instanceof TokenAdministrationRefusal) {
    return ApplicationFailure.nonRetryable(error.message, administrationRefusalType, error.reason);
  }
  return error instanceof CancelledFailure ? error : undefined;
}
