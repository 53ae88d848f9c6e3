import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Context } from '@temporalio/activity';
import { payloadToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeHttpApp, createHttpApp, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, readKeyRing } from '@tallystick/platform-secrets';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { addCodecRoutes, connectTemporal, type RunningWorker, runWorker, type TemporalClient } from './index.ts';

@Module({})
class EmptyModule {}

const lines: string[] = [];
const logger = createLogger({
  service: 'seal-int',
  level: 'info',
  destination: { write: (line: string) => void lines.push(line) },
});
const folder = mkdtempSync(join(tmpdir(), 'sealed-payloads-'));
const workflowBundlePath = join(folder, 'workflows.cjs');
const fileOf = (id: string): string => {
  const path = join(folder, `${id}.json`);
  writeFileSync(path, generateKeyRing(id));
  return path;
};
const [payloadKeysFile, otherKeysFile] = [fileOf('k1'), fileOf('k9')];
const namespace = 'default';
let [sealing, clear]: TemporalClient[] = [];

beforeAll(async () => {
  const { code } = await bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, 'confide.workflow.fixture.ts') });
  writeFileSync(workflowBundlePath, code);
  const address = endpoints().temporal;
  sealing = connectTemporal({ address, namespace, logger, payloadKeysFile });
  clear = connectTemporal({ address, namespace, logger });
}, 60_000);
afterAll(async () => {
  await sealing?.close();
  await clear?.close();
  rmSync(folder, { recursive: true });
});

const activities = {
  hear: (text: string) => {
    Context.current().heartbeat(`beat: ${text}`);
    return Promise.resolve(`heard: ${text}`);
  },
};
const work = (taskQueue: string, keysFile: string | undefined): Promise<RunningWorker> =>
  runWorker({
    address: endpoints().temporal,
    namespace,
    taskQueue,
    workflowBundlePath,
    activities,
    logger,
    payloadKeysFile: keysFile,
  });

/** Every text and every byte in an answer of the server, as text. */
function textsIn(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`;
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString('latin1')}\n`;
  return value !== null && typeof value === 'object' ? Object.values(value).map(textsIn).join('') : '';
}

interface RawPayload {
  readonly metadata?: Readonly<Record<string, Uint8Array>>;
  readonly data?: Uint8Array;
}
function payloadsIn(value: unknown): readonly RawPayload[] {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return [];
  const { metadata, data } = value as { readonly metadata?: unknown; readonly data?: unknown };
  if (metadata && data instanceof Uint8Array) return [value];
  return Object.values(value).flatMap(payloadsIn);
}

/** What a codec-less reader gets of a workflow: history, description, details and the answer of a query. */
async function rawOf(workflowId: string): Promise<unknown> {
  const { workflowService } = clear!.client;
  const execution = { workflowId };
  const metadata = { queryType: '__temporal_workflow_metadata' };
  return [
    await workflowService.getWorkflowExecutionHistory({ namespace, execution }),
    await workflowService.describeWorkflowExecution({ namespace, execution }),
    await workflowService.queryWorkflow({ namespace, execution, query: metadata }),
    await workflowService.queryWorkflow({ namespace, execution, query: { queryType: 'ask' } }),
  ];
}

const needle = 'needle in a haystack';
const start = (temporal: TemporalClient, taskQueue: string) =>
  temporal.client.workflow.start('confide', {
    taskQueue,
    workflowId: uniqueName('confide'),
    args: [needle],
    memo: { kept: needle },
    staticSummary: `summary: ${needle}`,
    staticDetails: `details: ${needle}`,
  });

const anyoneIsOperator: TokenVerifier = {
  prepare: () => Promise.resolve(),
  cached: () => undefined,
  verify: () =>
    Promise.resolve({ kind: 'verified', principal: { subject: 'ops', roles: { '*': ['operator'] }, expiresAt: 4e12 } }),
};

describe('with a payload keys file', () => {
  it('nothing that a workflow was told stands in clear on the server, and the codec endpoint shows it again', async () => {
    const taskQueue = uniqueName('queue');
    const worker = await work(taskQueue, payloadKeysFile);
    const handle = await start(sealing!, taskQueue);
    expect(await handle.executeUpdate('change', { args: [needle] })).toBe(`changed: ${needle}`);
    expect(await handle.query('ask')).toBe(`asked: ${needle}`);
    const raw = [await rawOf(handle.workflowId)];
    await handle.signal('tell', needle);
    expect(await handle.result()).toBe(`heard: ${needle}, ${needle}`);
    raw.push(await rawOf(handle.workflowId));
    await worker.stop();

    expect(textsIn(raw)).not.toContain('needle');
    expect((await handle.describe()).memo).toEqual({ kept: needle, noted: needle });
    const metadata = await handle.describe();
    expect(await metadata.staticSummary()).toBe(`summary: ${needle}`);

    const app = await createHttpApp(EmptyModule, {
      service: 'codec',
      logger,
      auth: anyoneIsOperator,
      openapi: { title: 'codec', description: 'codec' },
    });
    const fastify = app.getHttpAdapter().getInstance();
    addCodecRoutes(fastify, { keys: readKeyRing(payloadKeysFile), namespace, uiOrigins: [], logger });
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await app.getUrl()}/codec/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-namespace': namespace },
      body: JSON.stringify({
        payloads: payloadsIn(raw[1]).map((it) => payloadToJSON(it as Parameters<typeof payloadToJSON>[0])),
      }),
    });
    const { payloads } = (await answer.json()) as { readonly payloads: readonly { readonly data: string }[] };
    await closeHttpApp(app);
    const shown = payloads.map(({ data }) => Buffer.from(data, 'base64').toString()).join('\n');
    for (const text of ['heard: ', 'details: ', 'summary: ', 'asked: ', 'summary of the activity: ', 'summary of the timer: '])
      expect(shown).toContain(`"${text}needle`);
  }, 60_000);

  it('a schedule keeps its arguments and memo sealed', async () => {
    const scheduleId = uniqueName('schedule');
    const action = {
      type: 'startWorkflow' as const,
      workflowType: 'confide',
      taskQueue: 'nowhere',
      args: [needle],
      memo: { kept: needle },
    };
    const handle = await sealing!.client.schedule.create({
      scheduleId,
      spec: { cronExpressions: ['0 0 1 1 *'] },
      action: { ...action, staticSummary: needle },
      memo: { kept: needle },
    });
    expect(textsIn(await clear!.client.workflowService.describeSchedule({ namespace, scheduleId }))).not.toContain('needle');
    expect(await handle.describe()).toMatchObject({ memo: { kept: needle }, action: { args: [needle], memo: { kept: needle } } });
    await handle.delete();
  }, 30_000);

  it('a workflow that began in clear goes on', async () => {
    const taskQueue = uniqueName('queue');
    const before = await work(taskQueue, undefined);
    const handle = await start(clear!, taskQueue);
    expect(await handle.query('ask')).toBe(`asked: ${needle}`);
    expect(textsIn(await rawOf(handle.workflowId))).toContain(needle);
    await before.stop();
    const after = await work(taskQueue, payloadKeysFile);
    const now = sealing!.client.workflow.getHandle(handle.workflowId);
    await now.signal('tell', 'sealed');
    expect(await now.result()).toBe(`heard: ${needle}, sealed`);
    await after.stop();
  }, 60_000);

  it.each([
    ['lacks the key', otherKeysFile, 'which is not in the payload keys file'],
    ['has no keys', undefined, 'this process has no payload keys file'],
  ])(
    'a worker that %s says so, does nothing, and one that has it goes on',
    async (_, keysFile, sentence) => {
      const taskQueue = uniqueName('queue');
      const without = await work(taskQueue, keysFile);
      const handle = await start(sealing!, taskQueue);
      await eventually(
        async () => textsIn(await clear!.client.workflow.getHandle(handle.workflowId).fetchHistory()).includes(sentence),
        {
          withinMs: 20_000,
          what: 'the fault stands in the history',
        },
      );
      expect((await handle.describe()).status.name).toBe('RUNNING');
      await without.stop();
      await without.done; // it was not ended by the fault
      const worker = await work(taskQueue, payloadKeysFile);
      await handle.signal('tell', 'at last');
      expect(await handle.result()).toBe(`heard: ${needle}, at last`);
      await worker.stop();
    },
    60_000,
  );

  it('a client that has no keys gets a sentence instead of ciphertext, and it is said at start whether payloads are sealed', async () => {
    const taskQueue = uniqueName('queue');
    const worker = await work(taskQueue, payloadKeysFile);
    const handle = await start(sealing!, taskQueue);
    await expect(clear!.client.workflow.getHandle(handle.workflowId).query('ask')).rejects.toThrow(
      'this process has no payload keys file',
    );
    await handle.signal('tell', 'done');
    await handle.result();
    await worker.stop();
    expect(lines.join('')).toContain('payloads in Temporal are sealed');
    expect(lines.join('')).toContain('payloads in Temporal are not sealed: no payload keys file is configured');
    expect(lines.join('')).not.toContain('needle');
  }, 60_000);
});
