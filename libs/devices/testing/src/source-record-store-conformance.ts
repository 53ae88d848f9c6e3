import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  Attributes,
  AttributeValue,
  PutResult,
  ReconciliationStore,
  SourceChange,
  SourceRecord,
  SourceRecordStore,
  UserRef,
} from '@tallystick/devices-domain';
import fc from 'fast-check';
import { StoreBench } from './store-conformance-bench.ts';

/** Both sides of one store: what the bridge writes and what the worker reads. */
export interface StoresUnderTest {
  /** Used by nobody else; every test takes a connection of its own inside it. */
  readonly environment: UserRef['environment'];
  readonly records: SourceRecordStore;
  /** The same data as another process sees it. */
  readonly otherRecords: SourceRecordStore;
  readonly reconciliations: ReconciliationStore;
  readonly otherReconciliations: ReconciliationStore;
  close(): void | Promise<void>;
}

export type MakeStores = () => StoresUnderTest | Promise<StoresUnderTest>;

const unavailable: AttributeValue = { kind: 'unavailable' };
const record = (attributes: Attributes): SourceChange => ({ kind: 'record', attributes });

/** 20 digits. The numbers of the tests differ beyond 2^53, so that a version that passes through a JavaScript or Lua number is found out. */
const version = (n: number): string => String(9_007_199_254_740_992n + BigInt(n)).padStart(20, '0');

/** Every test of the port `SourceRecordStore` that an implementation has to pass; call it inside a `describe`. */
export function sourceRecordStoreConformance(make: MakeStores): void {
  const bench = new StoreBench(make);
  beforeAll(() => bench.open());
  afterAll(() => bench.close());
  const put = (user: UserRef, n: number, change: SourceChange): Promise<PutResult> =>
    bench.stores.records.put(user, version(n), change);
  const read = (user: UserRef): Promise<SourceRecord | undefined> => bench.stores.reconciliations.record(user);

  describe('a source record', () => {
    it('is there once it is stored, with every kind of attribute value', async () => {
      const user = bench.user();
      expect(await read(user)).toBeUndefined();
      const attributes = { text: 'Ada “A.” Lovelace', number: 41.5, flag: false, none: null, never: unavailable };
      expect(await put(user, 1, record(attributes))).toBe('stored');
      expect(await read(user)).toEqual({ version: version(1), attributes, deleted: false });
    });

    it('R16: is replaced by a newer one only', async () => {
      const user = bench.user();
      await put(user, 2, record({ phone: 'two' }));
      expect(await put(user, 1, record({ phone: 'one' }))).toBe('superseded');
      expect((await read(user))?.attributes).toEqual({ phone: 'two' });
      expect(await put(user, 3, record({ phone: 'three' }))).toBe('stored');
      expect(await read(user)).toMatchObject({ version: version(3), attributes: { phone: 'three' } });
    });

    it('is replaced as a whole: an attribute that the newer one does not name is gone', async () => {
      const user = bench.user();
      await put(user, 1, record({ phone: 'one', fax: 'one' }));
      await put(user, 2, record({ phone: 'two' }));
      expect((await read(user))?.attributes).toEqual({ phone: 'two' });
    });

    it('belongs to one user of one connection', async () => {
      const user = bench.user();
      const others = [bench.userBeside(user), { ...bench.user(), user: user.user }];
      await put(user, 1, record({ phone: 'one' }));
      for (const other of others) expect(await read(other)).toBeUndefined();
    });

    it('is refused when its version could not be compared', async () => {
      const user = bench.user();
      for (const bad of ['1', '', '-0000000000000000001', version(1) + '0', 'x'.repeat(20)]) {
        await expect(bench.stores.records.put(user, bad, record({}))).rejects.toThrow(RangeError);
      }
      expect(await read(user)).toBeUndefined();
    });

    it('R16, R17: whatever the order and however often they come, the newest of all records is there at the end', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 }), async (arrivals) => {
          const user = bench.user();
          let newest = -1;
          for (const n of arrivals) {
            const expected = n > newest ? 'stored' : n === newest ? 'still-pending' : 'superseded';
            expect(await put(user, n, record({ n }))).toBe(expected);
            newest = Math.max(newest, n);
          }
          expect(await read(user)).toEqual({ version: version(newest), attributes: { n: newest }, deleted: false });
          expect(await bench.pendingOf(user)).toEqual([[user.user, version(newest)]]);
        }),
        { numRuns: 40 },
      );
    });

    it('R16: nor does it matter when two processes write them at the same time', async () => {
      const user = bench.user();
      const { records, otherRecords } = bench.stores;
      const arrivals = [7, 3, 9, 1, 9, 4, 8, 2, 9, 6];
      const results = await Promise.all(
        arrivals.map((n, i) => (i % 2 === 0 ? records : otherRecords).put(user, version(n), record({ n }))),
      );
      expect(await read(user)).toMatchObject({ version: version(9), attributes: { n: 9 } });
      expect(arrivals.filter((n, i) => n === 9 && results[i] === 'stored')).toHaveLength(1);
    });
  });

  describe('an attribute that the event did not carry', () => {
    it('keeps the value of the record before it, also over several such events', async () => {
      const user = bench.user();
      await put(user, 1, record({ phone: '+12025550123', name: 'Ada' }));
      await put(user, 2, record({ phone: unavailable, name: 'Augusta' }));
      await put(user, 3, record({ phone: unavailable, name: unavailable }));
      expect((await read(user))?.attributes).toEqual({ phone: '+12025550123', name: 'Augusta' });
    });

    it('keeps false, nought and the empty text, which are values', async () => {
      const user = bench.user();
      const values = { zero: 0, no: false, empty: '' };
      await put(user, 1, record({ ...values, other: 'one' }));
      await put(user, 2, record({ zero: unavailable, no: unavailable, empty: unavailable }));
      expect((await read(user))?.attributes).toEqual(values);
    });

    it('stays unavailable when no record before it had a value, until one has', async () => {
      const user = bench.user();
      await put(user, 1, record({ phone: unavailable }));
      expect((await read(user))?.attributes).toEqual({ phone: unavailable });
      await put(user, 2, record({ phone: '+12025550123' }));
      await put(user, 3, record({ phone: unavailable }));
      expect((await read(user))?.attributes).toEqual({ phone: '+12025550123' });
    });

    it('is no reason to replace a newer record', async () => {
      const user = bench.user();
      await put(user, 2, record({ phone: 'two' }));
      expect(await put(user, 1, record({ phone: unavailable }))).toBe('superseded');
      expect(await put(user, 2, record({ phone: unavailable }))).toBe('still-pending');
      expect((await read(user))?.attributes).toEqual({ phone: 'two' });
    });

    it('is what the newest stored record with a value said, when many events are written at the same time by two processes', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 16 }), fc.nat(), async (carries, seed) => {
          const user = bench.user();
          const { records, otherRecords } = bench.stores;
          await put(user, 1, record({ phone: 'first', n: 1 }));
          const events = carries.map((carried, i) => ({ n: i + 2, phone: carried ? `phone ${i + 2}` : unavailable }));
          const results = await Promise.all(
            events.map(({ n, phone }, i) =>
              ((seed >> i) % 2 === 0 ? records : otherRecords).put(user, version(n), record({ n, phone })),
            ),
          );
          // What is stored has a growing version, so each kept value is that of the stored record before it.
          const said = events.filter(({ phone }, i) => phone !== unavailable && results[i] === 'stored').at(-1);
          const last = events.at(-1)!.n;
          expect(await read(user)).toMatchObject({
            version: version(last),
            attributes: { n: last, phone: said?.phone ?? 'first' },
          });
        }),
        { numRuns: 30 },
      );
    });
  });

  describe('a delete', () => {
    it('keeps the attributes of the record before it: its own are invented or absent', async () => {
      const user = bench.user();
      await put(user, 1, record({ username: 'ada' }));
      expect(await put(user, 2, { kind: 'deleted' })).toBe('stored');
      expect(await read(user)).toEqual({ version: version(2), attributes: { username: 'ada' }, deleted: true });
    });

    it('is kept with its version: an older record does not bring the user back, a newer one does', async () => {
      const user = bench.user();
      expect(await put(user, 2, { kind: 'deleted' })).toBe('stored');
      expect(await read(user)).toEqual({ version: version(2), attributes: {}, deleted: true });
      expect(await put(user, 1, record({ username: 'ada' }))).toBe('superseded');
      expect((await read(user))?.deleted).toBe(true);
      expect(await put(user, 3, record({ username: 'ada' }))).toBe('stored');
      expect(await read(user)).toEqual({ version: version(3), attributes: { username: 'ada' }, deleted: false });
    });

    it('R23: says where the person went, until a newer record says otherwise', async () => {
      const user = bench.user();
      const movedTo = bench.user().user;
      await put(user, 1, record({ username: 'ada' }));
      await put(user, 2, { kind: 'deleted', movedTo });
      expect(await read(user)).toMatchObject({ deleted: true, movedTo });
      await put(user, 3, { kind: 'deleted' });
      expect(await read(user)).not.toHaveProperty('movedTo');
      await put(user, 4, { kind: 'deleted', movedTo });
      await put(user, 5, record({ username: 'ada' }));
      expect(await read(user)).toEqual({ version: version(5), attributes: { username: 'ada' }, deleted: false });
    });
  });

  describe('a wake-up', () => {
    it('is pending from the moment a record is stored until it is confirmed', async () => {
      const user = bench.user();
      await put(user, 1, record({}));
      expect(await bench.pendingOf(user)).toEqual([[user.user, version(1)]]);
      expect(await put(user, 1, record({}))).toBe('still-pending');
      await bench.stores.records.signalled(user, version(1));
      expect(await bench.pendingOf(user)).toEqual([]);
      expect(await put(user, 1, record({}))).toBe('superseded');
      expect(await bench.pendingOf(user)).toEqual([]);
    });

    it('of an older record does not confirm the newer one that came in between', async () => {
      const user = bench.user();
      await put(user, 1, record({}));
      await put(user, 2, { kind: 'deleted' });
      await bench.stores.records.signalled(user, version(1));
      expect(await bench.pendingOf(user)).toEqual([[user.user, version(2)]]);
      expect(await put(user, 2, { kind: 'deleted' })).toBe('still-pending');
      await bench.stores.records.signalled(user, version(2));
      expect(await bench.pendingOf(user)).toEqual([]);
    });

    it('that is confirmed twice, by another process, or for nobody, does no harm', async () => {
      const user = bench.user();
      await put(user, 1, record({}));
      await bench.stores.otherRecords.signalled(user, version(1));
      await bench.stores.records.signalled(user, version(1));
      await bench.stores.records.signalled(bench.userBeside(user), version(1));
      expect(await bench.pendingOf(user)).toEqual([]);
    });

    it('is listed for exactly the users of the connection that wait, however many', async () => {
      const first = bench.user();
      const users = [first, ...Array.from({ length: 700 }, () => bench.userBeside(first))];
      const stranger = bench.user();
      await Promise.all([stranger, ...users].map((user) => put(user, 1, record({ phone: 'one' }))));
      await Promise.all(users.filter((_, i) => i % 3 === 0).map((user) => bench.stores.records.signalled(user, version(1))));
      const waiting = users.filter((_, i) => i % 3 !== 0).map(({ user }) => [user, version(1)]);
      expect(await bench.pendingOf(first)).toEqual(waiting.sort());
      expect(await bench.pendingOf(stranger)).toEqual([[stranger.user, version(1)]]);
    });

    it('is neither lost nor invented by any sequence of records and confirmations', async () => {
      const step = fc.record({
        who: fc.nat({ max: 1 }),
        n: fc.nat({ max: 5 }),
        what: fc.constantFrom('record', 'record', 'placeholder', 'deleted', 'signalled', 'signalled'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
          const first = bench.user();
          const users = [first, bench.userBeside(first)] as const;
          const marks: (number | undefined)[] = [undefined, undefined];
          const newest = [-1, -1];
          for (const { who, n, what } of steps) {
            const user = users[who]!;
            if (what === 'signalled') {
              await bench.stores.records.signalled(user, version(n));
              if (marks[who] === n) marks[who] = undefined;
              continue;
            }
            const change =
              what === 'deleted' ? ({ kind: 'deleted' } as const) : record({ n: what === 'record' ? n : unavailable });
            const expected = n > newest[who]! ? 'stored' : marks[who] === n && newest[who] === n ? 'still-pending' : 'superseded';
            expect(await put(user, n, change)).toBe(expected);
            if (expected === 'stored') newest[who] = marks[who] = n;
          }
          const expected = users.flatMap(({ user }, i) => (marks[i] === undefined ? [] : [[user, version(marks[i])]]));
          expect(await bench.pendingOf(first)).toEqual(expected.sort());
        }),
        { numRuns: 60 },
      );
    });
  });
}
