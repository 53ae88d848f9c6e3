import { describe, expect, it } from '@jest/globals';
import { type SourcePosition, sourcePosition, type UserHash, type UserRef } from '@tallystick/devices-domain';
import type { StoreBench } from './store-conformance-bench.ts';

const version = (n: number): SourcePosition => sourcePosition(0, String(n).padStart(20, '0'));

/** The tests of `UserIndex`. Part of `sourceRecordStoreConformance`. */
export function conformanceOfUserIndex(bench: StoreBench): void {
  const users = () => bench.stores.users;
  const fill = async (first: UserRef, n: number): Promise<UserHash[]> => {
    const all = [first, ...Array.from({ length: n - 1 }, () => bench.userBeside(first))];
    const puts = all.map((user, i) => ({
      user,
      version: version(1),
      change: i % 5 === 0 ? ({ kind: 'deleted' } as const) : ({ kind: 'record', attributes: {} } as const),
    }));
    await bench.stores.records.putAll(puts);
    return all.map(({ user }) => user).sort();
  };
  async function allOf(ref: UserRef, limit: number): Promise<UserHash[]> {
    const found: UserHash[] = [];
    for (const shard of users().shards) {
      let cursor: string | undefined;
      do {
        const page = await users().page(ref, shard, cursor, limit);
        expect(page.users.length).toBeLessThanOrEqual(limit);
        found.push(...page.users);
        cursor = page.next;
      } while (cursor !== undefined);
    }
    return found;
  }

  describe('the index of users', () => {
    it('has everybody with a record once, deleted ones too, and nobody of another connection', async () => {
      const first = bench.user();
      const expected = await fill(first, 300);
      await fill(bench.user(), 3);
      await bench.stores.records.putAll([{ user: first, version: version(2), change: { kind: 'record', attributes: {} } }]);
      expect(await users().count(first)).toBe(300);
      for (const limit of [1, 2, 1_000]) expect((await allOf(first, limit)).sort()).toEqual(expected);
    });

    it('of nobody is empty', async () => {
      const nobody = bench.user();
      expect([await users().count(nobody), await allOf(nobody, 10), await users().random(nobody, 5)]).toEqual([0, [], []]);
    });

    it('draws different users at random, and all when there are no more', async () => {
      const first = bench.user();
      const all = await fill(first, 200);
      const drawn = await users().random(first, 20);
      expect(new Set(drawn).size).toBe(20);
      for (const user of drawn) expect(all).toContain(user);
      expect([...(await users().random(first, 500))].sort()).toEqual(all);
    });
  });
}
