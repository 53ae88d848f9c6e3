import { beforeEach, describe, expect, it } from '@jest/globals';
import type { UserHash, UserRef } from '@tallystick/devices-domain';
import { sourcePosition } from '@tallystick/devices-domain';
import { parseSourceMessage } from '@tallystick/devices-source-kafka';
import type { ParkedBytes, ParkedRecord, ReplayClaim } from '@tallystick/devices-store-redis';
import { InMemorySourceRecordStore } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import type { Begin, Noted } from '../audit/audit.ts';
import type { Source } from '../bridge/bridge.ts';
import { createParkedRecords, type ParkedNeeds, type ParkedRecords } from './parked-records.ts';

const ref = { environment: environmentId('acme'), connection: connectionId('hr') };
const userOf = (key: string): UserRef => ({ ...ref, user: Buffer.from(key).toString('hex').padStart(32, '0') as UserHash });
const source: Source = { ...ref, userOf, parse: (record) => parseSourceMessage(record, { kind: 'json' }) };
const at = (n: number, epoch = 0) => sourcePosition(epoch, String(n).padStart(20, '0'));
const bytes = (value: string | null): ParkedBytes => ({
  key: Buffer.from('ada'),
  value: value === null ? null : Buffer.from(value),
  headers: {},
});
const id = '0-3-41-00000000';

let record: ParkedRecord;
let content: ParkedBytes | undefined;
let store: InMemorySourceRecordStore;
/** As the index keeps them: who replays it, and whether its bytes were taken or edited since. */
let claim: ReplayClaim | undefined;
let taken: 'put' | 'edited' | undefined;
let woken: string[];
let audited: string[];
let ofWhom: unknown[];
/** Of this person; notes the act before it is done. */
const as =
  (by: string): Begin =>
  ({ action, digestsOf }) => (audited.push(`${by} ${action}`), ofWhom.push(digestsOf), Promise.resolve({ by } as Noted));
const readBy = (by: string) => () => Promise.resolve(void audited.push(`${by} read`));
let needs: ParkedNeeds;
let parked: ParkedRecords;
beforeEach(() => {
  record = {
    ...ref,
    ...{ id, epoch: 0, topic: 'users', partition: 3, offset: '41', timestamp: 5, reason: 'not-json', parkedAt: instant(9) },
    ...{ state: 'open', keyBytes: 3, valueBytes: 1, here: true, revision: 1 },
  };
  content = bytes('{');
  store = new InMemorySourceRecordStore();
  claim = taken = undefined;
  woken = [];
  audited = [];
  ofWhom = [];
  needs = {
    index: {
      read: (_, name) => Promise.resolve(name === id ? record : undefined),
      bytes: () => Promise.resolve(content),
      list: () => Promise.resolve({ records: [record] }),
      count: () => Promise.resolve({ open: 1, topicOnly: 0 }),
      claim: (seen) => {
        if (seen.revision !== record.revision || record.state !== 'open') return Promise.resolve('conflict');
        if (claim) return Promise.resolve('replaying');
        claim = { token: 'c', isEditedSince: taken === 'edited' };
        taken ??= 'put';
        return Promise.resolve(claim);
      },
      release: (_, mine, isTaken) => {
        if (claim === mine && isTaken) taken = 'put';
        claim = claim === mine ? undefined : claim;
        return Promise.resolve();
      },
      change: (seen, change, mine) => {
        if (seen.revision !== record.revision || record.state !== 'open') return Promise.resolve('conflict');
        if (claim !== mine) return Promise.resolve('replaying');
        claim = undefined;
        if (change.bytes && taken) taken = 'edited';
        content = change.bytes ?? content;
        const reason = change.reason ?? record.reason;
        const { came: _, ...before } = record;
        const came = change.came === undefined ? {} : { came: change.came };
        record = { ...before, ...came, state: change.state, reason, revision: record.revision + 1, changedBy: change.by };
        return Promise.resolve('changed');
      },
    },
    store,
    wake: (user) => Promise.resolve(void woken.push(user.user)),
    sourceOf: ({ connection }) => (connection === 'hr' ? source : undefined),
    now: () => instant(10),
  };
  parked = createParkedRecords(needs);
});

describe('a parked record', () => {
  it('that is edited and replayed is stored at its own offset, and its user is woken', async () => {
    expect(await parked.edit(ref, id, { revision: 1, bytes: bytes('{"n":1}') }, as('olga'))).toEqual({ kind: 'done' });
    expect(await parked.replay(ref, id, 2, as('olga'))).toEqual({ kind: 'replayed', what: 'stored' });
    expect(store.read(userOf('ada'))).toEqual({ version: at(41), attributes: { n: 1 }, deleted: false });
    expect(woken).toEqual([userOf('ada').user]);
    expect(record.state).toBe('replayed');
    expect(audited).toEqual(['olga edit-parked-record', 'olga replay-parked-record']);
  });

  it('R16: never replaces what came after it, whether a record, a delete or a later epoch', async () => {
    for (const [version, change] of [
      [at(42), { kind: 'record', attributes: { n: 2 } }],
      [at(42), { kind: 'deleted' }],
      [at(1, 1), { kind: 'record', attributes: { n: 3 } }],
    ] as const) {
      store = new InMemorySourceRecordStore();
      await store.put(userOf('ada'), version, change);
      record = { ...record, state: 'open', revision: 1 };
      content = bytes('{"n":1}');
      const again = createParkedRecords({ ...needs, store });
      expect(await again.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'replayed', what: 'superseded' });
      expect(store.read(userOf('ada'))?.version).toBe(version);
    }
    expect(woken).toEqual([]);
  });

  it('that is a delete is replayed as one', async () => {
    await store.put(userOf('ada'), at(40), { kind: 'record', attributes: { n: 1 } });
    content = bytes(null);
    expect(await parked.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'replayed', what: 'stored' });
    expect(store.read(userOf('ada'))).toMatchObject({ version: at(41), deleted: true });
  });

  it('that still can not be used stays open, with the newer reason', async () => {
    content = bytes('[]');
    expect(await parked.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'unusable', reason: 'wrong-type' });
    expect(record).toMatchObject({ state: 'open', reason: 'wrong-type', revision: 2 });
  });

  it('stays open when its user can not be woken', async () => {
    content = bytes('{"n":1}');
    const again = createParkedRecords({ ...needs, wake: () => Promise.reject(new Error('the engine is away')) });
    await expect(again.replay(ref, id, 1, as('olga'))).rejects.toThrow('could not be woken');
    expect(record.state).toBe('open');
    expect(await parked.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'replayed', what: 'still-pending' });
  });

  it('is changed by one person at a time, and not after it was settled', async () => {
    await parked.edit(ref, id, { revision: 1, bytes: bytes('{"n":1}') }, as('olga'));
    const conflict = { kind: 'failed', because: 'conflict' };
    expect(await parked.edit(ref, id, { revision: 1, bytes: bytes('{"n":2}') }, as('omar'))).toEqual(conflict);
    expect(await parked.replay(ref, id, 1, as('omar'))).toEqual(conflict);
    expect(await parked.discard(ref, id, 2, as('omar'))).toEqual({ kind: 'done' });
    expect(await parked.replay(ref, id, 3, as('olga'))).toEqual({ kind: 'failed', because: 'settled' });
    expect(store.read(userOf('ada'))).toBeUndefined();
  });

  it('that is edited between the look of a replay and its put is not put, nor called replayed', async () => {
    content = bytes('{"n":1}');
    const begin: Begin = async (intent) => {
      expect(await parked.edit(ref, id, { revision: 1, bytes: bytes('{"n":2}') }, as('omar'))).toEqual({ kind: 'done' });
      return as('olga')(intent);
    };
    expect(await parked.replay(ref, id, 1, begin)).toEqual({ kind: 'failed', because: 'conflict' });
    expect([record.state, store.read(userOf('ada')), woken]).toEqual(['open', undefined, []]);
    expect(await parked.replay(ref, id, 2, as('omar'))).toEqual({ kind: 'replayed', what: 'stored' });
    expect(store.read(userOf('ada'))).toMatchObject({ attributes: { n: 2 } });
  });

  it('is not edited, replayed or discarded while it is replayed', async () => {
    content = bytes('{"n":1}');
    const because: unknown[] = [];
    const wake = async (): Promise<void> => {
      const others = [
        await parked.edit(ref, id, { revision: 1, bytes: bytes('{"n":2}') }, as('omar')),
        await parked.replay(ref, id, 1, as('omar')),
        await parked.discard(ref, id, 1, as('omar')),
      ];
      because.push(...others.map((one) => (one.kind === 'failed' ? one.because : one.kind)));
    };
    const slow = createParkedRecords({ ...needs, wake });
    expect(await slow.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'replayed', what: 'stored' });
    expect(because).toEqual(['replaying', 'replaying', 'replaying']);
  });

  it('is not called replayed when it was changed before that could be written', async () => {
    for (const value of ['{"n":1}', '[]']) {
      content = bytes(value);
      for (const refusal of ['conflict', 'replaying', 'unknown'] as const) {
        const index = { ...needs.index, change: () => Promise.resolve(refusal) };
        const late = createParkedRecords({ ...needs, index });
        expect(await late.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'failed', because: refusal });
      }
    }
  });

  it('that was edited after its bytes were taken is told so, stays open, and can be put aside', async () => {
    for (const isSignalled of [false, true]) {
      store = new InMemorySourceRecordStore();
      record = { ...record, state: 'open', revision: 1 };
      content = bytes('{"n":1}');
      taken = undefined;
      const away = createParkedRecords({ ...needs, store, wake: () => Promise.reject(new Error('the engine is away')) });
      await expect(away.replay(ref, id, 1, as('olga'))).rejects.toThrow('could not be woken');
      if (isSignalled) await store.signalled(userOf('ada'), at(41));
      const back = createParkedRecords({ ...needs, store });
      await back.edit(ref, id, { revision: 1, bytes: bytes('{"n":2}') }, as('omar'));
      expect(await back.replay(ref, id, 2, as('omar'))).toEqual({ kind: 'failed', because: 'superseded' });
      expect([record.state, store.read(userOf('ada'))?.attributes]).toEqual(['open', { n: 1 }]);
      expect(await back.discard(ref, id, 2, as('omar'))).toEqual({ kind: 'done' });
    }
  });

  it('whose bytes are put after an edit is replayed, also when waking failed before', async () => {
    content = bytes('{"n":1}');
    const broken = {
      ...needs,
      store: { putAll: () => Promise.reject(new Error('the store is away')), signalled: () => Promise.resolve() },
    };
    await expect(createParkedRecords(broken).replay(ref, id, 1, as('olga'))).rejects.toThrow('the store is away');
    await parked.edit(ref, id, { revision: 1, bytes: bytes('{"n":2}') }, as('olga'));
    const away = createParkedRecords({ ...needs, wake: () => Promise.reject(new Error('the engine is away')) });
    await expect(away.replay(ref, id, 2, as('olga'))).rejects.toThrow('could not be woken');
    expect(await parked.replay(ref, id, 2, as('olga'))).toEqual({ kind: 'replayed', what: 'still-pending' });
    expect(store.read(userOf('ada'))?.attributes).toEqual({ n: 2 });
  });

  it('whose bytes lie in the topic only is not replayed before it has other ones', async () => {
    content = undefined;
    expect(await parked.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'failed', because: 'bytes-in-topic' });
    expect(await parked.bytes(ref, id, readBy('anna'))).toBe('bytes-in-topic');
    await parked.edit(ref, id, { revision: 1, bytes: bytes('{"n":1}') }, as('olga'));
    expect(await parked.replay(ref, id, 2, as('olga'))).toMatchObject({ kind: 'replayed' });
  });

  it('of a connection that is not there is unknown, and every reading of bytes is audited', async () => {
    const other = { ...ref, connection: connectionId('erp') };
    expect(await parked.list(other, 'open', 0, 10)).toBeUndefined();
    expect(await parked.bytes(other, id, readBy('anna'))).toBe('unknown');
    expect(await parked.replay(other, id, 1, as('olga'))).toEqual({ kind: 'failed', because: 'unknown' });
    await parked.bytes(ref, id, readBy('anna'));
    expect(audited).toEqual(['anna read']);
  });
});

describe('a change of a parked record, repeated after its answer was lost', () => {
  const good = { revision: 1, bytes: bytes('{"n":1}') };
  const isRepeated = true;

  it.each(['edit', 'discard'] as const)('%s: is done once, and answered as done', async (act) => {
    const change = (by: string, repeats?: string) =>
      act === 'edit' ? parked.edit(ref, id, good, as(by), repeats) : parked.discard(ref, id, 1, as(by), repeats);
    expect(await change('olga')).toEqual({ kind: 'done' });
    const after = record;
    expect(await change('olga', 'olga')).toEqual({ kind: 'done', isRepeated });
    expect(record).toBe(after);
    expect(audited).toHaveLength(2);
    const because = act === 'edit' ? 'conflict' : 'settled';
    for (const repeats of [undefined, 'omar']) expect(await change('omar', repeats)).toEqual({ kind: 'failed', because });
  });

  it('replay: answers what came of it, and wakes nobody again', async () => {
    content = good.bytes;
    expect(await parked.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'replayed', what: 'stored' });
    expect(await parked.replay(ref, id, 1, as('olga'), 'olga')).toEqual({ kind: 'replayed', what: 'stored', isRepeated });
    expect(woken).toHaveLength(1);
    expect(await parked.replay(ref, id, 1, as('olga'))).toEqual({ kind: 'failed', because: 'settled' });
  });

  it('replay: of what can still not be used says so again, and does not take it for an edit', async () => {
    content = bytes('[]');
    await parked.replay(ref, id, 1, as('olga'));
    const unusable = { kind: 'unusable', reason: 'wrong-type', isRepeated };
    expect(await parked.replay(ref, id, 1, as('olga'), 'olga')).toEqual(unusable);
    expect(record.revision).toBe(2);
    expect(await parked.edit(ref, id, good, as('olga'), 'olga')).toEqual({ kind: 'failed', because: 'conflict' });
  });

  it('edit: with other headers than are there was never done, in whatever order they were sent', async () => {
    const [one, two] = [[Buffer.from('1')], [Buffer.from('2'), Buffer.from('3')]];
    const edit = (headers: ParkedBytes['headers'], repeats?: string) =>
      parked.edit(ref, id, { ...good, bytes: { ...good.bytes, headers } }, as('olga'), repeats);
    expect(await edit({ a: one, b: two })).toEqual({ kind: 'done' });
    expect(await edit({ b: two, a: one }, 'olga')).toEqual({ kind: 'done', isRepeated });
    for (const other of [{}, { a: one }, { a: two, b: one }, { a: one, b: two.toReversed() }])
      expect(await edit(other, 'olga')).toEqual({ kind: 'failed', because: 'conflict' });
  });

  it('edit: with other bytes than are there was never done', async () => {
    await parked.edit(ref, id, { ...good, bytes: bytes('{"n":2}') }, as('olga'));
    expect(await parked.edit(ref, id, good, as('olga'), 'olga')).toEqual({ kind: 'failed', because: 'conflict' });
  });
});

describe('the digests of parked bytes', () => {
  it('are of the person whom the bytes name, and of somebody unknown where they name nobody', async () => {
    await parked.edit(ref, id, { revision: 1, bytes: bytes('{') }, as('olga'));
    await parked.edit(ref, id, { revision: 2, bytes: bytes('{"n":1}') }, as('olga'));
    await parked.replay(ref, id, 3, as('olga'));
    expect(ofWhom).toEqual(['unknown', userOf('ada'), userOf('ada')]);
  });
});
