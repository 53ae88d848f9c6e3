import { describe, expect, it, jest } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { type TokenAdministration, TokenAdministrationRefusal, type TokenId } from '@tallystick/tokens-domain';
import { InMemoryTokenAdministration, inMemoryTargets, tokenAdministrationConformance } from '@tallystick/tokens-testing';
import { administrationRefusalType, type Answered } from '@tallystick/tokens-workflow-api';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createTokenActivities } from './create-token-activities.ts';

const environment = environmentId('acme');
const input = { environment, rotation: 'r', step: 's', tokens: ['tok_1' as TokenId], reason: 'because' };
const newContext = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
const reported: unknown[][] = [];
const activitiesOf = (administration: TokenAdministration) =>
  createTokenActivities({ administration, report: (...all) => void reported.push(all) });
const failing = (error: Error) =>
  activitiesOf(Object.assign(new InMemoryTokenAdministration(), { revoke: () => Promise.reject(error) }));
const failureOf = async (error: Error) => {
  const failure: unknown = await newContext()
    .run(failing(error).revoke, input)
    .catch((it: unknown) => it);
  return failure as ApplicationFailure;
};

describe('the activities of rotations', () => {
  it('a refusal is not tried again, and keeps its reason and its sentence', async () => {
    expect(await failureOf(new TokenAdministrationRefusal('two-generations', 'there are two'))).toMatchObject({
      type: administrationRefusalType,
      nonRetryable: true,
      message: 'there are two',
      details: ['two-generations'],
    });
  });

  it('what is not expected is tried again; its text goes to the log, not into the history', async () => {
    const error = new Error('redis://:secret@store is away');
    const failure = await failureOf(error);
    expect(failure).toMatchObject({ type: 'unexpected', nonRetryable: false });
    expect(JSON.stringify([failure.message, failure.cause ?? '', failure.details ?? ''])).not.toContain('secret');
    expect(reported).toEqual([['revoke', error]]);
  });

  it('the heart beats while a call waits, and not after it', async () => {
    jest.useFakeTimers();
    try {
      const context = newContext();
      let beats = 0;
      context.on('heartbeat', () => (beats += 1));
      let answer: () => void = () => undefined;
      const slow = new InMemoryTokenAdministration();
      const activities = activitiesOf(Object.assign(slow, { retire: () => new Promise<void>((resolve) => (answer = resolve)) }));
      const call = context.run(activities.retire, input);
      await jest.advanceTimersByTimeAsync(16_000);
      expect(beats).toBe(3);
      answer();
      await call;
      await jest.advanceTimersByTimeAsync(60_000);
      expect(beats).toBe(3);
    } finally {
      jest.useRealTimers();
    }
  });

  it('an answer says when it was asked for, by the clock of Temporal’s server: a rotation knows no other time', async () => {
    const context = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: 1_800_000_000_000 });
    const { retire } = activitiesOf(Object.assign(new InMemoryTokenAdministration(), { retire: () => Promise.resolve() }));
    expect(await context.run(retire, input)).toEqual({ askedAt: 1_800_000_000_000 });
  });

  describe('pass every call on', () => {
    tokenAdministrationConformance(() => {
      const administration = new InMemoryTokenAdministration();
      const activities = activitiesOf(administration);
      const run = (call: keyof TokenAdministration) => async (of: object) => {
        try {
          const answered = await newContext().run(activities[call] as (of: object) => Promise<unknown>, of);
          return (answered as Answered<unknown>).answer;
        } catch (error) {
          const { message, details } = error as ApplicationFailure;
          throw new TokenAdministrationRefusal(String(details?.[0]), message);
        }
      };
      return {
        administration: Object.fromEntries(
          Object.keys(activities).map((call) => [call, run(call as keyof TokenAdministration)]),
        ) as unknown as TokenAdministration,
        environment,
        stateOf: (token) => administration.token(environment, token).state,
        guard: () => {
          administration.guard = () => ({ reason: 'too-many-devices', detail: '20 of 100 devices present it' });
        },
        ...inMemoryTargets(administration, environment),
        close: () => undefined,
      };
    });
  });
});
