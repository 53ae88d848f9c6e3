import { describe, expect, it } from '@jest/globals';
import {
  type Attributes,
  type AttributeValue,
  type PutResult,
  type SourceChange,
  type SourcePosition,
  sourcePosition,
  type UserRef,
  type WakeMark,
} from '@tallystick/devices-domain';
import fc from 'fast-check';
import type { StoreBench } from './store-conformance-bench.ts';

const unavailable: AttributeValue = { kind: 'unavailable' };
const record = (attributes: Attributes): SourceChange => ({ kind: 'record', attributes });
const version = (n: number): SourcePosition => sourcePosition(0, String(9_007_199_254_740_992n + BigInt(n)).padStart(20, '0'));

/** The tests of pending marks. Part of `sourceRecordStoreConformance`. */
export function conformanceOfWakeUps(bench: StoreBench): void {
  const put = (user: UserRef, n: number, change: SourceChange): Promise<PutResult> =>
    bench.stores.records.put(user, version(n), change);

  const markOf = async (user: UserRef): Promise<WakeMark> => {
    const [mark] = (await bench.pendingOf(user)).filter(([who]) => who === user.user);
    if (!mark) throw new Error('the user is not pending');
    return mark[1] as WakeMark;
  };

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

    it('can be asked for again after it was confirmed, by a mark of its own; not for a user without a record', async () => {
      const user = bench.user();
      await bench.stores.records.remind(user);
      expect(await bench.pendingOf(user)).toEqual([]);
      await put(user, 1, record({}));
      await bench.stores.records.signalled(user, version(1));
      expect(await bench.stores.records.oldestPendingMs(user)).toBeUndefined();
      await bench.stores.otherRecords.remind(user);
      expect(await bench.stores.records.oldestPendingMs(user)).toBeGreaterThanOrEqual(0);
      await bench.stores.records.signalled(user, await markOf(user));
      expect(await bench.pendingOf(user)).toEqual([]);
      expect(await bench.stores.records.oldestPendingMs(user)).toBeUndefined();
    });

    it('whose run asks for another one does not take that away when it is confirmed: it may be confirmed later', async () => {
      const user = bench.user();
      await put(user, 1, record({}));
      await bench.stores.otherRecords.remind(user); // the engine has the wake-up, and its run has met a directory in quarantine
      await bench.stores.records.signalled(user, version(1));
      const first = await markOf(user);
      await bench.stores.otherRecords.remind(user); // the same of the wake-up for the reminder
      await bench.stores.records.signalled(user, first);
      const second = await markOf(user);
      expect(new Set([first, second, version(1)]).size).toBe(3);
      await bench.stores.records.signalled(user, second);
      expect(await bench.pendingOf(user)).toEqual([]);
      // A number is never used twice: what is confirmed very late takes nothing away.
      await bench.stores.records.remind(user);
      await bench.stores.records.signalled(user, first);
      await bench.stores.records.signalled(user, second);
      expect(await bench.pendingOf(user)).toHaveLength(1);
    });

    it('is neither lost nor invented by any sequence of records, reminders and confirmations', async () => {
      const step = fc.record({
        who: fc.nat({ max: 1 }),
        n: fc.nat({ max: 5 }),
        what: fc.constantFrom(
          'record',
          'record',
          'placeholder',
          'deleted',
          'signalled',
          'signalled',
          'remind',
          'signalled-reminder',
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
          const first = bench.user();
          const users = [first, bench.userBeside(first)] as const;
          const marks: (WakeMark | undefined)[] = [undefined, undefined];
          const reminders: WakeMark[][] = [[], []];
          const newest = [-1, -1];
          for (const { who, n, what } of steps) {
            const user = users[who]!;
            if (what === 'signalled' || what === 'signalled-reminder') {
              const mark = what === 'signalled' ? version(n) : reminders[who]!.at(-1 - n);
              if (mark !== undefined) await bench.stores.records.signalled(user, mark);
              if (marks[who] === mark) marks[who] = undefined;
              continue;
            }
            if (what === 'remind') {
              await bench.stores.otherRecords.remind(user);
              if (newest[who]! < 0) continue;
              reminders[who]!.push((marks[who] = await markOf(user)));
              continue;
            }
            const change =
              what === 'deleted' ? ({ kind: 'deleted' } as const) : record({ n: what === 'record' ? n : unavailable });
            const expected = n > newest[who]! ? 'stored' : marks[who] === version(n) ? 'still-pending' : 'superseded';
            expect(await put(user, n, change)).toBe(expected);
            if (expected === 'stored') [newest[who], marks[who]] = [n, version(n)];
          }
          const expected = users.flatMap(({ user }, i) => (marks[i] === undefined ? [] : [[user, marks[i]]]));
          expect(await bench.pendingOf(first)).toEqual(expected.sort());
        }),
        { numRuns: 60 },
      );
    });
  });
}
