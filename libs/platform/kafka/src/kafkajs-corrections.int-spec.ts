import { createRequire } from 'node:module';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { createKafka, createProducer, ensureTopics, type RecordHandler, runConsumer, type RunningConsumer } from './index.ts';

const logger = createLogger({ service: 'kafka-int', level: 'silent' });
const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'kafka-int', logger });
const producer = createProducer(kafka);
const consumers: RunningConsumer[] = [];
afterEach(() => Promise.all(consumers.splice(0).map((consumer) => consumer.stop())));
afterAll(() => producer.close());

const start = (topic: string, handle: RecordHandler): RunningConsumer => {
  const consumer = runConsumer({ kafka, logger, groupId: uniqueName('group'), topics: [topic], fromBeginning: true, handle });
  consumers.push(consumer);
  return consumer;
};

describe('the corrections', () => {
  it('leave no timer running on an idle connection', async () => {
    const topic = uniqueName('int');
    await ensureTopics(kafka, [{ topic, numPartitions: 1 }]);
    const consumer = start(topic, () => Promise.resolve());
    await consumer.joined;
    await producer.send(topic, [{ key: 'k', value: '1' }]);
    const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
      prototype: { checkPendingRequests: () => void };
    };
    const checks = jest.spyOn(queue.prototype, 'checkPendingRequests');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { length } = checks.mock.calls;
    checks.mockRestore();
    expect(length).toBeLessThan(30); // about three fetches answered; uncorrected it is about 900 for each connection
  }, 40_000);

  it('R17: let a compacted topic be read to its end where compaction left an empty batch at the end of a segment', async () => {
    const topic = uniqueName('int');
    const config = {
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.001',
      'min.compaction.lag.ms': '0',
      'delete.retention.ms': '0',
    };
    await ensureTopics(kafka, [{ topic, numPartitions: 1, compact: true, config }]);
    const roll = () => new Promise((resolve) => setTimeout(resolve, 250)); // a new segment begins with the next record after segment.ms
    const sendBy = async (keys: readonly string[], value: string) => {
      const another = createProducer(kafka);
      await another.send(
        topic,
        keys.map((key) => ({ key, value })),
      );
      await another.close();
    };
    await sendBy(['a', 'b'], '1');
    await roll();
    await sendBy(['c', 'd'], '1');
    await roll();
    await sendBy(['a', 'b', 'c', 'd'], '2');
    await roll();
    await sendBy(['end'], 'end');
    const compacted = async (): Promise<boolean> => {
      const keys: string[] = [];
      const reader = start(topic, (record) => Promise.resolve(void keys.push(`${String(record.key)}${String(record.value)}`)));
      await eventually(() => keys.includes('endend'), { withinMs: 8_000, what: `the end of the topic; read ${keys.join(' ')}` });
      await reader.stop();
      return !keys.includes('a1') && !keys.includes('c1');
    };
    await eventually(compacted, { withinMs: 45_000, what: 'the cleaner removes the old values', everyMs: 500 });
  }, 90_000);
});
