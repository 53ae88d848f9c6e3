// Golden histories, named for the version that wrote them: what runs on a server today must be understood by the code of tomorrow (R9).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asToldByAQuestion } from '@tallystick/platform-testing';
import { DefaultLogger, type ReplayResult, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';

const codePath = join(import.meta.dirname, '../dist/workflows.cjs');
const folder = join(import.meta.dirname, 'histories');
const names = readdirSync(folder).filter((file) => file.endsWith('.json'));

interface HistoryEvent {
  readonly eventId: string;
  eventType: string;
  readonly eventTime: string;
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  startChildWorkflowExecutionInitiatedEventAttributes?: { workflowId: string };
  workflowExecutionCompletedEventAttributes?: object;
}
interface History {
  events: HistoryEvent[];
}

const load = (name: string): History => JSON.parse(readFileSync(join(folder, name), 'utf8')) as History;

// One worker for all, one history after the other: to make a worker takes longer than to replay.
let given: History;
function* histories() {
  for (;;) yield { workflowId: 'rotation/acme/ios', history: given };
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
  if (!existsSync(codePath)) throw new Error('the workflows are not bundled: run "npx nx bundle @tallystick/tokens-workflows"');
  replays = Worker.runReplayHistories({ workflowBundle: { codePath } }, histories());
});
afterAll(() => replays.return?.());

describe('the histories of earlier versions', () => {
  it('are there, one for each way that a run can go', () => {
    expect(names.map((name) => name.replace(/^v\d+-/, ''))).toEqual(
      expect.arrayContaining([
        'carried-on.json',
        'finished.json',
        'finished-by-adoption.json',
        'held-and-resumed.json',
        'replaced-value.json',
        'on-targets.json',
        'on-targets-inspected.json',
        'on-targets-rolled-back.json',
        'rolled-back.json',
        'scheduled.json',
        'scheduled-and-ended-by-hand.json',
        'scheduled-while-one-runs.json',
      ]),
    );
  });

  it.each(names)('R9: %s is replayed without a difference', async (name) => {
    await replay(load(name));
  });

  it.each(names)('%s shows neither a person nor a machine, nor a value or digest of a token', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const payloads = [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
      Buffer.from(data!, 'base64').toString(),
    );
    expect(payloads.length).toBeGreaterThan(0);
    expect([text, ...payloads].join('\n')).not.toMatch(/[\w.]@[a-z]|\+\d{7}|username|\((?!\/app\/)\/|tsk_/i);
    // Revisions and receipts of targets are keyed with a secret of the installation, and are of configurations, not of a token.
    const others = payloads.join('\n').replaceAll(/"(?:rest|revision|expected)":"[0-9a-f]{64}"/g, '');
    expect(others).not.toMatch(/[0-9a-f]{64}/);
  });
});

describe('what a rotation decides', () => {
  const told = names.filter((name) => !name.startsWith('v1-'));

  it.each(told)('%s hangs on no time but what it was told', async (name) => {
    await replay(asToldByAQuestion(load(name), { days: 1 }));
  });

  it.each(told)('%s does not hang on what the server says of its length', async (name) => {
    await replay(asToldByAQuestion(load(name), { isLong: true }));
  });

  it.each([{ days: 1 }, { isLong: true }])(
    'before it was told all that it goes by, did (%j): it could stand still for good',
    async (how) => {
      await expect(replay(asToldByAQuestion(load('v1-finished-by-adoption.json'), how))).rejects.toThrow(
        DeterminismViolationError,
      );
    },
  );
});

describe('a history that the code could not have made', () => {
  const tampered: readonly [string, string, (history: History) => void][] = [
    [
      'calls another activity',
      'v1-finished.json',
      ({ events }) => {
        for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
          if (scheduled) scheduled.activityType.name = 'mintLater';
        }
      },
    ],
    [
      'sleeps where the code calls its activity',
      'v1-finished.json',
      ({ events }) => {
        const at = events.findIndex((it) => it.activityTaskScheduledEventAttributes);
        const { activityTaskScheduledEventAttributes: _gone, ...event } = events[at]!;
        const timer = { timerId: '1', startToFireTimeout: '60s', workflowTaskCompletedEventId: String(at) };
        events[at] = { ...event, eventType: 'EVENT_TYPE_TIMER_STARTED', ...{ timerStartedEventAttributes: timer } };
        events.length = at + 1;
      },
    ],
    [
      'ends before the revocation that was due',
      'v1-finished.json',
      ({ events }) => {
        const at = events.findIndex((it) => it.activityTaskScheduledEventAttributes?.activityType.name === 'revoke');
        const end = events.at(-1)!;
        events.length = at;
        events.push({ ...end, eventId: String(at + 1) });
      },
    ],
    [
      'starts what was scheduled under an id that does not lock its segment',
      'v1-scheduled.json',
      ({ events }) => {
        for (const { startChildWorkflowExecutionInitiatedEventAttributes: started } of events)
          if (started) started.workflowId += '-2';
      },
    ],
    [
      'does not wait for the rotation that it started',
      'v1-scheduled.json',
      ({ events }) => {
        const at = events.findIndex(({ eventType }) => eventType === 'EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED');
        const end = events.at(-1)!;
        events.length = at;
        events.push({ ...end, eventId: String(at + 1) });
      },
    ],
  ];
  it.each(tampered)('because it %s, is refused (%s)', async (_, name, tamper) => {
    const history = load(name);
    await replay(structuredClone(history));
    tamper(history);
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});
