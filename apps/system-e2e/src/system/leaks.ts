import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createKafka } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { readToEnd } from '@tallystick/platform-kafka';
import { SeenTemporal } from './seen-temporal.ts';

/** Something that was written: `where` names it for people and begins with its kind. */
export interface Written {
  readonly where: string;
  readonly bytes: Buffer;
}

export interface SearchedSystem {
  /** Logs, settings, everything of a system on disk. */
  readonly folder: string;
  /** Files below it, by their names, that hold values by what they are: downloads of a person. */
  readonly except?: readonly string[];
  readonly servers: { readonly redis: string; readonly kafka: string; readonly temporal?: string };
  readonly environment: string;
}

const logger = createLogger({ service: 'leaks', level: 'silent' });

/** How a text is recognised: as it is, in base64 and base64url wherever it stands in what was encoded, and in hex. */
export function tracesOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const inBase64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // The first and the last characters also depend on what stands beside it.
    return encoded.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
  });
  const inBase64Url = inBase64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = bytes.toString('hex');
  return [...new Set([text, ...inBase64, ...inBase64Url, hex, hex.toUpperCase()])];
}

/** Which texts stand where; `texts` by the names that are told in their place. */
export async function findIn(
  everything: AsyncIterable<Written> | Iterable<Written>,
  texts: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const wanted = [...texts].map(([name, text]) => ({ name, traces: tracesOf(text) }));
  const found: string[] = [];
  for await (const { where, bytes } of everything)
    for (const { name, traces } of wanted) if (traces.some((trace) => bytes.includes(trace))) found.push(`${name}: ${where}`);
  return found;
}

/** Everything that a system wrote: files, all of Redis, all topics of the product, and the histories of its environment. */
export async function* everythingWritten({ folder, except, servers, environment }: SearchedSystem): AsyncGenerator<Written> {
  yield* filesUnder(folder, except);
  yield* inRedis(servers.redis);
  yield* inKafka(servers.kafka);
  if (servers.temporal !== undefined) yield* inTemporal(servers.temporal, environment);
}

export function* filesUnder(folder: string, except: readonly string[] = []): Generator<Written> {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const name = relative(folder, path);
    if (!except.includes(name)) yield { where: `file ${name}`, bytes: readFileSync(path) };
  }
}

async function* inRedis(url: string): AsyncGenerator<Written> {
  const redis = await connectRedis({ url, name: 'leaks', logger });
  try {
    for await (const keys of redis.scanIterator({ COUNT: 1_000 }))
      for (const key of keys) yield { where: `redis ${key}`, bytes: Buffer.from(`${key}\n${await contentOf(redis, key)}`) };
  } finally {
    await redis.close();
  }
}

/** All there is under a key, as text. Whatever is not text in it is not ours to recognise, but what is text stays recognisable. */
async function contentOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'hash':
      return Object.entries(await redis.hGetAll(key)).flat().join('\n'); // prettier-ignore
    case 'list':
      return (await redis.lRange(key, 0, -1)).join('\n');
    case 'set':
      return (await redis.sMembers(key)).join('\n');
    case 'zset':
      return (await redis.zRange(key, 0, -1)).join('\n');
    case 'stream':
      return ((await redis.xRange(key, '-', '+')) ?? []).flatMap(({ message }) => Object.entries(message).flat()).join('\n');
    case 'none': // it has expired meanwhile
      return '';
    default:
      throw new Error(`a key of Redis is a ${type}, which is not searched`);
  }
}

async function* inKafka(brokers: string): AsyncGenerator<Written> {
  const kafka = createKafka({ brokers: brokers.split(','), clientId: 'leaks', logger });
  const admin = kafka.admin();
  await admin.connect();
  const topics = await admin.listTopics().finally(() => admin.disconnect());
  for (const topic of topics.filter((name) => !name.startsWith('__'))) {
    const records: Buffer[] = [];
    const onRecord = ({ key, value }: { readonly key: Buffer | null; readonly value: Buffer | null }): void =>
      void records.push(...[key, value].flatMap((part) => (part ? [part, Buffer.from('\n')] : [])));
    await readToEnd({ kafka, topic, groupPrefix: 'leaks', onRecord });
    yield { where: `kafka ${topic}`, bytes: Buffer.concat(records) };
  }
}

async function* inTemporal(address: string, environment: string): AsyncGenerator<Written> {
  const temporal = new SeenTemporal(address);
  try {
    for await (const { workflowId, bytes } of temporal.everythingOf(`Environment = '${environment}'`))
      yield { where: `temporal ${workflowId}`, bytes };
  } finally {
    await temporal.close();
  }
}
