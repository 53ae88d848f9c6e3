import { describe, expect, it } from '@jest/globals';
import type { UserHash, UserRef } from '@tallystick/devices-domain';
import { recordChangedSignal } from '@tallystick/devices-workflow-api';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import type { TemporalClient } from '@tallystick/platform-temporal';
import { createWake } from './wake.ts';

const user: UserRef = {
  environment: environmentId('acme'),
  connection: connectionId('hr'),
  user: '0123456789abcdef0123456789abcdef' as UserHash,
};

function engine(answer: () => Promise<unknown>) {
  const calls: unknown[][] = [];
  const deadlines: number[] = [];
  const temporal = {
    client: {
      workflow: {
        signalWithStart: (...call: unknown[]) => {
          calls.push(call);
          return answer();
        },
      },
    },
    withDeadline: (ms: number, act: () => Promise<unknown>) => {
      deadlines.push(ms);
      return act();
    },
  } as unknown as TemporalClient;
  return { wake: createWake(temporal), calls, deadlines };
}

describe('a wake-up', () => {
  it('is a signal with start under the frozen names, with the identity of the user and nothing else', async () => {
    const { wake, calls, deadlines } = engine(() => Promise.resolve({}));
    await wake(user);
    expect(calls).toEqual([
      [
        'reconcileUser',
        expect.objectContaining({
          workflowId: 'acme/hr/0123456789abcdef0123456789abcdef',
          taskQueue: 'devices',
          args: [user],
          signal: recordChangedSignal,
          signalArgs: [],
        }),
      ],
    ]);
    expect(recordChangedSignal.name).toBe('recordChanged');
    expect(deadlines).toEqual([10_000]);
  });

  it('can be found by environment and connection in the engine', async () => {
    const { wake, calls } = engine(() => Promise.resolve({}));
    await wake(user);
    const { typedSearchAttributes } = calls[0]![1] as {
      readonly typedSearchAttributes: readonly { readonly key: { readonly name: string }; readonly value: string }[];
    };
    expect(typedSearchAttributes.map(({ key, value }) => [key.name, value])).toEqual([
      ['Environment', 'acme'],
      ['Connection', 'hr'],
    ]);
  });

  it('fails when the engine can not be told', async () => {
    const { wake } = engine(() => Promise.reject(new Error('deadline exceeded')));
    await expect(wake(user)).rejects.toThrow('deadline exceeded');
  });
});
