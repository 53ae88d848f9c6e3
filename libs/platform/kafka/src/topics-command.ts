import type { Logger } from '@tallystick/platform-observability';
import { createKafka } from './create-kafka.ts';
import type { KafkaAddress } from './kafka-variables.ts';
import { ensureTopics, missingTopics, type TopicSpec } from './topics.ts';

export const topicsUsage = `topics show                      lists the topics that this process needs, as JSON, and asks nobody
topics create [--replication=N]  makes those that are missing (N copies of each; the broker's default, unless told); leaves the others as they are
`;

/**
 * What a deploy calls before the first start of a process: `topics show|create`, `args` being what follows `topics`. Gives the exit code:
 * 0 done, 1 not done, 2 called wrongly.
 */
export async function runTopicsCommand(
  args: readonly string[],
  {
    address,
    client,
    topics,
    logger,
    write = (text) => void process.stdout.write(text),
    withinMs = 60_000,
  }: {
    /** Undefined where the process may run without Kafka, and none is configured. */
    readonly address: KafkaAddress | undefined;
    /** What the brokers call it. */
    readonly client: string;
    readonly topics: readonly TopicSpec[];
    readonly logger: Logger;
    readonly write?: (text: string) => void;
    readonly withinMs?: number;
  },
): Promise<0 | 1 | 2> {
  const [command, ...options] = args;
  const replication = replicationOf(options);
  if (command === 'show' && options.length === 0) {
    write(`${JSON.stringify(topics, undefined, 2)}\n`);
    return 0;
  }
  if (command !== 'create' || replication === 'wrong') {
    write(topicsUsage);
    return 2;
  }
  if (address === undefined) {
    write('no Kafka is configured for this process: set its …_KAFKA_BROKERS\n');
    return 1;
  }
  const kafka = createKafka({ ...address, clientId: client, logger });
  const names = topics.map(({ topic }) => topic);
  const wanted = topics.map((each) => (replication === undefined ? each : { ...each, replicationFactor: replication }));
  try {
    const missing = new Set(await missingTopics(kafka, names));
    await ensureTopics(kafka, wanted, withinMs);
    for (const name of names) write(`${name}: ${missing.has(name) ? 'made' : 'was there'}\n`);
    return 0;
  } catch (error) {
    write(`${error instanceof Error ? error.message : 'the topics could not be made'}${why(error)}\n`);
    return 1;
  }
}

/** The broker's own words: kafkajs gathers those of each topic behind "Topic creation errors". */
function why(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return '';
  const each = (cause as { readonly errors?: unknown }).errors;
  const words = Array.isArray(each) ? each.filter((one): one is Error => one instanceof Error).map(({ message }) => message) : [];
  return ` (${words.length > 0 ? [...new Set(words)].join('; ') : cause.message})`;
}

function replicationOf(options: readonly string[]): number | undefined | 'wrong' {
  const [option, ...more] = options;
  if (option === undefined) return undefined;
  const copies = /^--replication=([1-9]|10)$/.exec(option)?.[1];
  return copies === undefined || more.length > 0 ? 'wrong' : Number(copies);
}
