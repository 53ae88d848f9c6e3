import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import {
  type ConsumerOptions,
  createKafka,
  createOffsetReader,
  createProducer,
  endOffsets,
  ensureTopics,
  type KafkaRecord,
  type RecordHandler,
  runConsumer,
  type RunningConsumer,
} from './index.ts';

const logger = createLogger({ service: 'kafka-int', level: 'silent' });
const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'kafka-int', logger });
const producer = createProducer(kafka);
const consumers: RunningConsumer[] = [];
afterEach(() => Promise.all(consumers.splice(0).map((consumer) => consumer.stop())));
afterAll(() => producer.close());

async function newTopic(numPartitions = 1): Promise<string> {
  const topic = uniqueName('int');
  await ensureTopics(kafka, [{ topic, numPartitions }]);
  return topic;
}
const start = (topic: string, handle: RecordHandler, more: Partial<ConsumerOptions> = {}): RunningConsumer => {
  const consumer = runConsumer({
    kafka,
    logger,
    groupId: uniqueName('group'),
    topics: [topic],
    fromBeginning: true,
    retryDelayMs: { first: 30, max: 100 },
    ...more,
    handle,
  });
  consumers.push(consumer);
  return consumer;
};
const numbers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ key: 'k', value: String(from + index) }));
const text = ({ value }: KafkaRecord) => String(value);
const within = { withinMs: 15_000 };

describe('topics', () => {
  it('are made once, by any number of clients at the same time, and left alone afterwards', async () => {
    const specs = [
      { topic: uniqueName('int'), numPartitions: 3 },
      { topic: uniqueName('int'), numPartitions: 1, compact: true, config: { 'max.message.bytes': '2000000' } },
    ];
    await Promise.all([ensureTopics(kafka, specs), ensureTopics(kafka, specs), ensureTopics(kafka, specs)]);
    await ensureTopics(
      kafka,
      specs.map((spec) => ({ ...spec, numPartitions: 9 })),
    );
    expect(
      (await endOffsets(kafka, specs[0]?.topic ?? '')).map(({ partition, low, high }) => [partition, low, high]).sort(),
    ).toEqual([
      [0, '0', '0'],
      [1, '0', '0'],
      [2, '0', '0'],
    ]);
  }, 40_000);

  it('that can not be made are named', async () => {
    await expect(ensureTopics(kafka, [{ topic: 'not allowed!', numPartitions: 1 }], 1_500)).rejects.toThrow(
      'these topics are not ready: not allowed!',
    );
  }, 40_000);
});

describe('a record', () => {
  it('arrives as it was sent: bytes, tombstone, headers, repeated headers, offset and time', async () => {
    const topic = await newTopic();
    const bytes = Buffer.from([0, 255, 128, 10]);
    const before = Date.now();
    await producer.send(topic, [
      { key: bytes, value: bytes, headers: { one: 'x', many: ['a', Buffer.from([255])] } },
      { key: 'k', value: null },
    ]);
    const seen: KafkaRecord[] = [];
    start(topic, (record) => Promise.resolve(void seen.push(record)));
    await eventually(() => seen.length === 2, { ...within, what: 'both records' });
    const [first, second] = seen;
    expect([first?.key?.equals(bytes), first?.value?.equals(bytes)]).toEqual([true, true]);
    expect([first?.topic, first?.partition, first?.offset, second?.offset]).toEqual([topic, 0, '0', '1']);
    expect(String(first?.headers['one'])).toBe('x');
    expect((first?.headers['many'] as Buffer[]).map((part) => Buffer.from(part).toString('hex'))).toEqual(['61', 'ff']);
    expect(second?.value).toBeNull();
    expect(first?.timestamp).toBeGreaterThanOrEqual(before - 1_000);
    expect((await endOffsets(kafka, topic))[0]).toEqual({ partition: 0, low: '0', high: '2' });
  }, 40_000);
});

describe('a consumer', () => {
  it('R20, R21: keeps the order and loses nothing when its handler fails for a while, and other partitions go on', async () => {
    const topic = await newTopic(2);
    await producer.send(topic, [
      ...numbers(20).map((one) => ({ ...one, partition: 0 })),
      ...numbers(20).map((one) => ({ ...one, partition: 1 })),
    ]);
    const handled: Record<number, string[]> = { 0: [], 1: [] };
    const failures: number[] = [];
    let broken = true;
    start(
      topic,
      (record, { attempt }) => {
        if (broken && record.partition === 0 && text(record) === '7') {
          failures.push(attempt);
          return Promise.reject(new TypeError('the park topic is not writable'));
        }
        handled[record.partition]?.push(text(record));
        return Promise.resolve();
      },
      { concurrency: 2 },
    );
    await eventually(() => failures.length >= 5 && handled[1]?.length === 20, {
      ...within,
      what: 'five attempts, and the other partition done',
    });
    expect(handled[0]).toEqual(numbers(7).map(({ value }) => value));
    expect(failures.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    broken = false;
    await eventually(() => handled[0]?.length === 20, { ...within, what: 'the rest' });
    expect(handled[0]).toEqual(numbers(20).map(({ value }) => value));
  }, 40_000);

  it('R4: begins again after the last record that was handled, not after the last one fetched', async () => {
    const topic = await newTopic();
    const groupId = uniqueName('group');
    await producer.send(topic, numbers(10));
    const [first, second]: [string[], string[]] = [[], []];
    const one = start(
      topic,
      (record) => (first.length === 6 ? Promise.reject(new Error('full')) : Promise.resolve(void first.push(text(record)))),
      { groupId },
    );
    await eventually(() => first.length === 6, { ...within, what: 'six records' });
    await one.stop();
    start(topic, (record) => Promise.resolve(void second.push(text(record))), { groupId });
    await eventually(() => second.length >= 4, { ...within, what: 'the other four' });
    expect([...first, ...second]).toEqual(numbers(10).map(({ value }) => value));
  }, 40_000);

  it('hands batches out whole, again whole after a failure', async () => {
    const topic = await newTopic();
    await producer.send(topic, numbers(5));
    const batches: string[][] = [];
    const consumer = runConsumer({
      ...{
        kafka,
        logger,
        groupId: uniqueName('group'),
        topics: [topic],
        fromBeginning: true,
        retryDelayMs: { first: 10, max: 10 },
      },
      handleBatch: (records) => (batches.push(records.map(text)) === 1 ? Promise.reject(new Error('first')) : Promise.resolve()),
    });
    consumers.push(consumer);
    await eventually(() => batches.length === 2, { ...within, what: 'two deliveries' });
    expect(batches[1]).toEqual(batches[0]);
    expect(batches[0]).toEqual(['0', '1', '2', '3', '4']);
  }, 40_000);

  it('R18: goes on at the offset that its handler asks for, and nothing of that delivery counts as handled', async () => {
    const topic = await newTopic();
    await producer.send(topic, numbers(10));
    const offsets = createOffsetReader(kafka);
    expect(await offsets.read(topic)).toEqual([{ partition: 0, low: '0', high: '10' }]);
    await offsets.close();
    const groupId = uniqueName('group');
    const first: number[][] = [];
    const handled = (into: number[][], records: readonly KafkaRecord[]) => into.push(records.map((it) => Number(it.offset)));
    const options = { kafka, logger, groupId, topics: [topic], fromBeginning: true };
    const one = runConsumer({ ...options, handleBatch: (records) => Promise.resolve(void handled(first, records)) });
    consumers.push(one);
    await eventually(() => first.flat().includes(9), { ...within, what: 'all records' });
    await one.stop();
    await producer.send(topic, numbers(2, 10));

    const second: number[][] = [];
    const two = runConsumer({
      ...options,
      handleBatch: (records, { seekTo }) => {
        handled(second, records);
        if (second.length === 1) seekTo('4');
        return Promise.resolve();
      },
    });
    consumers.push(two);
    await eventually(() => second.slice(1).flat().includes(11), { ...within, what: 'the records from there' });
    expect(second[0]?.[0]).toBe(10);
    expect(second.slice(1).flat()).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('keeps its membership while one handler takes longer than the session time-out', async () => {
    const topic = await newTopic();
    await producer.send(topic, numbers(3));
    const deliveries: string[] = [];
    let joins = 0;
    const consumer = start(
      topic,
      async (record) => {
        deliveries.push(text(record));
        if (text(record) === '1') await new Promise((resolve) => setTimeout(resolve, 9_000)); // the session time-out below is the broker's smallest
      },
      { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
    );
    await consumer.joined;
    joins = consumer.assignedPartitions().length;
    await eventually(() => deliveries.length >= 3, { withinMs: 30_000, what: 'all records' });
    expect(deliveries).toEqual(['0', '1', '2']);
    expect([joins, consumer.assignedPartitions()]).toEqual([1, [{ topic, partition: 0 }]]);
  }, 60_000);

  it('R15: shares partitions with another one and loses nothing, also while a handler keeps failing', async () => {
    const topic = await newTopic(4);
    const groupId = uniqueName('group');
    const seen = new Set<string>();
    let broken = true;
    const handle: RecordHandler = (record) => {
      if (broken && record.partition === 0) return Promise.reject(new Error('not now'));
      return Promise.resolve(void seen.add(`${record.partition}:${text(record)}`));
    };
    const send = (from: number) =>
      producer.send(
        topic,
        [0, 1, 2, 3].flatMap((partition) => numbers(25, from).map((one) => ({ ...one, partition }))),
      );
    await send(0);
    const one = start(topic, handle, { groupId, heartbeatIntervalMs: 300 });
    await eventually(() => seen.size === 75, { ...within, what: 'three partitions' });
    const two = start(topic, handle, { groupId, heartbeatIntervalMs: 300 });
    await eventually(() => one.assignedPartitions().length === 2 && two.assignedPartitions().length === 2, {
      ...within,
      what: 'two partitions each',
    });
    await send(25);
    broken = false;
    await eventually(() => seen.size === 200, { ...within, what: 'all records' });
    await one.stop();
    await eventually(() => two.assignedPartitions().length === 4, { ...within, what: 'the other takes over' });
    await send(50);
    await eventually(() => seen.size === 300, { ...within, what: 'the last records' });
  }, 60_000);

  it('hands nothing out while it is paused, and goes on where it was', async () => {
    const topic = await newTopic();
    const seen: string[] = [];
    const consumer = start(topic, (record) => Promise.resolve(void seen.push(text(record))));
    await producer.send(topic, numbers(3));
    await eventually(() => seen.length === 3, { ...within, what: 'the first three' });
    consumer.pause();
    await producer.send(topic, numbers(3, 3));
    const probe = start(topic, () => Promise.resolve(), { groupId: uniqueName('probe') });
    await probe.joined;
    await new Promise((resolve) => setTimeout(resolve, 800)); // longer than two fetches
    expect(seen).toHaveLength(3);
    consumer.resume();
    await eventually(() => seen.length === 6, { ...within, what: 'the other three' });
    expect(seen).toEqual(numbers(6).map(({ value }) => value));
  }, 40_000);

  it('stops quickly: when idle, when a record waits for its repetition, and when a handler hangs', async () => {
    const topic = await newTopic();
    await producer.send(topic, numbers(1));
    const timed = async (consumer: RunningConsumer) => {
      const begin = performance.now();
      await consumer.stop();
      return performance.now() - begin;
    };
    let calls = 0;
    const idle = start(topic, () => Promise.resolve(), { fromBeginning: false });
    await idle.joined;
    expect(await timed(idle)).toBeLessThan(2_500);

    const failing = start(topic, () => Promise.reject(new Error(`no ${(calls += 1)}`)), {
      retryDelayMs: { first: 60_000, max: 60_000 },
    });
    await eventually(() => calls === 1, { ...within, what: 'a failure' });
    expect(await timed(failing)).toBeLessThan(2_500);

    const hangingGroup = uniqueName('hanging');
    let signal: AbortSignal | undefined;
    let release: () => void = () => undefined;
    const hanging = start(topic, (_, context) => new Promise((resolve) => ([signal, release] = [context.signal, resolve])), {
      groupId: hangingGroup,
      drainMs: 500,
    });
    await eventually(() => signal, { ...within, what: 'a hanging handler' });
    expect(await timed(hanging)).toBeLessThan(2_500);
    expect(signal?.aborted).toBe(true);
    release();
    // Its disconnect goes on behind the stop; a test file must not end under it.
    const admin = kafka.admin();
    await admin.connect();
    await eventually(async () => (await admin.describeGroups([hangingGroup])).groups[0]?.members.length === 0, {
      ...within,
      what: 'the hanging consumer to leave its group',
    });
    await admin.disconnect();
  }, 60_000);
});
