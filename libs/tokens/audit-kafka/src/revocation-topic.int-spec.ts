import { afterAll, describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { createKafka, createProducer, endOffsets, ensureTopics, readToEnd } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import type { OutboxEntry, RingShard } from '@tallystick/tokens-domain';
import { createRevocationPublisher } from './revocation-publisher.ts';
import { auditTopicSpecs } from './audit-topics.ts';
import { kafkaRevocationTopic } from './revocation-topic.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'test', logger });
const producer = createProducer(kafka);
afterAll(() => producer.close());

const shard = '07' as RingShard;
const acme = environmentId('acme');
const revoking = (seq: number, ...tokens: readonly string[]) => ({
  seq,
  environment: acme,
  audit: JSON.stringify({ at: '2027-01-15T08:00:00.000Z', revoked: tokens }),
});
const newTopics = () => ({ audit: uniqueName('audit'), heads: uniqueName('heads'), revocations: uniqueName('revocations') });
const publisherOf = (topics: ReturnType<typeof newTopics>) => {
  const publisher = createRevocationPublisher({ producer, topics, logger });
  return async (entries: readonly OutboxEntry[], completeUpTo: number | undefined) => {
    await publisher.revocations(shard, 'e', entries);
    if (completeUpTo !== undefined) await publisher.complete(shard, 'e', completeUpTo);
  };
};
const readAll = async (topic: string) => {
  const tokens: string[] = [];
  const published = await kafkaRevocationTopic({ kafka, topic, logger }).read(({ token }) => void tokens.push(token));
  return { tokens, published };
};

describe('the revocations', () => {
  it('are read whole: none at first, then all that were published, with how far each shard is complete', async () => {
    const topics = newTopics();
    await ensureTopics(kafka, auditTopicSpecs(topics));
    expect(await readAll(topics.revocations)).toEqual({ tokens: [], published: new Map() });
    const publish = publisherOf(topics);
    await publish([revoking(1, 'tok_a', 'tok_b')], 1);
    await publish([revoking(2, 'tok_c')], undefined);
    await producer.send(topics.revocations, [{ key: 'who knows', value: 'what' }]);
    expect(await readAll(topics.revocations)).toEqual({
      tokens: ['tok_a', 'tok_b', 'tok_c'],
      published: new Map([[shard, { headEpoch: 'e', seq: 1 }]]),
    });
    const large = Array.from({ length: 40 }, (_, at) =>
      revoking(at + 3, ...Array.from({ length: 100 }, (_, n) => `tok_${at}-${n}-${'x'.repeat(600)}`)),
    );
    await publish(large, 42); // more than a broker takes in one request
    const { tokens, published } = await readAll(topics.revocations);
    expect([tokens.length, published.get(shard)?.seq]).toEqual([4_003, 42]);
  }, 60_000);

  it('are read to the end where compaction has left gaps, every time from the beginning', async () => {
    const topics = newTopics();
    const [specs, groupPrefix] = [auditTopicSpecs(topics), uniqueName('reader')];
    const eager = { 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.001', 'max.compaction.lag.ms': '100' };
    await ensureTopics(
      kafka,
      specs.map((spec) => (spec.compact ? { ...spec, config: eager } : spec)),
    );
    const publish = publisherOf(topics);
    const read = async () => {
      const keys: string[] = [];
      await readToEnd({ kafka, topic: topics.revocations, groupPrefix, onRecord: ({ key }) => void keys.push(String(key)) });
      return keys;
    };
    let seq = 0;
    const isCompacted = async () => {
      seq += 1;
      await publish([revoking(seq, 'tok_a')], seq);
      const [end] = await endOffsets(kafka, topics.revocations);
      return (await read()).length < Number(end?.high);
    };
    await eventually(isCompacted, { withinMs: 60_000, what: 'the broker has compacted the topic', everyMs: 200 });
    const { tokens, published } = await readAll(topics.revocations);
    expect([new Set(tokens), published.get(shard)?.seq]).toEqual([new Set(['tok_a']), seq]);
  }, 120_000);

  it('that are not there are a failure, never an empty answer', async () => {
    await expect(readAll(uniqueName('missing'))).rejects.toThrow();
  }, 60_000);
});
