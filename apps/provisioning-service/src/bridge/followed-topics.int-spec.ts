import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { InMemorySourceRecordStore } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import {
  createKafka,
  createOffsetReader,
  createProducer,
  ensureTopics,
  type KafkaRecord,
  missingTopics,
  runConsumer,
} from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { FollowedTopics } from './followed-topics.ts';
import { SourceWatch } from './source-watch.ts';

const logger = createLogger({ service: 'followed-int', level: 'silent' });
const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'followed-int', logger });
const offsets = createOffsetReader(kafka);
const environment = environmentId('acme');
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(() => offsets.close());

/** A bridge's consumer and watch over real topics; each topic is the connection of its name. */
function bridge() {
  const seen: string[] = [];
  const missing: string[] = [];
  const alarms: string[] = [];
  const clock = { now: 0 };
  const refOf = (topic: string) => ({ environment, connection: connectionId(topic) });
  const watch = new SourceWatch({
    store: new InMemorySourceRecordStore(),
    offsetsOf: offsets.read,
    now: () => instant(1_000 + clock.now),
    onStop: ({ connection }, { because }) => void alarms.push(`${connection} ${because}`),
    onGap: ({ connection }) => void alarms.push(`${connection} gap`),
  });
  const groupId = uniqueName('group');
  const topics = new FollowedTopics({
    consume: (names) =>
      runConsumer({
        kafka,
        groupId,
        topics: names,
        fromBeginning: true,
        logger,
        concurrency: 4,
        retryDelayMs: { first: 50, max: 200 },
        onJoin: () => watch.joined(),
        handleBatch: async (records, { seekTo }) => {
          const { topic } = records[0] as KafkaRecord;
          const admitted = await watch.admit(refOf(topic), records);
          if (admitted.kind === 'rewind') return seekTo(admitted.to);
          seen.push(...records.map(({ value }) => `${topic} ${String(value)}`));
          await watch.handled(refOf(topic), admitted, records);
        },
      }),
    prepare: async (topic) => {
      if ((await missingTopics(kafka, [topic])).length > 0) throw new Error('it is not there');
    },
    missing: (names) => missingTopics(kafka, names),
    onMissing: (topic) => void missing.push(topic),
    elapsedMs: () => clock.now,
  });
  ends.push(() => topics.stop());
  return { topics, clock, missing, alarms, hasSeen: (topic: string, text: string) => seen.includes(`${topic} ${text}`) };
}

const make = (topic: string) => ensureTopics(kafka, [{ topic, numPartitions: 1 }]);
/** With a producer of its own: what one knows of a topic does not hold for the one that is made anew. */
async function send(topic: string, text: string, count = 1): Promise<void> {
  const producer = createProducer(kafka);
  const records = Array.from({ length: count }, (_, n) => ({ key: 'k', value: n === count - 1 ? text : `${text}-${n}` }));
  await producer.send(topic, records).finally(() => producer.close());
}
async function remove(topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] }).finally(() => admin.disconnect());
  await eventually(async () => (await missingTopics(kafka, [topic])).length > 0, { withinMs: 15_000, what: 'it is deleted' });
}
const within = (what: string) => ({ withinMs: 40_000, what });

describe('topics that come and go under a running bridge', () => {
  it('are read when they are there; one that is deleted keeps no other from being read; made anew, it is another source', async () => {
    const [people, staff, late] = [uniqueName('people'), uniqueName('staff'), uniqueName('late')];
    const { topics, clock, missing, alarms, hasSeen } = bridge();
    await Promise.all([make(people), make(staff)]);
    await topics.follow([people, staff, late]);
    expect(missing).toEqual([late]);
    await Promise.all([send(people, 'one', 5), send(staff, 'one', 5)]);
    await eventually(() => hasSeen(people, 'one') && hasSeen(staff, 'one'), within('both are read'));

    await make(late);
    await send(late, 'one');
    clock.now += 15_000;
    await topics.follow([people, staff, late]);
    await eventually(() => hasSeen(late, 'one'), within('the one that joined is read'));

    await remove(staff);
    clock.now += 15_000;
    await topics.follow([people, staff, late]);
    expect([missing, topics.reads(staff)]).toEqual([[late, staff], false]);
    await send(people, 'two');
    await eventually(() => hasSeen(people, 'two'), within('the others are read while one is gone'));

    await make(staff);
    await send(staff, 'anew', 20);
    clock.now += 15_000;
    await topics.follow([people, staff, late]);
    await eventually(() => alarms.length > 0, within('the topic that was made anew is found out'));
    expect(alarms).toEqual([`${staff} other-record`]);
    await send(people, 'three');
    await eventually(() => hasSeen(people, 'three'), within('the others are read while one is stopped'));

    await topics.follow([people]);
    await send(people, 'four');
    await eventually(() => hasSeen(people, 'four'), within('the rest is read after one has left'));
  }, 180_000);

  it('are found out when they are made anew between two looks, though the group goes on where it was', async () => {
    const [people, staff] = [uniqueName('people'), uniqueName('staff')];
    const { topics, clock, alarms, hasSeen } = bridge();
    await Promise.all([make(people), make(staff)]);
    await topics.follow([people, staff]);
    await Promise.all([send(people, 'one', 5), send(staff, 'one', 5)]);
    await eventually(() => hasSeen(people, 'one') && hasSeen(staff, 'one'), within('both are read'));
    await remove(staff);
    await make(staff);
    clock.now += 6_000;
    await send(staff, 'anew', 20);
    await eventually(() => alarms.length > 0, within('the topic that was made anew is found out'));
    expect(alarms).toEqual([`${staff} other-record`]);
    await send(people, 'two');
    await eventually(() => hasSeen(people, 'two'), within('the other one is read on'));
  }, 180_000);
});
