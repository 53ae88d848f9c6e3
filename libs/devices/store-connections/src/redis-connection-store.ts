import {
  type ConnectionDocument,
  type ConnectionRef,
  connectionRefText,
  type ConnectionStore,
  type SavedConnection,
  type UnreadableConnection,
  UnreadableDocument,
} from '@tallystick/devices-domain';
import { type ConnectionId, type EnvironmentId, err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import { z } from 'zod';
import { connectionSchema } from './connection-schema.ts';

/** How many versions are kept, of a removed connection as well. */
export const keptVersions = 20;

// All documents share one slot: there are few, and one revision counts the changes of all.
const current = 'tally:{connections}:current'; // hash: <environment>/<connection> → saved document
const numbers = 'tally:{connections}:versions'; // hash: the last version of each, kept after a removal: a number is never used twice
const counter = 'tally:{connections}:revision';
const historyKey = (ref: ConnectionRef): string => `tally:{connections}:history:${connectionRefText(ref)}`;

// KEYS: current, versions, revision, history · ARGV: field, expected version, saved document without its version, versions kept
const saveScript = defineScript({
  name: 'save-connection',
  lua: `
    local saved = redis.call('HGET', KEYS[1], ARGV[1])
    local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
    if (saved and last or 0) ~= tonumber(ARGV[2]) then return 0 end
    local version = last + 1
    local text = '{"version":' .. string.format('%d', version) .. ',' .. ARGV[3]
    redis.call('HSET', KEYS[1], ARGV[1], text)
    redis.call('HSET', KEYS[2], ARGV[1], string.format('%d', version))
    redis.call('LPUSH', KEYS[4], text)
    redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[4]) - 1)
    redis.call('INCR', KEYS[3])
    return version`,
});

const removeScript = defineScript({
  name: 'remove-connection',
  lua: `
    if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 'unknown' end
    if tonumber(redis.call('HGET', KEYS[2], ARGV[1])) ~= tonumber(ARGV[2]) then return 'conflict' end
    redis.call('HDEL', KEYS[1], ARGV[1])
    redis.call('INCR', KEYS[3])
    return 'removed'`,
});

/** Of a saved document; one without a format is of the first. */
const savedFormat = 1;
const formatOf = z.object({ format: z.number().default(savedFormat) });

const savedSchema = z.object({
  version: z.int().min(1),
  savedBy: z.string(),
  savedAt: z.number().transform((at) => at as Instant),
  document: connectionSchema,
});

/** Documents in Redis, with versions. They hold no secret. One script per change: version, document, history and revision go together. */
export class RedisConnectionStore implements ConnectionStore {
  readonly readOnly = false;
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async read(ref: ConnectionRef): Promise<SavedConnection | undefined> {
    const text = await this.#redis.hGet(current, connectionRefText(ref));
    if (text == null) return undefined;
    const read = readSaved(text, connectionRefText(ref));
    if (read.ok) return read.value;
    throw new UnreadableDocument(read.error, Number((await this.#redis.hGet(numbers, connectionRefText(ref))) ?? 0));
  }

  async list(
    environment?: EnvironmentId,
    onUnreadable?: (connection: UnreadableConnection) => void,
  ): Promise<readonly SavedConnection[]> {
    const all = Object.entries(await this.#redis.hGetAll(current)).sort(([a], [b]) => (a < b ? -1 : 1));
    const wanted = all.filter(([field]) => environment === undefined || field.startsWith(`${environment}/`));
    return wanted.flatMap(([field, text]) => readable(text, field, onUnreadable));
  }

  async save(document: ConnectionDocument, expected: number, by: string, now: Instant): Promise<SavedConnection | 'conflict'> {
    const rest = JSON.stringify({ format: savedFormat, savedBy: by, savedAt: now, document }).slice(1);
    const keys = [current, numbers, counter, historyKey(document)];
    const version = Number(await saveScript.run(this.#redis, keys, [connectionRefText(document), expected, rest, keptVersions]));
    return version === 0 ? 'conflict' : { version, document, savedBy: by, savedAt: now };
  }

  async remove(ref: ConnectionRef, expected: number): Promise<'removed' | 'conflict' | 'unknown'> {
    const result = await removeScript.run(this.#redis, [current, numbers, counter], [connectionRefText(ref), expected]);
    return result as 'removed' | 'conflict' | 'unknown';
  }

  async history(
    ref: ConnectionRef,
    limit: number,
    onUnreadable?: (version: UnreadableConnection) => void,
  ): Promise<readonly SavedConnection[]> {
    const texts = limit < 1 ? [] : await this.#redis.lRange(historyKey(ref), 0, limit - 1);
    return texts.flatMap((text) => readable(text, connectionRefText(ref), onUnreadable));
  }

  async revision(): Promise<number> {
    return Number((await this.#redis.get(counter)) ?? 0);
  }
}

/** One, or none when it can't be read: written by another version of this product, or damaged. @throws UnreadableDocument when nobody is told */
function readable(
  text: string,
  field: string,
  onUnreadable: ((one: UnreadableConnection) => void) | undefined,
): readonly SavedConnection[] {
  const read = readSaved(text, field);
  if (read.ok) return [read.value];
  if (!onUnreadable) throw new UnreadableDocument(read.error, 0);
  onUnreadable(read.error);
  return [];
}

function readSaved(text: string, field: string): Result<SavedConnection, UnreadableConnection> {
  const [environment = '', connection = ''] = field.split('/');
  const ref = { environment: environment as EnvironmentId, connection: connection as ConnectionId };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err({ ...ref, because: 'it is not JSON' }); // the parser's message quotes the text
  }
  const topic = topicOf.safeParse(json).data?.document.source.topic;
  const failed = (because: string) => err({ ...ref, because, ...(topic !== undefined && { topic }) });
  const format = formatOf.safeParse(json).data?.format ?? savedFormat;
  if (format > savedFormat) return failed(`it has format ${format}, of a newer version; this one knows ${savedFormat}`);
  const read = savedSchema.safeParse(json);
  if (!read.success) return failed(String(read.error.issues[0]?.path.join('.')));
  const { document } = read.data;
  if (document.environment !== environment || document.connection !== connection) return failed("it is another connection's");
  return ok(read.data);
}

const topicOf = z.object({ document: z.object({ source: z.object({ topic: z.string() }) }) });
