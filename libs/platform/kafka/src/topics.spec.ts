import { expect, it } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { ensureTopics } from './topics.ts';

it.each(['deadline', 'signal'])(
  'topics are given up at the %s while connecting hangs, and nothing is done behind it',
  async (by) => {
    const log: string[] = [];
    let connect: () => void = () => undefined;
    let disconnected: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (disconnected = resolve));
    const admin = {
      connect: () => new Promise<void>((resolve) => (connect = resolve)),
      listTopics: () => Promise.resolve(void log.push('listed')),
      disconnect: () => Promise.resolve(disconnected()),
    };
    const kafka = { admin: () => (log.push('made'), admin) } as unknown as Kafka;
    const stop = new AbortController();
    const made = ensureTopics(kafka, [{ topic: 'a', numPartitions: 1 }], by === 'deadline' ? 20 : 60_000, stop.signal);
    if (by === 'signal') stop.abort();
    await expect(made).rejects.toThrow('these topics are not ready: a');
    connect(); // too late
    await isOver;
    expect(log).toEqual(['made']);
  },
);
