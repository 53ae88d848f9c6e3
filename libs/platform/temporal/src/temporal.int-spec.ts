import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { connectTemporal, type RunningWorker, runWorker, type TemporalClient, type TemporalWorkerOptions } from './index.ts';

const lines: string[] = [];
const logger = createLogger({
  service: 'temporal-int',
  level: 'info',
  destination: { write: (line: string) => void lines.push(line) },
});
const folder = mkdtempSync(join(tmpdir(), 'workflow-bundle-'));
const workflowBundlePath = join(folder, 'workflows.cjs');
const nobody = '127.0.0.1:1';
let temporal: TemporalClient;

beforeAll(async () => {
  const { code } = await bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, 'echo.workflow.fixture.ts') });
  writeFileSync(workflowBundlePath, code);
  temporal = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
}, 60_000);
afterAll(async () => {
  await temporal.close();
  rmSync(folder, { recursive: true });
});

const work = (taskQueue: string, activities: object, more: Partial<TemporalWorkerOptions> = {}): Promise<RunningWorker> =>
  runWorker({ address: endpoints().temporal, namespace: 'default', taskQueue, workflowBundlePath, activities, logger, ...more });
const startEcho = (taskQueue: string) =>
  temporal.client.workflow.start('echoWorkflow', { taskQueue, workflowId: uniqueName('echo'), args: ['hello'] });

describe('a worker', () => {
  it('runs workflows and activities; a stop lets the running activity end', async () => {
    const taskQueue = uniqueName('queue');
    let entered = false;
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const worker = await work(taskQueue, {
      echo: async (text: string) => {
        entered = true;
        await gate;
        return text.toUpperCase();
      },
    });
    const handle = await startEcho(taskQueue);
    await eventually(() => entered, { withinMs: 15_000, what: 'the activity begins' });
    const stopped = worker.stop();
    release();
    await stopped;
    await worker.done;
    const second = await work(taskQueue, { echo: (text: string) => Promise.resolve(text) });
    expect(await handle.result()).toBe('HELLO');
    await second.stop();
  }, 60_000);

  it('that can not drain ends all the same, and says so through "done"', async () => {
    const taskQueue = uniqueName('queue');
    let entered = false;
    const worker = await work(
      taskQueue,
      { echo: () => new Promise(() => (entered = true)) },
      { shutdownGraceMs: 100, shutdownForceMs: 700 },
    );
    const handle = await startEcho(taskQueue);
    await eventually(() => entered, { withinMs: 15_000, what: 'the activity begins' });
    await worker.stop();
    await expect(worker.done).rejects.toThrow();
    expect(lines.join('')).toContain('the Temporal worker has ended');
    await handle.terminate();
  }, 60_000);

  it('does not begin where the server lacks a search attribute, and says what creates it', async () => {
    const searchAttributes = [{ name: 'Environment' }, { name: 'Unheard' }];
    await expect(work(uniqueName('queue'), {}, { searchAttributes })).rejects.toThrow(
      'temporal operator search-attribute create --namespace default --name Unheard --type Keyword',
    );
  }, 20_000);

  it('waits for a server until the deadline, and names what it waited for', async () => {
    await expect(work('q', {}, { address: nobody, connectDeadlineMs: 500 })).rejects.toThrow(
      `no Temporal server at ${nobody} within 500 ms`,
    );
    expect(lines.filter((line) => line.includes('can not be reached yet')).length).toBeGreaterThan(1);
  }, 20_000);
});

describe('a client', () => {
  it('is made without a server, and a call with a deadline ends at it', async () => {
    const away = connectTemporal({ address: nobody, namespace: 'default', logger });
    const begin = performance.now();
    await expect(
      away.withDeadline(300, () => away.client.workflow.start('x', { taskQueue: 'q', workflowId: 'w' })),
    ).rejects.toThrow();
    expect(performance.now() - begin).toBeLessThan(3_000);
    await away.close();
  }, 20_000);
});
