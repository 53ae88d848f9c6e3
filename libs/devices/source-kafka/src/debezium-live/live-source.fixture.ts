import { createKafka, ensureTopics, type KafkaRecord, runConsumer, type RunningConsumer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { type Connectors, connectorsOf } from './connectors.fixture.ts';
import { openSession, type Session } from './postgres-session.fixture.ts';

const withinMs = 50_000;

/** A database of its own, its connectors, and what they put on Kafka. */
export interface LiveSource {
  readonly session: Session;
  readonly another: () => Promise<Session>;
  readonly connectors: Connectors;
  /** The name of a connector, which all its topics begin with. */
  readonly full: (name: string) => string;
  /** Takes a snapshot and goes on from there, unless the config says otherwise. Resolves when its task runs. */
  readonly start: (name: string, config: Readonly<Record<string, string>>) => Promise<void>;
  /** Makes topics, for the broker makes none by itself, and reads them from now on. */
  readonly follow: (...topics: string[]) => Promise<void>;
  readonly received: (topic: string) => readonly KafkaRecord[];
  /** All that was received, once it is that many. */
  readonly arrived: (topic: string, count: number) => Promise<readonly KafkaRecord[]>;
  /** Removes it all, also the slots: a connector that is gone leaves its slot, and the slot keeps the log. */
  readonly close: () => Promise<void>;
}

const needed = (variable: string): string => {
  const address = process.env[variable];
  if (!address) throw new Error(`${variable} is not set: run "npm test", which starts PostgreSQL and Kafka Connect`);
  return address;
};

export async function openLiveSource(): Promise<LiveSource> {
  const run = uniqueName('dbz');
  const database = run.replaceAll('-', '_');
  const { href: address, hostname, port, username } = new URL(needed('STACK_POSTGRES'));
  const logger = createLogger({ service: 'debezium-int', level: 'silent' });
  const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'debezium-int', logger });
  const connectors = connectorsOf(needed('STACK_CONNECT'));
  const server = await openSession(address);
  await server.run(`CREATE DATABASE ${database}`);
  const another = (): Promise<Session> => openSession(Object.assign(new URL(address), { pathname: database }).href);
  const session = await another();

  const started: string[] = [];
  const consumers: RunningConsumer[] = [];
  const records = new Map<string, KafkaRecord[]>();
  const received = (topic: string): readonly KafkaRecord[] => records.get(topic) ?? [];
  const full = (name: string): string => `${run}.${name}`;
  const slotOf = (name: string): string => `${database}_${name.replaceAll('-', '_')}`;

  return {
    session,
    another,
    connectors,
    full,
    received,
    arrived: (topic, count) =>
      eventually(() => received(topic).length >= count && received(topic), { withinMs, what: `${count} records on ${topic}` }),

    async follow(...topics) {
      await ensureTopics(
        kafka,
        topics.map((topic) => ({ topic, numPartitions: 1 })),
      );
      const handle = (record: KafkaRecord): Promise<void> => {
        records.set(record.topic, [...received(record.topic), record]);
        return Promise.resolve();
      };
      const consumer = runConsumer({ kafka, logger, groupId: uniqueName('dbz'), topics, fromBeginning: true, handle });
      consumers.push(consumer);
      await consumer.joined;
    },

    async start(name, config) {
      started.push(name);
      await connectors.start(full(name), {
        'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
        'plugin.name': 'pgoutput',
        'database.hostname': hostname,
        'database.port': port,
        'database.user': username,
        'database.dbname': database,
        'topic.prefix': full(name),
        'slot.name': slotOf(name),
        'publication.name': slotOf(name),
        'publication.autocreate.mode': 'filtered',
        'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'key.converter.schemas.enable': 'false',
        'value.converter.schemas.enable': 'false',
        'poll.interval.ms': '20',
        // Without these a connector waits for ever for a topic that is missing.
        'topic.creation.default.partitions': '1',
        'topic.creation.default.replication.factor': '1',
        ...config,
      });
    },

    async close() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await Promise.all(started.map((name) => connectors.remove(full(name))));
      session.end();
      for (const name of started) {
        const drop = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slotOf(name)}'`;
        await eventually(() => server.run(drop), { withinMs, what: `the slot of ${name} is free` });
      }
      await server.run(`DROP DATABASE ${database} WITH (FORCE)`);
      server.end();
    },
  };
}
