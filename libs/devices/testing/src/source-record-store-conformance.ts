import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Attributes,
  type AttributeValue,
  type PutResult,
  type ReconciliationStore,
  type SourceChange,
  type SourcePosition,
  sourcePosition,
  type SourceRecord,
  type SourceRecordStore,
  type UserIndex,
  type UserRef,
} from '@tallystick/devices-domain';
import fc from 'fast-check';
import { conformanceOfProgress } from './source-record-store-conformance-progress.ts';
import { conformanceOfUserIndex } from './source-record-store-conformance-users.ts';
import { conformanceOfWakeUps } from './source-record-store-conformance-wake-ups.ts';
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
  readonly users: UserIndex;
  close(): void | Promise<void>;
}

export type MakeStores = () => StoresUnderTest | Promise<StoresUnderTest>;

const unavailable: AttributeValue = { kind: 'unavailable' };
const record = (attributes: Attributes): SourceChange => ({ kind: 'record', attributes });

/** The numbers of the tests differ beyond 2^53, so that a version that passes through a JavaScript or Lua number is found out. */
const version = (n: number, epoch = 0): SourcePosition =>
  sourcePosition(epoch, String(9_007_199_254_740_992n + BigInt(n)).padStart(20, '0'));

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
      for (const bad of [
        '1',
        '',
        '00000000000000000001',
        'e1-1',
        version(1) + 'x',
        `E${version(1).slice(1)}`,
      ] as SourcePosition[]) {
        await expect(bench.stores.records.put(user, bad, record({}))).rejects.toThrow(RangeError);
        await expect(bench.stores.records.putAll([{ user, version: bad, change: record({}) }])).rejects.toThrow(RangeError);
      }
      expect(await read(user)).toBeUndefined();
    });

    it('R18: of a higher epoch is newer than every one before it, and of a lower one older, whatever their versions', async () => {
      const user = bench.user();
      await put(user, 9, record({ n: 9 }));
      expect(await bench.stores.records.put(user, version(1, 1), record({ n: 1 }))).toBe('stored');
      expect(await put(user, 10, record({ n: 10 }))).toBe('superseded');
      expect(await bench.stores.records.put(user, version(1, 10), record({ n: 2 }))).toBe('stored');
      expect(await bench.stores.records.put(user, version(2, 9), record({ n: 3 }))).toBe('superseded');
      expect(await read(user)).toMatchObject({ version: version(1, 10), attributes: { n: 2 } });
    });

    it('is stored in the same way among many, in their order, and told apart from what is old (R16, R17)', async () => {
      const user = bench.user();
      const [bob, cy] = [bench.userBeside(user), bench.userBeside(user)];
      const of = (who: UserRef, n: number, change: SourceChange) => ({ user: who, version: version(n), change });
      const all = [
        of(user, 1, record({ phone: 'one', fax: 'one' })),
        of(bob, 2, record({ phone: 'two' })),
        of(user, 3, record({ phone: unavailable, fax: 'three' })),
        of(bob, 1, record({ phone: 'one' })),
        of(user, 3, record({ phone: 'again' })),
        of(cy, 1, { kind: 'deleted', movedTo: bob.user }),
      ];
      expect(await bench.stores.records.putAll(all)).toEqual([
        'stored',
        'stored',
        'stored',
        'superseded',
        'still-pending',
        'stored',
      ]);
      expect((await read(user))?.attributes).toEqual({ phone: 'one', fax: 'three' });
      expect(await read(cy)).toMatchObject({ deleted: true, movedTo: bob.user });
      await bench.stores.records.signalled(bob, version(2));
      expect(await bench.stores.otherRecords.putAll([all[1]!, all[2]!, all[5]!])).toEqual([
        'superseded',
        'still-pending',
        'still-pending',
      ]);
      expect(await bench.stores.records.putAll([])).toEqual([]);
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

  conformanceOfWakeUps(bench);
  conformanceOfProgress(bench);
  conformanceOfUserIndex(bench);
}
