// A deploy on the real server: what runs goes on, what is new begins on the new build, and a build that was not made current does nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import {
  connectTemporal,
  makeCurrent,
  readDeployment,
  runDeploymentCommand,
  type RunningWorker,
  runWorker,
  type TemporalClient,
} from './index.ts';

const logger = createLogger({ service: 'deployments-int', level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'deployments-'));
const builds = ['one', 'two'] as const;
type Build = (typeof builds)[number];
const bundleOf = (build: Build): string => join(folder, `${build}.cjs`);
const deployment = uniqueName('tallystick');
const taskQueue = uniqueName('queue');
const versionOf = (build: Build) => ({ deployment, buildId: build });
let temporal: TemporalClient;
const workers: RunningWorker[] = [];

beforeAll(async () => {
  for (const build of builds) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, `build-${build}.workflow.fixture.ts`),
      logger: new DefaultLogger('WARN'),
    });
    writeFileSync(bundleOf(build), code);
  }
  temporal = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
}, 60_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await temporal?.close();
  rmSync(folder, { recursive: true });
}, 60_000);

const work = async (build: Build): Promise<void> => {
  workers.push(
    await runWorker({
      address: endpoints().temporal,
      namespace: 'default',
      taskQueue,
      workflowBundlePath: bundleOf(build),
      activities: { build: () => Promise.resolve(build) },
      logger,
      version: versionOf(build),
      maxCachedWorkflows: 0, // each task replays the history, as after a crash
    }),
  );
};
const start = (type: 'longLived' | 'pinned') => temporal.client.workflow.start(type, { taskQueue, workflowId: uniqueName(type) });
type Handle = Awaited<ReturnType<typeof start>>;
const hasBegun = (handle: Handle) =>
  eventually(async () => (await handle.fetchHistory()).events?.some((it) => it.activityTaskCompletedEventAttributes), {
    withinMs: 20_000,
    what: 'the first step is done',
  });
const deploy = async (...args: readonly string[]): Promise<[number, string]> => {
  let said = '';
  const buildIds = args.slice(1);
  const versions = buildIds.map((buildId) => ({ deployment, buildId }));
  const code = await runDeploymentCommand(args.slice(0, 1), {
    temporal,
    versions,
    write: (text) => (said += text),
    withinMs: 2_000,
  });
  return [code, said];
};

describe('a deployment', () => {
  it('outlives a deploy: nothing is done before the first build is current, what runs goes on, and a pinned run keeps its build', async () => {
    expect(await readDeployment(temporal, deployment)).toBeUndefined();
    expect(await deploy('show', 'one')).toEqual([0, `${deployment}: no worker of it has ever called\n`]);
    expect(await deploy('make-current', 'one')).toEqual([
      1,
      `the build one of ${deployment} was not made current within 2000 ms: no worker of it has called, or it lacks a queue of the build before\n`,
    ]);

    await work('one');
    const early = await start('longLived');
    await eventually(async () => (await readDeployment(temporal, deployment))?.builds.length === 1, {
      withinMs: 20_000,
      what: 'the worker has called',
    });
    expect(await readDeployment(temporal, deployment)).toEqual({
      current: undefined,
      builds: [{ buildId: 'one', state: 'inactive' }],
    });
    expect(workflowTasksOf(await early.fetchHistory())).toBe(0);

    expect(await makeCurrent(temporal, versionOf('one'))).toEqual({ before: undefined });
    const [kept, moved] = [await start('pinned'), early];
    await Promise.all([hasBegun(kept), hasBegun(moved)]);

    await work('two');
    const between = await start('longLived'); // the new build has workers, and is not current
    await hasBegun(between);
    expect(await makeCurrent(temporal, versionOf('two'))).toEqual({ before: 'one' });
    expect(await deploy('make-current', 'two')).toEqual([0, `${deployment}: two does the work\n`]); // again: nothing changes
    const late = await start('longLived');
    await hasBegun(late);
    const state = await readDeployment(temporal, deployment);
    expect(state?.current).toBe('two');
    expect(state?.builds).toEqual(
      expect.arrayContaining([
        { buildId: 'one', state: 'draining' },
        { buildId: 'two', state: 'current' },
      ]),
    );
    expect((await deploy('show', 'two'))[1]).toContain(`${deployment}: one draining: workflows that are pinned to it still run`);

    await Promise.all([kept, moved, between, late].map((handle) => handle.signal('goOn')));
    expect(await moved.result()).toBe('one, two');
    expect(await between.result()).toBe('one, two');
    expect(await late.result()).toBe('two, two, two');
    expect(await kept.result()).toBe('one, one');
  }, 120_000);

  it('is managed by two words, and by nothing where workers have no version', async () => {
    const [code, usage] = await deploy('ship', 'one');
    expect([code, usage]).toEqual([2, expect.stringContaining('make-current')]);
    expect(await deploy('show')).toEqual([1, expect.stringContaining('the workers are not versioned')]);
  });
});

const workflowTasksOf = ({ events }: Awaited<ReturnType<Handle['fetchHistory']>>): number =>
  (events ?? []).filter((it) => it.workflowTaskStartedEventAttributes).length;
