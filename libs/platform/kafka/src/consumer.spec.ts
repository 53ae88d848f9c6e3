import { describe, expect, it } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { createLogger } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { partitionRetries } from './consume-batch.ts';
import { runConsumer } from './consumer.ts';

type Listener = (event: { payload: Record<string, unknown> }) => void;

/** A KafkaJS consumer whose events the test sends. */
function fakeKafka() {
  const lives: { emit: (name: string, payload: Record<string, unknown>) => void; log: string[] }[] = [];
  const consumer = () => {
    const listeners = new Map<string, Listener>();
    const log: string[] = [];
    lives.push({ log, emit: (name, payload) => listeners.get(name)?.({ payload }) });
    const step = (name: string) => () => Promise.resolve(void log.push(name));
    return {
      events: { CRASH: 'crash', REBALANCING: 'rebalancing', DISCONNECT: 'disconnect', GROUP_JOIN: 'join' },
      on: (name: string, listener: Listener) => listeners.set(name, listener),
      ...{ connect: step('connect'), subscribe: step('subscribe'), run: step('run'), disconnect: step('disconnect') },
      ...{ pause: () => log.push('pause'), resume: () => log.push('resume') },
    };
  };
  return { kafka: { consumer } as unknown as Kafka, lives };
}
const options = {
  logger: createLogger({ service: 't', level: 'silent' }),
  groupId: 'g',
  topics: ['t'],
  fromBeginning: true,
  handle: () => Promise.resolve(),
};
const soon = { withinMs: 3_000 };

describe('a consumer', () => {
  it('is made anew when KafkaJS gives up, says so, and keeps a pause through it', async () => {
    const { kafka, lives } = fakeKafka();
    const crashes: string[] = [];
    let joins = 0;
    const onJoin = () => void (joins += 1);
    const consumer = runConsumer({ ...options, kafka, onJoin, onCrash: (error) => void crashes.push(error.message) });
    await eventually(() => lives[0]?.log.includes('run'), { ...soon, what: 'the first life' });
    lives[0]?.emit('join', { memberAssignment: { t: [0, 2] } });
    await consumer.joined;
    expect(consumer.assignedPartitions()).toEqual([
      { topic: 't', partition: 0 },
      { topic: 't', partition: 2 },
    ]);
    consumer.pause();
    lives[0]?.emit('crash', { restart: true, error: new Error('comes back by itself') });
    expect([consumer.assignedPartitions(), lives.length]).toEqual([[], 1]);
    lives[0]?.emit('crash', { restart: false, error: new Error('gave up') });
    await eventually(() => lives[1]?.log.includes('run'), { ...soon, what: 'the second life' });
    lives[1]?.emit('join', { memberAssignment: { t: [0] } });
    expect([crashes, joins]).toEqual([['gave up'], 2]);
    expect(lives.map(({ log }) => log)).toEqual([
      ['connect', 'subscribe', 'run', 'pause', 'disconnect'],
      ['connect', 'subscribe', 'run', 'pause'],
    ]);
    await consumer.stop();
    expect([lives.length, lives[1]?.log.at(-1)]).toEqual([2, 'disconnect']);
  });

  it('that is stopped before it joined says so, and does not come back', async () => {
    const { kafka, lives } = fakeKafka();
    const consumer = runConsumer({ ...options, kafka });
    await consumer.stop();
    await expect(consumer.joined).rejects.toThrow('stopped before it had joined');
    expect(lives).toHaveLength(1);
  });
});

describe('repetitions', () => {
  it('pause one partition, wait longer each time up to a limit, and begin anew after a success', async () => {
    const log: string[] = [];
    const control = {
      pause: (_: string, partition: number) => log.push(`pause ${partition}`),
      resume: (_: string, partition: number) => log.push(`resume ${partition}`),
    };
    const retries = partitionRetries({ first: 4, max: 16 }, control);
    const delays = [1, 2, 3, 4, 5, 6].map(() => retries.failed('t', 1).delayMs);
    for (const [index, limit] of [4, 8, 16, 16, 16, 16].entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(limit * 0.75 - 1);
      expect(delays[index]).toBeLessThanOrEqual(limit);
    }
    expect([retries.attempts('t', 1), retries.attempts('t', 2)]).toEqual([6, 0]);
    await eventually(() => log.includes('resume 1'), { ...soon, what: 'it resumes' });
    expect(log.filter((entry) => entry === 'resume 1')).toHaveLength(1); // one timer, not six
    retries.succeeded('t', 1);
    expect(retries.failed('t', 1).attempt).toBe(1);
    retries.clear();
  });
});
