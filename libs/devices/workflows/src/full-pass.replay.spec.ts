// Golden histories of passes and inspections, named for the version that wrote them (R9).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asToldByAQuestion } from '@tallystick/platform-testing';
import { DefaultLogger, type ReplayResult, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';

const codePath = join(import.meta.dirname, '../dist/workflows.cjs');
const folder = join(import.meta.dirname, 'histories');
const names = readdirSync(folder).filter((file) => /^full-pass-.*\.json$/.test(file));

interface HistoryEvent {
  eventId: string;
  eventType: string;
  eventTime: string;
  workflowTaskStartedEventAttributes?: object;
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
}
interface History {
  events: HistoryEvent[];
}

const load = (name: string): History => JSON.parse(readFileSync(join(folder, name), 'utf8')) as History;

// One worker for all, one history after the other: to make a worker takes longer than to replay.
let given: History;
function* histories() {
  for (;;) yield { workflowId: 'acme/hr/preview/p1', history: given };
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

describe('the histories of earlier passes', () => {
  it('are there, one for each way that a pass can go', () => {
    const ways = [
      ...['previewed', 'missing', 'sick-for-a-while', 'failed', 'carried-on', 'carried-on-to-its-end', 'paused', 'cancelled'],
      ...['cancelled-while-sick', 'applied', 'held-approved', 'held-rejected', 'held-expired', 'paused-while-applied'],
      ...['scheduled', 'inspected'],
    ];
    expect(names).toEqual(expect.arrayContaining(ways.map((way) => `full-pass-v1-${way}.json`)));
    expect(names).toContain('full-pass-v2-scheduled.json'); // its pass is named in a memo
    const counted = [...ways.filter((way) => way !== 'scheduled' && way !== 'inspected'), 'cancelled-while-carried-on'];
    expect(names).toEqual(expect.arrayContaining(counted.map((way) => `full-pass-v3-${way}.json`)));
  });

  it.each(names)('R9: %s is replayed without a difference', async (name) => {
    await replay(load(name));
  });

  it.each(names)('%s shows neither a person, a user nor a machine', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const payloads = [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
      Buffer.from(data!, 'base64').toString(),
    );
    expect(payloads.length).toBeGreaterThan(0);
    expect([text, ...payloads].join('\n')).not.toMatch(/[\w.]@[a-z]|\+\d{7}|username/i);
    expect(payloads.join('\n')).not.toMatch(/[0-9a-f]{32}/);
  });
});

describe('what a pass decides', () => {
  it.each(names)('%s hangs on no time', async (name) => {
    await replay(asToldByAQuestion(load(name), { days: 1 }));
  });

  const counted = names.filter((name) => !name.startsWith('full-pass-v1-') || name.endsWith('-inspected.json'));
  it.each(counted)('%s does not hang on what the server says of its length', async (name) => {
    await replay(asToldByAQuestion(load(name), { isLong: true }));
  });

  it('before its activities were counted, did: such a pass could stand still for good', async () => {
    const history = asToldByAQuestion(load('full-pass-v1-previewed.json'), { isLong: true });
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});

describe('a history of a pass that the code could not have made', () => {
  const tampered: readonly [string, string, (history: History) => void][] = [
    [
      'applies without having judged',
      'full-pass-v1-applied.json',
      ({ events }) => {
        for (const { activityTaskScheduledEventAttributes: scheduled } of events)
          if (scheduled?.activityType.name === 'judgePass') scheduled.activityType.name = 'applyPage';
      },
    ],
    [
      'goes on planning after it was cancelled',
      'full-pass-v1-cancelled.json',
      ({ events }) => {
        for (const { activityTaskScheduledEventAttributes: scheduled } of events)
          if (scheduled?.activityType.name === 'closePass') scheduled.activityType.name = 'planPage';
      },
    ],
    [
      'applies what was rejected',
      'full-pass-v1-held-rejected.json',
      ({ events }) => {
        for (const { activityTaskScheduledEventAttributes: scheduled } of events)
          if (scheduled?.activityType.name === 'closePass') scheduled.activityType.name = 'applyPage';
      },
    ],
  ];
  it.each(tampered)('because it %s, is refused', async (_, name, tamper) => {
    const history = load(name);
    await replay(structuredClone(history));
    tamper(history);
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});
