import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal, type TemporalClient } from '@tallystick/platform-temporal';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import type { RotationRequest } from '@tallystick/tokens-domain';
import { rotationWorkflowId } from '@tallystick/tokens-workflow-api';
import { TemporalRotations } from './temporal-rotations.ts';

// No worker takes these rotations up: starting one, and knowing it again, needs none.
const environment = environmentId(
  uniqueName('rot')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-'),
);
const request = (platform: 'ios' | 'android', label = 'winter'): RotationRequest => ({
  environment,
  segment: { platform },
  label,
  origin: 'generated',
  slots: [{ id: 'jamf', mdm: 'Jamf', platform, kind: 'file' }],
  adoptionShare: 0.95,
  minimumOverlapHours: 1,
  retireForHours: 1,
  watchEveryMinutes: 60,
  remindEveryHours: 24,
  requestedBy: 'ann',
  reason: 'yearly',
});
const at = instant(1_800_000_000_000);
const later = instant(at + 60_000);

let temporal: TemporalClient;
let rotations: TemporalRotations;
const end = (platform: 'ios' | 'android') =>
  temporal.client.workflow.getHandle(rotationWorkflowId(environment, { platform })).terminate('the test is over');
beforeAll(() => {
  const logger = createLogger({ service: 'test', level: 'silent' });
  temporal = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
  rotations = new TemporalRotations(temporal, Date.now);
});
afterAll(async () => {
  await Promise.allSettled([end('ios'), end('android')]);
  await temporal.close();
});

describe('the start of a rotation', () => {
  it('with a key is answered again as it was, also at once, and when the rotation is over', async () => {
    const ios = request('ios');
    const [first, other] = await Promise.all([
      rotations.start(ios, { at, key: 'one' }),
      rotations.start(ios, { at: later, key: 'one' }),
    ]);
    expect(first).toMatchObject({ kind: 'started' });
    expect(other).toEqual(first);
    expect(await rotations.start(ios, { at: later, key: 'one' })).toEqual(first);
    expect(await rotations.start(request('ios', 'other'), { at, key: 'one' })).toEqual({ kind: 'key-reused' });
    expect(await rotations.start(ios, { at, key: 'two' })).toEqual({ kind: 'already-rotating' });
    expect(await rotations.start(ios, { at })).toEqual({ kind: 'already-rotating' });
    await end('ios');
    expect(await rotations.start(ios, { at: later, key: 'one' })).toEqual(first);
    expect(await rotations.start(ios, { at, key: 'two' })).toMatchObject({ kind: 'started' });
  });

  it('without a key knows nothing of the one before', async () => {
    expect(await rotations.start(request('android'), { at })).toMatchObject({ kind: 'started', at });
    expect(await rotations.start(request('android'), { at, key: 'one' })).toEqual({ kind: 'already-rotating' });
  });
});
