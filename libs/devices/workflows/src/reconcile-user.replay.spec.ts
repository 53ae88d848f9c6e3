// Golden histories, named for the version that wrote them: what runs on a server today must be understood by the code of tomorrow (R9).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asToldByAQuestion } from '@tallystick/platform-testing';
import { DefaultLogger, type ReplayResult, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';

const codePath = join(import.meta.dirname, '../dist/workflows.cjs');
const folder = join(import.meta.dirname, 'histories');
const names = readdirSync(folder).filter((file) => /^v\d.*\.json$/.test(file)); // the others are those of full-pass.replay.spec.ts

interface HistoryEvent {
  eventId: string;
  markerRecordedEventAttributes?: { markerName: string };
  eventType: string;
  eventTime: string;
  workflowTaskStartedEventAttributes?: object;
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  workflowExecutionCompletedEventAttributes?: object;
}
interface History {
  events: HistoryEvent[];
}

const load = (name: string): History => JSON.parse(readFileSync(join(folder, name), 'utf8')) as History;

// One worker for all, one history after the other: to make a worker takes longer than to replay.
let given: History;
function* histories() {
  for (;;) yield { workflowId: 'acme/hr/1', history: given };
}
let replays: ReturnType<typeof Worker.runReplayHistories>;
async function replay(history: History): Promise<void> {
  given = history;
  const { done, value } = (await replays.next()) as IteratorResult<ReplayResult, undefined>;
  if (done) throw new Error('the worker has ended');
  if (value.error) throw value.error;
}

beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  if (!existsSync(codePath)) throw new Error('the workflows are not bundled: run "npx nx bundle @tallystick/devices-workflows"');
  replays = Worker.runReplayHistories({ workflowBundle: { codePath } }, histories());
});
afterAll(() => replays.return?.());

describe('the histories of earlier versions', () => {
  it('are there, one for each way that a run can go', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        'v1-attempts-that-failed.json',
        'v1-carried-on.json',
        'v1-one-pass.json',
        'v1-started-without-a-wake-up.json',
        'v1-wake-ups-during-a-pass.json',
        'v2-attempts-that-failed.json',
        'v2-carried-on.json',
        'v2-changed.json',
        'v2-held-then-changed.json',
        'v2-held.json',
        'v2-in-sync.json',
        'v2-not-planned.json',
        'v2-partial.json',
        'v2-quarantined.json',
        'v2-signal-storm.json',
        'v2-started-without-a-wake-up.json',
        'v2-wake-ups-during-a-pass.json',
        'v3-attempts-that-failed.json',
        'v3-carried-on.json',
        'v3-changed.json',
        'v3-held-then-changed.json',
        'v3-held.json',
        'v3-in-sync.json',
        'v3-not-planned.json',
        'v3-partial.json',
        'v3-quarantined.json',
        'v3-signal-storm.json',
        'v3-started-without-a-wake-up.json',
        'v3-to-be-carried-on.json',
        'v3-wake-ups-during-a-pass.json',
      ]),
    );
  });

  it.each(names)('R9: %s is replayed without a difference', async (name) => {
    await replay(load(name));
  });

  it.each(names)('%s shows neither a person nor a machine', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const payloads = [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
      Buffer.from(data!, 'base64').toString(),
    );
    expect(payloads.length).toBeGreaterThan(0);
    expect([text, ...payloads].join('\n')).not.toMatch(/[\w.]@[a-z]|\+\d{7}|username/i);
  });
});

describe('what a run decides', () => {
  it.each(names)('%s hangs on no time', async (name) => {
    await replay(asToldByAQuestion(load(name), { days: 1 }));
  });

  it.each(names.filter((name) => !/^v[12]-/.test(name)))(
    '%s does not hang on what the server says of its length',
    async (name) => {
      await replay(asToldByAQuestion(load(name), { isLong: true }));
    },
  );

  it('before its passes were counted, did: such a run could stand still for good', async () => {
    const history = asToldByAQuestion(load('v2-signal-storm.json'), { isLong: true });
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});

describe('a history that the code could not have made', () => {
  const tampered: readonly [string, (history: History) => void][] = [
    [
      'calls another activity',
      ({ events }) => {
        for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
          if (scheduled) scheduled.activityType.name = 'reconcileLater';
        }
      },
    ],
    [
      'sleeps where the code calls its activity',
      ({ events }) => {
        const at = events.findIndex((it) => it.activityTaskScheduledEventAttributes);
        const { activityTaskScheduledEventAttributes: _gone, ...event } = events[at]!;
        const timer = { timerId: '1', startToFireTimeout: '60s', workflowTaskCompletedEventId: String(at) };
        events[at] = { ...event, eventType: 'EVENT_TYPE_TIMER_STARTED', ...{ timerStartedEventAttributes: timer } };
        events.length = at + 1;
      },
    ],
    [
      'ends before the pass that was due',
      ({ events }) => {
        const at = events.findIndex((it) => it.activityTaskScheduledEventAttributes);
        const end = events.at(-1)!;
        events.length = at;
        events.push({ ...end, eventId: String(at + 1) });
      },
    ],
  ];
  it.each(tampered)('because it %s, is refused', async (_, tamper) => {
    const history = load('v1-one-pass.json');
    await replay(structuredClone(history));
    tamper(history);
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('because it tells what became of the user without the mark of its version, is refused', async () => {
    const history = load('v2-held.json');
    await replay(structuredClone(history));
    for (const event of history.events) {
      const { markerRecordedEventAttributes: marker } = event;
      if (marker) marker.markerName = 'another';
    }
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('because it tells nothing although it has the mark, is refused', async () => {
    const history = load('v2-held.json');
    const at = history.events.findLastIndex(({ eventType }) => eventType === 'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES');
    history.events.splice(at, 1);
    for (const [i, event] of history.events.entries()) event.eventId = String(i + 1);
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});

it('protobufjs is there once for all of the SDK, as 8.x: with a second copy no JSON history can be replayed', () => {
  const here = createRequire(__filename);
  const versions = ['@temporalio/common', '@temporalio/proto', '@temporalio/worker', '@temporalio/client'].map((name) => {
    let at = createRequire(here.resolve(name)).resolve('protobufjs');
    while (!existsSync(join(at, 'package.json'))) at = dirname(at);
    return `${at} ${(JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as { version: string }).version}`;
  });
  expect(new Set(versions).size).toBe(1);
  expect(versions[0]).toMatch(/node_modules\/protobufjs 8\.\d+\.\d+$/);
});
