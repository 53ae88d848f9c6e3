import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal, runWorker, type TemporalClient } from '@tallystick/platform-temporal';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import type { RotationRequest } from '@tallystick/tokens-domain';
import { rotationWorkflowId, tokensTaskQueue } from '@tallystick/tokens-workflow-api';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
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
const logger = createLogger({ service: 'test', level: 'silent' });
const at = instant(1_800_000_000_000);
const later = instant(at + 60_000);

let temporal: TemporalClient;
let rotations: TemporalRotations;
const end = (platform: 'ios' | 'android') =>
  temporal.client.workflow.getHandle(rotationWorkflowId(environment, { platform })).terminate('the test is over');
beforeAll(() => {
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
    await end('android');
  });

  it('waits for one that is over to give its last notice, and says so when that takes long', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ending-rotation-'));
    const workflowBundlePath = join(folder, 'workflows.cjs');
    const workflowsPath = join(import.meta.dirname, 'ending-rotation.workflow.fixture.ts');
    writeFileSync(workflowBundlePath, (await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })).code);
    const worker = await runWorker({
      ...{ address: endpoints().temporal, namespace: 'default', taskQueue: tokensTaskQueue },
      ...{ logger, workflowBundlePath, maxCachedWorkflows: 0 },
    });
    try {
      const winter = request('android');
      await rotations.start(winter, { at, key: 'first' });
      expect(await rotations.start(winter, { at, key: 'second' })).toEqual({ kind: 'already-rotating' });
      const second = rotations.start(winter, { at, key: 'second' });
      await temporal.client.workflow.getHandle(rotationWorkflowId(environment, winter.segment)).signal('noticeGiven');
      expect(await second).toMatchObject({ kind: 'started' });
    } finally {
      await worker.stop();
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
