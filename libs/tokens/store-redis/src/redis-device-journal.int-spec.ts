import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, eventually, OwnRedis, uniqueName } from '@tallystick/platform-testing';
import type { CommandAnswer, DeviceCommand, DeviceNote } from '@tallystick/tokens-domain';
import { deviceJournalConformance } from '@tallystick/tokens-testing';
import { RedisDeviceJournal, type RedisDeviceJournalOptions } from './redis-device-journal.ts';
import { UnreadableRecord } from './unreadable-record.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const day = 24 * 60 * 60_000;
const at = instant(1_700_000_000_000);
const nameOf = (enrolmentId: string) => createHmac('sha256', 'key').update(enrolmentId).digest('hex');
const options = { environment: environmentId('fleet'), target: 'phones', nameOf };

const setOn = (enrolmentId: string, command = 'one', more: Partial<DeviceCommand> = {}): DeviceCommand => ({
  ...{ enrolmentId, command, delivery: 'rotation-1/slot/1', kind: 'set', attempt: 1, round: 0 },
  ...more,
});
const answerTo = (
  { enrolmentId, command }: DeviceCommand,
  status: CommandAnswer['status'],
  more: Partial<CommandAnswer> = {},
): CommandAnswer => ({ enrolmentId, command, status, ...more });
/** The stored text of a note as if it had last changed then. */
const changedAt = (text: string | null, ms: number): string => String(text).replace(/^\[\d+/, `[${ms}`);
const numbered = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));

let client: Redis;
let other: Redis;
beforeAll(async () => {
  client = await connectRedis({ url: endpoints().redis, name: 'test', logger });
  other = await connectRedis({ url: endpoints().redis, name: 'test-other', logger });
});
afterAll(async () => {
  await Promise.all([client.close(), other.close()]);
});

const keysOf = async (prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 })) found.push(...keys);
  return found.sort();
};
function make(more: Partial<RedisDeviceJournalOptions> = {}) {
  const prefix = uniqueName('journal');
  const close = async () => {
    const keys = await keysOf(prefix);
    if (keys.length > 0) await client.unlink(keys);
  };
  const keyOf = (enrolmentId: string) => `${prefix}:{journal-fleet:phones}:${nameOf(enrolmentId)}`;
  return { journal: new RedisDeviceJournal(client, { ...options, prefix, ...more }), prefix, keyOf, close };
}

describe('RedisDeviceJournal', () => {
  deviceJournalConformance({ make });

  it('shows one final answer of two that come at the same moment, and never another one afterwards', async () => {
    const { journal, prefix, close } = make();
    const beside = new RedisDeviceJournal(other, { ...options, prefix });
    const commands = numbered(1_000, (index) => setOn(`device-${index}`));
    const ids = commands.map(({ enrolmentId }) => enrolmentId);
    await journal.intend(commands, at);
    const done = commands.map((one) => answerTo(one, 'acknowledged', { answeredAt: instant(at + 1), holds: 'digest' }));
    const failed = commands.map((one) => answerTo(one, 'error', { answeredAt: instant(at + 2), holds: 'another' })).reverse();
    const first = new Map<string, DeviceNote>();
    const look = async () => {
      for (const [id, [note]] of await beside.read(ids))
        if (note && note.status !== 'sending' && !first.has(id)) first.set(id, note);
    };
    let isOver = false;
    const answering = Promise.all([journal.note(done), beside.note(failed)]).finally(() => (isOver = true));
    while (!isOver) await look();
    await answering;
    await Promise.all([journal.note(failed), beside.note(done), look()]);
    const last = await journal.read(ids);
    for (const { enrolmentId, ...command } of commands) {
      const note = last.get(enrolmentId)?.[0];
      expect(note).toEqual(first.get(enrolmentId));
      const isDone = note?.status === 'acknowledged';
      expect(note).toEqual({
        ...{ enrolmentId, ...command, intendedAt: at },
        ...(isDone
          ? { status: 'acknowledged', answeredAt: at + 1, holds: 'digest' }
          : { status: 'error', answeredAt: at + 2, holds: 'another' }),
      });
    }
    await close();
  });

  it('notes a command once that two intend at the same moment, and no two in one place', async () => {
    const { journal, prefix, close } = make();
    const beside = new RedisDeviceJournal(other, { ...options, prefix });
    const commands = numbered(600, (index) => setOn('device', `command-${index}`));
    await Promise.all([journal.intend(commands, at), beside.intend([...commands].reverse(), instant(at + 1))]);
    const notes = (await journal.read(['device'])).get('device') ?? [];
    expect(notes.map(({ command }) => command).sort()).toEqual(commands.map(({ command }) => command).sort());
    const [key = ''] = await keysOf(prefix);
    const orders = Object.values(await client.hGetAll(key)).map((text) => (JSON.parse(text) as number[])[1]);
    expect(orders.sort((left = 0, right = 0) => left - right)).toEqual(numbered(600, (index) => index + 1));
    await close();
  });

  it('keeps the order of hundreds of commands of a device, whatever is answered and forgotten in between', async () => {
    const { journal, keyOf, close } = make();
    const commands = numbered(900, (index) => setOn('device', `${(index * 7919) % 900}`));
    await journal.intend(commands.slice(0, 600), at);
    await journal.note(commands.slice(0, 600).map((one) => answerTo(one, 'queued')));
    const old = commands[599]!; // the newest of its device
    await client.hSet(
      keyOf('device'),
      old.command,
      changedAt(await client.hGet(keyOf('device'), old.command), Date.now() - 91 * day),
    );
    await journal.intend(commands.slice(600), at);
    await journal.note(commands.reverse().map((one) => answerTo(one, 'acknowledged')));
    const notes = (await journal.read(['device'])).get('device') ?? [];
    expect(notes.map(({ command }) => command)).toEqual(
      commands
        .reverse()
        .filter((one) => one !== old)
        .map(({ command }) => command),
    );
    await close();
  });

  it('holds no device id, only its keyed name, and of a value nothing but the digest', async () => {
    const { journal, prefix, keyOf, close } = make();
    const ids = ['00008030-001A2B3C4D5E6F70', 'ABCDEF01-2345-6789:user@example.com'];
    const commands = ids.map((id) => setOn(id, 'c-1', { kind: 'read', attempt: 2, round: 3 }));
    await journal.intend(commands, at);
    await journal.note(commands.map((one) => answerTo(one, 'acknowledged', { answeredAt: at, holds: 'digest' })));
    await journal.intend([setOn(ids[0]!, 'c-2')], at);
    await journal.enrolledAnew(ids[1]!, instant(at + 1));
    const keys = await keysOf(prefix);
    expect(keys).toEqual(ids.map(keyOf).sort());
    const held = await Promise.all(keys.map(async (key) => [key, await client.hGetAll(key)] as const));
    const rest = '{"delivery":"rotation-1/slot/1","kind":"read","attempt":2,"round":3}';
    const ofDevice = new Map(
      held.map(([key, hash]) => [key, Object.entries(hash).map(([id, text]) => [id, changedAt(text, 0)])]),
    );
    expect(ofDevice.get(keyOf(ids[0]!))?.sort()).toEqual([
      ['c-1', `[0,1,"acknowledged",${at},${at},"digest",${rest}]`],
      ['c-2', `[0,2,"sending",${at},null,false,{"delivery":"rotation-1/slot/1","kind":"set","attempt":1,"round":0}]`],
    ]);
    expect(ofDevice.get(keyOf(ids[1]!))).toEqual([['c-1', `[0,1,"lost",${at},${at},"digest",${rest}]`]]);
    for (const id of ids) expect(JSON.stringify(held)).not.toContain(id);
    await close();
  });

  it('refuses what can be no digest, and notes nothing of it', async () => {
    const { journal, close } = make();
    await journal.intend([setOn('A')], at);
    for (const holds of ['', 'a,b', 'a "quoted" one', 'two\nlines', 'x'.repeat(257)])
      await expect(journal.note([answerTo(setOn('A'), 'acknowledged', { holds })])).rejects.toThrow(RangeError);
    expect(await journal.find('A', 'one')).toHaveProperty('status', 'sending');
    await close();
  });

  it('keeps two targets, and two environments, apart', async () => {
    const prefix = uniqueName('journal');
    const all = [
      { environment: 'fleet', target: 'a-b' },
      { environment: 'fleet-a', target: 'b' },
      { environment: 'fleet', target: 'b' },
    ].map(
      ({ environment, target }) =>
        new RedisDeviceJournal(client, { ...options, prefix, environment: environmentId(environment), target }),
    );
    await all[0]!.intend([setOn('A')], at);
    expect(await Promise.all(all.map(async (one) => (await one.read(['A'])).size))).toEqual([1, 0, 0]);
    await client.unlink(await keysOf(prefix));
  });

  it('says that a note is damaged, and changes nothing of it', async () => {
    const { journal, keyOf, close } = make();
    await journal.intend([setOn('A')], at);
    for (const text of ['?', '', '[1,1,"queued"]', '[1,1,"queued",1,null,false,{}', '{"status":"queued"}']) {
      await client.hSet(keyOf('A'), 'one', text);
      // What comes behind the order of a note is nothing that another command needs.
      if (!text.startsWith('[')) await expect(journal.intend([setOn('A', 'two')], at)).rejects.toThrow(/^DAMAGED/);
      await expect(journal.note([answerTo(setOn('A'), 'acknowledged')])).rejects.toThrow(/^DAMAGED/);
      await expect(journal.enrolledAnew('A', at)).rejects.toThrow(/^DAMAGED/);
      await expect(journal.find('A', 'one')).rejects.toThrow(UnreadableRecord);
      await expect(journal.read(['A'])).rejects.toThrow(UnreadableRecord);
      expect(await client.hGetAll(keyOf('A'))).toEqual({ one: text });
    }
    await close();
  });
});

describe('what a journal forgets', () => {
  const age = async (key: string, command: string, ms: number) =>
    client.hSet(key, command, changedAt(await client.hGet(key, command), Date.now() - ms));

  it('is a note that has not changed for 90 days, and no younger one, when something is intended for its device', async () => {
    const { journal, keyOf, close } = make();
    const names = ['old', 'answered', 'young', 'lost'];
    await journal.intend([...names.map((name) => setOn('A', name)), setOn('B', 'old')], at);
    for (const name of names) await age(keyOf('A'), name, 90 * day + 60_000);
    await age(keyOf('A'), 'young', 90 * day - 60_000);
    await age(keyOf('B'), 'old', 90 * day + 60_000);
    await journal.note([answerTo(setOn('A', 'answered'), 'queued')]); // it has changed now
    await journal.intend([setOn('A', 'new')], at);
    const left = async (id: string) => ((await journal.read([id])).get(id) ?? []).map(({ command }) => command);
    expect(await left('A')).toEqual(['answered', 'young', 'new']);
    expect(await left('B')).toEqual(['old']);
    await close();
  });

  it('is a device without changes for 90 days; what changes nothing does not count', async () => {
    const { journal, keyOf, close } = make();
    const key = keyOf('A');
    const isFull = async () => {
      const left = await client.pTTL(key);
      return left > 90 * day - 60_000 && left <= 90 * day;
    };
    const steps: readonly [boolean, () => Promise<void>][] = [
      [true, () => journal.intend([setOn('A')], at)],
      [false, () => journal.intend([setOn('A')], at)],
      [true, () => journal.note([answerTo(setOn('A'), 'queued')])],
      [false, () => journal.note([answerTo(setOn('A'), 'queued')])],
      [false, () => journal.note([answerTo(setOn('A', 'two'), 'acknowledged')])],
      [false, () => journal.enrolledAnew('A', at)],
      [true, () => journal.enrolledAnew('A', instant(at + 1))],
      [false, () => journal.enrolledAnew('A', instant(at + 1))],
      [true, () => journal.intend([setOn('A', 'two')], at)],
    ];
    const seen: boolean[] = [];
    for (const [, step] of steps) {
      await client.pExpire(key, day);
      await step();
      seen.push(await isFull());
    }
    expect(seen).toEqual(steps.map(([renews]) => renews));
    await close();
  });
});

describe('on a server of its own', () => {
  const opened: { client: Redis; server: OwnRedis }[] = [];
  const start = async (settings: readonly string[] = [], commandTimeoutMs = 5_000) => {
    const server = await OwnRedis.start(...settings);
    const mine = await connectRedis({ url: server.url, name: 'test', logger, commandTimeoutMs });
    opened.push({ client: mine, server });
    return { client: mine, server };
  };
  afterEach(async () => {
    for (const { client: mine, server } of opened.splice(0)) {
      mine.destroy();
      await server.close();
    }
  });

  /** A client that counts its round trips: one begins when nothing else is under way. */
  function counting(counted: Redis) {
    let [trips, underWay] = [0, 0];
    /** The hash tags of each script's keys. */
    const tags: string[] = [];
    const proxy = new Proxy(counted, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (underWay++ === 0) trips++;
          const { keys = [] } = (args[1] ?? {}) as { readonly keys?: readonly string[] };
          if (keys.length > 0) tags.push([...new Set(keys.map((key) => /{.*}/.exec(key)?.[0]))].join());
          return (Reflect.apply(member, target, args) as Promise<unknown>).finally(() => underWay--);
        };
      },
    });
    const during = async (work: () => Promise<unknown>): Promise<number> => {
      trips = 0;
      await work();
      return trips;
    };
    return { proxy, during, tags };
  }

  it('takes and reads 10,000 devices in a hundred round trips, each script on keys of one hash tag', async () => {
    const { client: node } = await start();
    const { proxy, during, tags } = counting(node);
    const journal = new RedisDeviceJournal(proxy, options);
    const commands = numbered(10_000, (index) => setOn(`device-${index}`));
    const ids = commands.map(({ enrolmentId }) => enrolmentId);
    const callsOf = async (command: string) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await node.info('commandstats'))?.[1] ?? 0);

    expect(await during(() => journal.intend(commands, at))).toBeLessThanOrEqual(101); // the server learns the script
    expect(await during(() => journal.note(commands.map((one) => answerTo(one, 'queued'))))).toBeLessThanOrEqual(101);
    expect([await callsOf('evalsha'), await callsOf('eval')]).toEqual([200, 2]);
    expect(new Set(tags).size).toBe(1);
    let notes: Awaited<ReturnType<typeof journal.read>> = new Map();
    expect(await during(async () => (notes = await journal.read(ids)))).toBeLessThanOrEqual(40);
    expect([...notes.keys()]).toEqual(ids);
    expect([...notes.values()]).toEqual(commands.map((command) => [{ ...command, status: 'queued', intendedAt: at }]));
    await journal.enrolledAnew('device-1', instant(at + 1));
    expect(await journal.find('device-1', 'one')).toHaveProperty('status', 'lost');
  }, 60_000);

  it('every call rejects while the server is silent, and works again afterwards', async () => {
    const { client: mine, server } = await start([], 300);
    const journal = new RedisDeviceJournal(mine, options);
    await journal.intend([setOn('A')], at);
    server.signal('SIGSTOP');
    const results = await Promise.allSettled([
      journal.intend([setOn('B')], at),
      journal.note([answerTo(setOn('A'), 'queued')]),
      journal.enrolledAnew('A', at),
      journal.find('A', 'one'),
      journal.read(['A']),
    ]);
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'rejected'));
    server.signal('SIGCONT');
    const found = await eventually(() => journal.find('A', 'one'), {
      ...{ withinMs: 10_000, what: 'the journal answers again' },
    });
    expect(found).toMatchObject(setOn('A'));
  }, 30_000);
});
