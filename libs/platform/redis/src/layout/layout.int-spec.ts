import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { eventually, OwnRedis } from '@tallystick/platform-testing';
import fc from 'fast-check';
import {
  connectRedis,
  defineScript,
  enterLayout,
  keepLayout,
  type LayoutMigration,
  migrateLayout,
  NewerLayout,
  type Redis,
  type StoreLayout,
} from '../index.ts';

const logger = createLogger({ service: 'layout-int', level: 'silent' });
const { signal } = new AbortController();
const goneAfterMs = 300;
const migrating = { logger, signal, goneAfterMs, holdMs: 200 };

// A store as there could be one: notes as `<person>: <text>` in layout 1, a hash of both in layout 2, and in layout 3 an index of people beside it.
const partScript = defineScript({
  name: 'part-note',
  lua: `
    if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
    local person, text = string.match(redis.call('GET', KEYS[1]), '^(.-): (.*)$')
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'person', person, 'text', text)
    return 1`,
});
const eachNote = async (redis: Redis, stop: AbortSignal, work: (key: string) => Promise<unknown>): Promise<void> => {
  for await (const keys of redis.scanIterator({ MATCH: 'note:*', COUNT: 2 }))
    for (const key of keys) {
      stop.throwIfAborted();
      await work(key);
    }
};
const parting: LayoutMigration = {
  what: 'person and text of notes are parted',
  oldestReader: 2,
  run: (redis, stop) => eachNote(redis, stop, (key) => partScript.run(redis, [key])),
};
const indexing: LayoutMigration = {
  what: 'people are indexed',
  oldestReader: 2,
  run: (redis, stop) =>
    eachNote(redis, stop, async (key) => redis.sAdd(`people:${(await redis.hGet(key, 'person'))!}`, key.slice('note:'.length))),
};
const first: StoreLayout = { key: 'layout:notes', what: 'the notes', migrations: [] };
const second: StoreLayout = { ...first, migrations: [parting] };
const third: StoreLayout = { ...first, migrations: [parting, indexing] };

let server: OwnRedis;
let redis: Redis;
const connect = () => connectRedis({ url: server.url, name: 'test', logger });
beforeAll(async () => {
  server = await OwnRedis.start();
  redis = await connect();
}, 30_000);
afterAll(async () => {
  redis.destroy();
  await server.close();
});
beforeEach(async () => void (await redis.flushAll()));

const write = async (notes: readonly (readonly [string, string])[]) => {
  await redis.flushAll();
  for (const [at, [person, text]] of notes.entries()) await redis.set(`note:${at}`, `${person}: ${text}`);
};
const dataOf = async () => {
  const keys = (await redis.keys('*')).filter((key) => key !== first.key).sort();
  const read = (key: string) => (key.startsWith('people:') ? redis.sMembers(key).then((ids) => ids.sort()) : redis.hGetAll(key));
  return Promise.all(keys.map(async (key) => [key, await read(key)] as const));
};
/** Comes again while another process may be at it, as a process does. */
const untilDone = (by: Redis, layout: StoreLayout) =>
  eventually(async () => (await migrateLayout(by, layout, migrating)) === 'done', {
    withinMs: 10_000,
    what: 'it is done',
    everyMs: 20,
  });

describe('data without a marker', () => {
  it('is of layout 1, and is marked as such by whoever comes first', async () => {
    expect([await enterLayout(redis, first), await enterLayout(redis, first)]).toEqual([1, 1]);
    expect(await redis.hmGet(first.key, ['writes', 'oldest-reader'])).toEqual(['1', '1']);
  });

  it('is brought forward one step after another, once, and then is of the present layout', async () => {
    await write([
      ['ada', 'hello'],
      ['bob', 'x: y'],
    ]);
    await untilDone(redis, third);
    expect(await dataOf()).toEqual([
      ['note:0', { person: 'ada', text: 'hello' }],
      ['note:1', { person: 'bob', text: 'x: y' }],
      ['people:ada', ['0']],
      ['people:bob', ['1']],
    ]);
    expect(await redis.hmGet(first.key, ['writes', 'oldest-reader', 'by'])).toEqual(['3', '2', null]);
    let runs = 0;
    const counted = { ...indexing, run: () => Promise.resolve(void (runs += 1)) };
    await untilDone(redis, { ...third, migrations: [parting, counted] });
    expect(runs).toBe(0);
  });
});

describe('data of a newer version', () => {
  it('is refused with what to do, and not touched', async () => {
    await untilDone(redis, second);
    const before = await redis.hGetAll(first.key);
    const refused = enterLayout(redis, first);
    await expect(refused).rejects.toThrow(NewerLayout);
    await expect(refused).rejects.toThrow(
      /the notes in Redis was written by a newer version, whose layout 2 needs one that knows 2; this one knows 1\. Run that version again, or restore/,
    );
    expect(await redis.hGetAll(first.key)).toEqual(before);
    await expect(keepLayout(redis, first, { logger })).rejects.toThrow(NewerLayout);
  });

  it('is refused by a process that runs already', async () => {
    const kept = await keepLayout(redis, first, { logger, everyMs: 20 });
    await redis.hSet(first.key, { writes: 2, 'oldest-reader': 2 }); // as a restored backup of it would
    await expect(kept.refused).rejects.toThrow(NewerLayout);
    await kept.stop();
  });

  it('is taken where it does not need a newer one', async () => {
    await untilDone(redis, third);
    expect(await enterLayout(redis, second)).toBe(2);
  });
});

describe('a rolling upgrade', () => {
  it('begins no migration while an older version gives signs, and does it after the last of them', async () => {
    await write([['ada', 'hello']]);
    const old = await keepLayout(redis, first, { logger, everyMs: 20 });
    const came: string[] = [];
    const until = performance.now() + 2 * goneAfterMs;
    while (performance.now() < until) came.push(await migrateLayout(redis, second, migrating));
    expect(new Set(came)).toEqual(new Set(['older']));
    expect(await redis.get('note:0')).toBe('ada: hello');
    await old.stop();
    await untilDone(redis, second);
    expect(await dataOf()).toEqual([['note:0', { person: 'ada', text: 'hello' }]]);
  }, 30_000);

  it('shuts older versions out before it begins what they could not read', async () => {
    await write([['ada', 'hello']]);
    const met: unknown[] = [];
    const run = async () => void met.push(await enterLayout(redis, first).catch((error: unknown) => error));
    await untilDone(redis, { ...first, migrations: [{ ...parting, run }] });
    expect(met).toEqual([expect.any(NewerLayout)]);
  });

  it('that is rolled back, and made again, brings forward what the older version wrote meanwhile', async () => {
    await write([['ada', 'hello']]);
    await untilDone(redis, third);
    expect(await enterLayout(redis, second)).toBe(2); // the older one is back, and writes without the index
    await redis.hSet('note:1', { person: 'bob', text: 'meanwhile' });
    await untilDone(redis, third);
    expect((await dataOf()).map(([key]) => key)).toContain('people:bob');
  });

  it('has one process at a migration, and another goes on when that one is killed', async () => {
    let begun = 0;
    let isKilled = false;
    const slow: LayoutMigration = {
      ...parting,
      run: async (_, stop) => {
        begun += 1;
        if (!isKilled)
          await new Promise((_, reject) => stop.addEventListener('abort', () => reject(stop.reason as Error), { once: true }));
      },
    };
    const layout = { ...first, migrations: [slow] };
    const killed = await connect();
    const dying = migrateLayout(killed, layout, migrating);
    dying.catch(() => undefined);
    await eventually(() => begun === 1, { withinMs: 5_000, what: 'the first is at it' });
    const until = performance.now() + 3 * migrating.holdMs;
    while (performance.now() < until) expect(await migrateLayout(redis, layout, migrating)).toBe('busy');
    isKilled = true;
    killed.destroy(); // for Redis that is what kill -9 is
    await untilDone(redis, layout);
    expect(begun).toBe(2);
    await expect(dying).rejects.toThrow();
  }, 30_000);
});

describe('a migration', () => {
  /** The same client, whose connection breaks after so many more commands: the marker's as well as the work's. */
  const breakingAfter = (commands: number, client: Redis): Redis => {
    let left = commands;
    return new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (['evalSha', 'eval', 'sAdd', 'hGet'].includes(String(name)) && left-- <= 0) {
            client.destroy();
            return Promise.reject(new Error('the process was killed'));
          }
          return (value as (...args: unknown[]) => unknown)(...args);
        };
      },
    });
  };

  it('begun, killed after any part of it, and begun again, is one that was never killed', async () => {
    const note = fc.tuple(fc.constantFrom('ada', 'bob', 'cleo'), fc.string({ unit: 'grapheme-ascii', maxLength: 9 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(note, { maxLength: 6 }),
        fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 3 }),
        async (notes, kills) => {
          await write(notes);
          await untilDone(redis, third);
          const whole = await dataOf();
          await write(notes);
          for (const commands of kills) {
            const killed = await connect();
            await migrateLayout(breakingAfter(commands, killed), third, migrating).catch(() => undefined);
            killed.destroy();
          }
          await untilDone(redis, third);
          expect(await dataOf()).toEqual(whole);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  it('is made by the process that is to make it, beside its work, and ends with it', async () => {
    await write([['ada', 'hello']]);
    const kept = await keepLayout(redis, second, { logger, migrates: true, everyMs: 20 });
    await eventually(async () => (await redis.hGet(first.key, 'writes')) === '2', { withinMs: 5_000, what: 'it is done' });
    await kept.stop();
    expect(await dataOf()).toEqual([['note:0', { person: 'ada', text: 'hello' }]]);
  });

  it('that fails is told, and begun again with the next look', async () => {
    let tries = 0;
    const failing = { ...parting, run: () => ((tries += 1) < 3 ? Promise.reject(new Error('no')) : Promise.resolve()) };
    const kept = await keepLayout(redis, { ...first, migrations: [failing] }, { logger, migrates: true, everyMs: 20 });
    await eventually(() => tries === 3, { withinMs: 60_000, what: 'it is tried again' });
    await kept.stop();
  }, 90_000);
});

afterEach(() => expect(redis.isReady).toBe(true));
