import { describe, expect, it } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { createProducer, KafkaSendError } from './producer.ts';

type Send = () => Promise<unknown>;

/** A KafkaJS whose producers send as told; it records which producer sent what. */
function fakeKafka(...sends: Send[]) {
  const log: string[] = [];
  let made = 0;
  const kafka = {
    producer: () => {
      const id = (made += 1);
      return {
        connect: () => Promise.resolve(),
        disconnect: () => Promise.resolve(void log.push(`${id} disconnected`)),
        send: ({ topic }: { topic: string }) => {
          log.push(`${id} ${topic}`);
          return (sends.shift() ?? (() => Promise.resolve([])))();
        },
      };
    },
  } as unknown as Kafka;
  return { kafka, log };
}
const never: Send = () => new Promise(() => undefined);
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'sent',
    (error: unknown) => (error as KafkaSendError).outcome,
  );

describe('a producer', () => {
  it('sends one after another, with one producer id as long as all goes well', async () => {
    const { kafka, log } = fakeKafka();
    const producer = createProducer(kafka);
    await Promise.all(['a', 'b', 'c'].map((topic) => producer.send(topic, [{ value: 'x' }])));
    expect(log).toEqual(['1 a', '1 b', '1 c']);
    await producer.close();
    expect(log.at(-1)).toBe('1 disconnected');
  });

  it('gives its producer id up after a failure, so that the next send can not be taken for a duplicate', async () => {
    const { kafka, log } = fakeKafka(() => Promise.reject(new Error('connect ECONNREFUSED')));
    const producer = createProducer(kafka);
    const results = await Promise.all([outcome(producer.send('a', [])), outcome(producer.send('b', []))]);
    expect(results).toEqual(['unknown', 'sent']);
    expect(log.filter((entry) => !entry.includes('disconnected'))).toEqual(['1 a', '2 b']);
    expect(log).toContain('1 disconnected');
  });

  it('has an end: the one under way is unknown, those that waited behind it are not sent', async () => {
    const { kafka, log } = fakeKafka(never);
    const producer = createProducer(kafka, { sendDeadlineMs: 30 });
    const results = await Promise.all([outcome(producer.send('a', [])), outcome(producer.send('b', []))]);
    expect(results).toEqual(['unknown', 'not-sent']);
    expect(log).toEqual(['1 a']);
  });

  it('never sends later what it has called not sent', async () => {
    let finish: (value: unknown) => void = () => undefined;
    const { kafka, log } = fakeKafka(() => new Promise((resolve) => (finish = resolve)));
    const producer = createProducer(kafka, { sendDeadlineMs: 30 });
    expect(await Promise.all([outcome(producer.send('a', [])), outcome(producer.send('b', []))])).toEqual([
      'unknown',
      'not-sent',
    ]);
    finish([]);
    expect(await outcome(producer.send('c', []))).toBe('sent');
    expect(log).toEqual(['1 a', '1 c']);
  });

  it('refuses at once what would wait behind too many, and anything once closed', async () => {
    const { kafka } = fakeKafka(never);
    const producer = createProducer(kafka, { sendDeadlineMs: 30, maxWaiting: 1 });
    const first = outcome(producer.send('a', []));
    await expect(producer.send('b', [])).rejects.toThrow('1 sends are waiting already');
    await first;
    await producer.close();
    await expect(producer.send('c', [])).rejects.toThrow(new KafkaSendError('not-sent', 'the producer is closed'));
  });
});
