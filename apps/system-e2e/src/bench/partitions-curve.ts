import { createKafka, createProducer, ensureTopics } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { SeenDirectory } from '../system/seen-directory.ts';
import { startSystem } from '../system/system.ts';
import { waitUntil } from '../system/wait-until.ts';
import { attributesOf, benchConnection } from './devices-bench.ts';
import { countOf } from './process-figures.ts';
import type { SectionOptions } from './section.ts';

export interface PartitionsPoint {
  readonly partitions: number;
  /** Records a second, from the first one's way to Kafka until all of their users are reconciled; one per round. */
  readonly perSecond: readonly number[];
}

const environment = 'bench-partitions';

/**
 * One connection for each number of partitions, all in one bridge, and records of users whom the provider has already and nobody has
 * looked at: from the topic through the store and Temporal to the end of a reconciliation. In turns.
 */
export async function measurePartitions(
  options: SectionOptions,
  { sizes = [1, 2, 3, 4], records = 300, rounds = 5 } = {},
): Promise<readonly PartitionsPoint[]> {
  const { root, folder, servers, progress } = options;
  if (servers.temporal === undefined) throw new Error('this section needs Temporal: tools/bench.mjs has to start it');
  const topicOf = (partitions: number): string => `${environment}.p${partitions}`;
  const kafka = createKafka({
    ...{ brokers: servers.kafka.split(','), clientId: 'bench' },
    logger: createLogger({ service: 'bench', level: 'silent' }),
  });
  await ensureTopics(kafka, sizes.map((numPartitions) => ({ topic: topicOf(numPartitions), numPartitions }))); // prettier-ignore
  const system = await startSystem({
    ...{ root, folder, environment },
    servers: { ...servers, temporal: servers.temporal },
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    connections: (properties) => sizes.map((size) => benchConnection(environment, `p${size}`, topicOf(size), properties)),
  });
  const producer = createProducer(kafka);
  try {
    const all = sizes.length * (rounds + 1) * records;
    progress(`${all.toLocaleString('en')} users at the provider`);
    await new SeenDirectory(system.url('directory-simulator')).reset({
      generate: { count: all, devices: ['email', 'sms', 'voice'] },
    });
    const done = () => countOf(system.url('temporal-worker'), 'tallystick_reconciliations_total');
    const found = sizes.map((partitions) => ({ partitions, perSecond: [] as number[] }));
    let next = 1;
    for (let round = 0; round <= rounds; round += 1)
      for (const [at, size] of sizes.entries()) {
        const messages = Array.from({ length: records }, (_, number) => {
          const person = attributesOf(next + number);
          return { key: person['username']!, value: JSON.stringify(person) };
        });
        next += records;
        const before = await done();
        const from = performance.now();
        await producer.send(topicOf(size), messages);
        await waitUntil(
          'all records to be reconciled',
          async () => {
            const count = (await done()) - before;
            progress(`${size} partitions, ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${count} of ${records}`);
            return count >= records;
          },
          { withinMs: 300_000, everyMs: 50 },
        );
        if (round > 0) found[at]!.perSecond.push((records / (performance.now() - from)) * 1_000);
      }
    return found;
  } finally {
    await producer.close();
    await system.stop();
  }
}
