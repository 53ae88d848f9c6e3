import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { createKafka, createProducer, type KafkaProducer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { noteUsed } from './used-values.ts';

export interface FeedRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export type Person = Readonly<Record<string, string>>;

export const readPeople = (samples: string): Person[] =>
  parse(readFileSync(join(samples, 'users.csv'), 'utf8'), { columns: true, skip_empty_lines: true });

/** A person as a plain JSON record: whole state, keyed by its id. */
export const recordOf = (person: Person): FeedRecord => ({
  key: person['id'] ?? null,
  value: JSON.stringify({ ...person, enabled: person['enabled'] === 'true' }),
});

/** A recorded message with the number of its step (`01` … `18`): what was done to the table when it was recorded. */
export interface RecordedMessage extends FeedRecord {
  readonly step: string;
}

/** The recorded messages of the connector that writes full envelopes without schema, in the order in which they lay in the topic. */
export function readRecorded(samples: string): RecordedMessage[] {
  const folder = join(samples, 'debezium');
  return readdirSync(folder)
    .filter((name) => /^(?:0[1-9]|1[0-8])-.*--envelope-noschema\.json$/.test(name))
    .sort()
    .flatMap((name) =>
      (JSON.parse(readFileSync(join(folder, name), 'utf8')) as FeedRecord[]).map(({ key, value, headers }) => ({
        step: name.slice(0, 2),
        key,
        value,
        headers: headers ?? {},
      })),
    );
}

export interface Feed {
  readonly send: (topic: string, records: readonly FeedRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export function createFeed(brokers: string): Feed {
  const kafka = createKafka({
    brokers: brokers.split(','),
    clientId: 'tallystick-feed',
    logger: createLogger({ service: 'feed', level: 'silent' }),
  });
  const producer: KafkaProducer = createProducer(kafka);
  return {
    send: async (topic, records) => {
      for (const { value } of records) noteUsed(value);
      for (let from = 0; from < records.length; from += 100) {
        await producer.send(
          topic,
          records
            .slice(from, from + 100)
            .map(({ key, value, headers }) => ({ key, value, ...(headers ? { headers: { ...headers } } : {}) })),
        );
      }
    },
    close: () => producer.close(),
  };
}
