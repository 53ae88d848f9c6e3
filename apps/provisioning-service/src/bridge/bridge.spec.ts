import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type PutResult,
  type SourcePosition,
  sourcePosition,
  type UserHash,
  type UserRef,
  type WakeMark,
} from '@tallystick/devices-domain';
import type { SourceEvent, SourceVersion } from '@tallystick/devices-source-kafka';
import { InMemorySourceRecordStore } from '@tallystick/devices-testing';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import type { KafkaRecord } from '@tallystick/platform-kafka';
import fc from 'fast-check';
import { type BridgeNeeds, handleBatch, type Handled, type Source, wakeAll } from './bridge.ts';

const environment = environmentId('acme');
const connection = connectionId('hr');
const version = (n: number): SourceVersion => String(n).padStart(20, '0') as SourceVersion;
/** The position that the bridge makes of it in epoch 0. */
const position = (n: number): SourcePosition => sourcePosition(0, version(n));
const numberOf = (at: WakeMark): number => Number(at.slice('e000000-'.length));
const userOf = (sourceKey: string): UserRef => ({
  environment,
  connection,
  user: Buffer.from(sourceKey).toString('hex').padStart(32, '0') as UserHash,
});
/** A record carries the event that it parses to. */
const recordOf = (event: SourceEvent, offset = 0): KafkaRecord => ({
  topic: 'users',
  partition: 0,
  offset: String(offset),
  timestamp: 0,
  key: Buffer.from('key'),
  value: Buffer.from(JSON.stringify(event)),
  headers: {},
});
const says = (sourceKey: string, n: number): KafkaRecord =>
  recordOf({ kind: 'record', sourceKey, version: version(n), attributes: { n } });
const unusable = (offset = 0): KafkaRecord => recordOf({ kind: 'unusable', reason: 'not-json' }, offset);

const source: Source = {
  environment,
  connection,
  userOf,
  parse: ({ value }) => JSON.parse(value!.toString()) as SourceEvent,
};

/** Everything that the bridge does, in order. */
let log: string[];
let store: InMemorySourceRecordStore;
let counts: Map<Handled, number>;
/** Throws for the calls that are to fail. */
let failing: (call: string) => boolean;
let needs: BridgeNeeds;
let epoch: number;
beforeEach(() => {
  epoch = 0;
  log = [];
  store = new InMemorySourceRecordStore();
  counts = new Map();
  failing = () => false;
  const step = async (call: string): Promise<void> => {
    await Promise.resolve();
    log.push(call);
    if (failing(call)) throw new Error(`${call} failed`);
  };
  const nameOf = ({ user }: UserRef): string => Buffer.from(user, 'hex').toString().replaceAll('\0', '');
  needs = {
    sourceOf: (topic) => (topic === 'users' ? source : undefined),
    watch: {
      admit: () => Promise.resolve({ kind: 'go-on', epoch }),
      handled: (_, __, records) => step(`handled ${records.at(-1)?.offset}`),
    },
    store: {
      putAll: async (puts) => {
        const results: PutResult[] = [];
        for (const { user, version: at, change } of puts) {
          await step(`put ${nameOf(user)} ${numberOf(at)}`);
          results.push(await store.put(user, at, change));
        }
        return results;
      },
      signalled: async (user, at) => {
        await step(`signalled ${nameOf(user)} ${numberOf(at)}`);
        return store.signalled(user, at);
      },
    },
    wake: (user) => step(`wake ${nameOf(user)}`),
    park: ({ offset }, _, reason) => step(`park ${offset} ${reason}`),
    count: (_, what, records) => void counts.set(what, (counts.get(what) ?? 0) + records),
  };
});

const pending = async (): Promise<string[]> => {
  const users: string[] = [];
  for await (const { user, version: at } of store.pending({ environment, connection }))
    users.push(`${user.user} ${numberOf(at)}`);
  return users.sort();
};
const mark = (sourceKey: string, n: number): string => `${userOf(sourceKey).user} ${n}`;

describe('a batch', () => {
  it('is stored before anybody is woken, and each is told apart only after they were', async () => {
    await handleBatch(needs, [says('ada', 1), says('bob', 1)]);
    expect(log.slice(0, 2)).toEqual(['put ada 1', 'put bob 1']);
    expect([...log].sort()).toEqual([
      'handled 0',
      'put ada 1',
      'put bob 1',
      'signalled ada 1',
      'signalled bob 1',
      'wake ada',
      'wake bob',
    ]);
    for (const name of ['ada', 'bob']) expect(log.indexOf(`wake ${name}`)).toBeLessThan(log.indexOf(`signalled ${name} 1`));
    expect(await pending()).toEqual([]);
    expect(counts).toEqual(new Map([['stored', 2]]));
  });

  it('wakes only users whose record changed', async () => {
    await handleBatch(needs, [says('ada', 2), says('bob', 1)]);
    log.length = 0;
    await handleBatch(needs, [
      says('ada', 1),
      says('ada', 2),
      says('bob', 2),
      recordOf({ kind: 'ignored', reason: 'heartbeat' }),
    ]);
    expect(log.filter((it) => it.startsWith('wake'))).toEqual(['wake bob']);
    expect(counts).toEqual(
      new Map([
        ['stored', 3],
        ['superseded', 2],
        ['ignored', 1],
      ]),
    );
  });

  it('R16: that has a user more than once wakes them once, with the newest version', async () => {
    await handleBatch(needs, [says('ada', 1), says('ada', 3), says('ada', 2), says('ada', 3)]);
    expect(log.filter((it) => !it.startsWith('put'))).toEqual(['wake ada', 'signalled ada 3', 'handled 0']);
    expect(await pending()).toEqual([]);
  });

  it('R17: that is read again wakes nobody', async () => {
    const batch = [says('ada', 1), says('bob', 1), recordOf({ kind: 'deleted', sourceKey: 'ada', version: version(2) })];
    await handleBatch(needs, batch);
    log.length = 0;
    await handleBatch(needs, batch);
    expect(log.filter((it) => !it.startsWith('put'))).toEqual(['handled 0']);
  });

  it('R23: hands on where a person went, as the hash of the other key', async () => {
    const seen: unknown[] = [];
    const putAll: BridgeNeeds['store']['putAll'] = (puts) => {
      seen.push(...puts.map(({ change }) => change));
      return Promise.resolve(puts.map(() => 'stored'));
    };
    await handleBatch({ ...needs, store: { ...needs.store, putAll } }, [
      recordOf({ kind: 'deleted', sourceKey: 'ada', version: version(1), movedTo: 'augusta' }),
      recordOf({ kind: 'deleted', sourceKey: 'bob', version: version(1) }),
    ]);
    expect(seen).toEqual([{ kind: 'deleted', movedTo: userOf('augusta').user }, { kind: 'deleted' }]);
  });

  it('R19: is not stopped by records that can not be used: each is parked with its reason, and the others go on', async () => {
    await handleBatch(needs, [unusable(4), says('ada', 1), unusable(6), says('bob', 1)]);
    expect(log.filter((it) => it.startsWith('park'))).toEqual(['park 4 not-json', 'park 6 not-json']);
    expect(log.filter((it) => it.startsWith('wake')).sort()).toEqual(['wake ada', 'wake bob']);
    expect(counts).toEqual(
      new Map([
        ['parked', 2],
        ['stored', 2],
      ]),
    );
  });

  it('R21: fails when a record can not be parked, so that its offset is not committed; no user is the worse for it', async () => {
    failing = (call) => call.startsWith('park');
    await expect(handleBatch(needs, [says('ada', 1), unusable(), says('bob', 1)])).rejects.toThrow('park 0 not-json failed');
    expect(await pending()).toEqual([]);
    expect(counts).toEqual(new Map());
    failing = () => false;
    await handleBatch(needs, [says('ada', 1), unusable(), says('bob', 1)]);
    expect(log.filter((it) => it.startsWith('park'))).toHaveLength(2);
    expect(log.filter((it) => it.startsWith('wake'))).toHaveLength(2);
  });

  it('fails when a user can not be woken, after the others were tried; their mark stays, and the batch that comes again wakes them only', async () => {
    failing = (call) => call === 'wake bob';
    const batch = [says('ada', 1), says('bob', 1), says('cy', 1)];
    await expect(handleBatch(needs, batch)).rejects.toThrow('1 of 3 users could not be woken');
    expect(log.filter((it) => it.startsWith('signalled')).sort()).toEqual(['signalled ada 1', 'signalled cy 1']);
    expect(await pending()).toEqual([mark('bob', 1)]);
    failing = () => false;
    log.length = 0;
    await handleBatch(needs, batch);
    expect(log.filter((it) => !it.startsWith('put'))).toEqual(['wake bob', 'signalled bob 1', 'handled 0']);
    expect(counts).toEqual(
      new Map([
        ['superseded', 2],
        ['still-pending', 1],
      ]),
    );
  });

  it('fails when a wake-up can not be confirmed; it is repeated, which is harmless', async () => {
    failing = (call) => call.startsWith('signalled');
    await expect(handleBatch(needs, [says('ada', 1)])).rejects.toThrow();
    expect(await pending()).toEqual([mark('ada', 1)]);
  });

  it('fails when a record can not be stored, and wakes nobody: what was stored of it is still pending', async () => {
    failing = (call) => call === 'put bob 1';
    const batch = [says('ada', 1), says('bob', 1), says('cy', 1)];
    await expect(handleBatch(needs, batch)).rejects.toThrow('put bob 1 failed');
    expect(log.some((it) => it.startsWith('wake'))).toBe(false);
    expect(await pending()).toEqual([mark('ada', 1)]);
    expect(log.some((it) => it.startsWith('handled'))).toBe(false);
    failing = () => false;
    await handleBatch(needs, batch);
    expect(log.filter((it) => it.startsWith('wake')).sort()).toEqual(['wake ada', 'wake bob', 'wake cy']);
    expect(await pending()).toEqual([]);
  });

  it('of a topic that no connection reads is refused', async () => {
    await expect(handleBatch(needs, [{ ...says('ada', 1), topic: 'other' }])).rejects.toThrow('no connection reads');
    expect(log).toEqual([]);
  });

  it('R18: is stored in the epoch that the watch says, and counts as read only after all of it was stored, woken and parked', async () => {
    epoch = 3;
    await handleBatch(needs, [says('ada', 1), unusable(4)]);
    expect(log).toEqual(['put ada 1', 'wake ada', 'signalled ada 1', 'park 4 not-json', 'handled 4']);
    expect(store.read(userOf('ada'))?.version).toBe(sourcePosition(3, version(1)));
  });

  it('R18: of a group that is ahead of the store is not touched: the partition goes back', async () => {
    const watch: BridgeNeeds['watch'] = { ...needs.watch, admit: () => Promise.resolve({ kind: 'rewind', to: '17' }) };
    expect(await handleBatch({ ...needs, watch }, [says('ada', 1), unusable()])).toEqual({ rewindTo: '17' });
    expect(log).toEqual([]);
  });

  it('larger than a pipeline is handled whole', async () => {
    const names = Array.from({ length: 450 }, (_, i) => `user ${i}`);
    await handleBatch(
      needs,
      names.map((name) => says(name, 1)),
    );
    expect(counts).toEqual(new Map([['stored', 450]]));
    expect(log.filter((it) => it.startsWith('wake'))).toHaveLength(450);
    expect(await pending()).toEqual([]);
  });

  it('comes again until it succeeds, and then every newest record was signalled, whatever failed before', async () => {
    const events = fc.array(fc.record({ who: fc.constantFrom('ada', 'bob', 'cy'), n: fc.integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(events, fc.array(fc.nat({ max: 12 }), { maxLength: 5 }), async (all, failures) => {
        store = new InMemorySourceRecordStore();
        log.length = 0;
        let calls = 0;
        failing = () => failures.includes(calls++);
        const batch = all.map(({ who, n }) => says(who, n));
        for (let attempt = 0; attempt < 20; attempt += 1) {
          const done = await handleBatch(needs, batch).then(
            () => true,
            () => false,
          );
          if (done) break;
        }
        expect(await pending()).toEqual([]);
        for (const who of new Set(all.map((it) => it.who))) {
          const newest = Math.max(...all.filter((it) => it.who === who).map(({ n }) => n));
          expect(store.read(userOf(who))).toMatchObject({ version: position(newest) });
          const stored = log.lastIndexOf(`put ${who} ${newest}`, log.indexOf(`signalled ${who} ${newest}`));
          expect(stored).toBeGreaterThanOrEqual(0);
          expect(log.slice(stored)).toContain(`wake ${who}`);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('wake-ups', () => {
  const users = (n: number) => Array.from({ length: n }, (_, i) => ({ user: userOf(`u${i}`), version: position(1) }));

  it('are sent fifty at a time', async () => {
    let [now, most] = [0, 0];
    const wake = async (): Promise<void> => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    await wakeAll({ ...needs, wake }, users(200));
    expect(most).toBe(50);
  });

  it('are given up when the engine is down, before every user of a large batch was tried', async () => {
    failing = (call) => call.startsWith('wake');
    await expect(wakeAll(needs, users(1_000))).rejects.toThrow(/of 1000 users could not be woken/);
    expect(log.length).toBeLessThan(150);
  });

  it('for nobody are none', async () => {
    await wakeAll(needs, []);
    expect(log).toEqual([]);
  });
});
