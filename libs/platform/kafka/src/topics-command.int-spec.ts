import { expect, it } from '@jest/globals';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { createLogger } from '@tallystick/platform-observability';
import { createKafka } from './create-kafka.ts';
import { endOffsets } from './topics.ts';
import { runTopicsCommand } from './topics-command.ts';

const [address, client] = [{ brokers: endpoints().kafka }, 'topics-command'];
const logger = createLogger({ service: client, level: 'silent' });
const kafka = createKafka({ ...address, clientId: client, logger });

async function run(args: readonly string[], topics: Parameters<typeof runTopicsCommand>[1]['topics']) {
  const written: string[] = [];
  const code = await runTopicsCommand(args, {
    ...{ address, client, topics, logger },
    withinMs: 10_000,
    write: (text) => written.push(text),
  });
  return { code, text: written.join('') };
}

it('makes the topics that are missing once, says of each what became of it, and leaves it alone the next time', async () => {
  const topic = uniqueName('made-by-command');
  const topics = [{ topic, numPartitions: 2 }];
  expect(await run(['create', '--replication=1'], topics)).toEqual({ code: 0, text: `${topic}: made\n` });
  expect(await endOffsets(kafka, topic)).toHaveLength(2);
  expect(await run(['create'], [{ topic, numPartitions: 5 }])).toEqual({ code: 0, text: `${topic}: was there\n` });
  expect(await endOffsets(kafka, topic)).toHaveLength(2);
});

it('says which topics could not be made, and why, with status 1', async () => {
  const topic = uniqueName('no-such-copies');
  const { code, text } = await run(['create', '--replication=9'], [{ topic, numPartitions: 1 }]);
  expect(code).toBe(1);
  expect(text).toMatch(new RegExp(`these topics are not ready: ${topic} \\(.*replication`, 'i'));
});

it.each([[[]], [['make']], [['create', '--replication=0']], [['create', '--replication=3', 'more']], [['show', 'all']]])(
  'explains itself when it is called wrongly: %j',
  async (args) => {
    expect(await run(args, [])).toEqual({ code: 2, text: expect.stringContaining('topics create') });
  },
);

it('says what to set, where no Kafka is configured', async () => {
  const written: string[] = [];
  const asked = { address: undefined, client, topics: [], logger, write: (text: string) => void written.push(text) };
  expect(await runTopicsCommand(['create'], asked)).toBe(1);
  expect(written).toEqual(['no Kafka is configured for this process: set its …_KAFKA_BROKERS\n']);
});
