import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ConnectionDocument,
  type ConnectionStore,
  parityOptions,
  type SavedConnection,
  usualBudget,
  usualGuards,
} from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';

export interface ConnectionStoreUnderTest {
  readonly store: ConnectionStore;
  /** The same data as another process sees it. */
  readonly other: ConnectionStore;
  close(): void | Promise<void>;
}

/** A document with the usual settings. */
export const connectionDocument = (changes: Partial<ConnectionDocument> = {}): ConnectionDocument => ({
  environment: environmentId('acme'),
  connection: connectionId('workforce'),
  source: { topic: 'acme.people', format: { kind: 'debezium', envelope: 'full' } },
  directory: { kind: 'pingid', properties: { file: 'pingid.properties' } },
  mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: ['mobile', 'telephone'], trim: true } },
  preset: 'parity',
  options: parityOptions,
  guards: usualGuards,
  budget: usualBudget,
  keepAttributes: 'all',
  visibilityWindowMs: 60_000,
  ...changes,
});

const at = (n: number) => instant(1_800_000_000_000 + n);

/**
 * Every test of the port `ConnectionStore`; call it inside a `describe`. A store that is read-only has to refuse each change, and to keep
 * what it has.
 * @param make a store that holds these documents, saved by nobody else meanwhile
 * @param run `prefix`: of the names of all environments of this run
 */
export function connectionStoreConformance(
  make: (documents: readonly ConnectionDocument[]) => ConnectionStoreUnderTest | Promise<ConnectionStoreUnderTest>,
  { prefix, readOnly = false }: { readonly prefix: string; readonly readOnly?: boolean },
): void {
  const [one, two] = [environmentId(`${prefix}-one`), environmentId(`${prefix}-two`)];
  const first = connectionDocument({ environment: one });
  const second = connectionDocument({
    environment: one,
    connection: connectionId('partners'),
    scope: 'source.kind == "partner"',
  });
  const elsewhere = connectionDocument({ environment: two, defaultCountry: 'GB' });
  let test: ConnectionStoreUnderTest;
  beforeAll(async () => {
    test = await make([first, second, elsewhere]);
  });
  afterAll(() => test.close());
  const mine = (all: readonly SavedConnection[]) => all.filter(({ document }) => document.environment.startsWith(prefix));
  let n = 0;
  const fresh = (): ConnectionDocument => connectionDocument({ environment: two, connection: connectionId(`c${(n += 1)}`) });

  describe('what is read', () => {
    it('is the document as it was saved, with its version, here and in another process', async () => {
      for (const document of [first, second, elsewhere]) {
        const saved = await test.store.read(document);
        expect(saved?.document).toEqual(document);
        expect(saved?.version).toBeGreaterThan(0);
        expect(await test.other.read(document)).toEqual(saved);
      }
      expect(await test.store.read({ environment: one, connection: connectionId('nobody') })).toBeUndefined();
      expect(await test.store.read({ environment: two, connection: connectionId('partners') })).toBeUndefined();
    });

    it('is listed by environment, or all of it', async () => {
      const names = (all: readonly SavedConnection[]) =>
        mine(all)
          .map(({ document }) => document.connection)
          .sort();
      expect(names(await test.store.list(one))).toEqual(['partners', 'workforce']);
      expect(names(await test.store.list())).toEqual(expect.arrayContaining(['partners', 'workforce', 'workforce']));
      expect(await test.store.list(environmentId(`${prefix}-on`))).toEqual([]);
    });

    it('has a history with the newest first', async () => {
      const saved = await test.store.read(first);
      expect((await test.store.history(first, 5))[0]).toEqual(saved);
      expect(await test.store.history({ environment: one, connection: connectionId('nobody') }, 5)).toEqual([]);
    });
  });

  describe('a change', () => {
    if (readOnly) {
      it('is refused by a read-only store, which keeps what it has', async () => {
        const before = await test.store.read(first);
        expect(test.store.readOnly).toBe(true);
        expect(await test.store.save({ ...first, defaultCountry: 'FR' }, before!.version, 'ada', at(1))).toBe('read-only');
        expect(await test.store.remove(first, before!.version, 'ada', at(1))).toBe('read-only');
        expect(await test.store.read(first)).toEqual(before);
      });
      return;
    }
    const changes = (name: string, run: (store: ConnectionStore, other: ConnectionStore) => Promise<void>): void =>
      it(name, () => run(test.store, test.other));
    const saved = async (store: ConnectionStore, document: ConnectionDocument, expected: number, by = 'ada') => {
      const result = await store.save(document, expected, by, at(expected));
      if (typeof result === 'string') throw new Error(result);
      return result;
    };

    changes('makes version 1 of a new document, and says who and when', async (store, other) => {
      const document = fresh();
      expect(await saved(store, document, 0)).toEqual({ version: 1, document, savedBy: 'ada', savedAt: at(0) });
      expect(await other.read(document)).toEqual({ version: 1, document, savedBy: 'ada', savedAt: at(0) });
    });

    changes('needs the version that it replaces: whoever read an older one changes nothing', async (store, other) => {
      const document = fresh();
      await saved(store, document, 0);
      expect(await other.save({ ...document, defaultCountry: 'FR' }, 0, 'bob', at(1))).toBe('conflict');
      expect((await saved(other, { ...document, defaultCountry: 'DE' }, 1, 'bob')).version).toBe(2);
      expect(await store.save({ ...document, defaultCountry: 'FR' }, 1, 'ada', at(2))).toBe('conflict');
      expect(await store.save(fresh(), 3, 'ada', at(2))).toBe('conflict');
      expect(await store.read(document)).toMatchObject({ version: 2, savedBy: 'bob', document: { defaultCountry: 'DE' } });
    });

    changes('that many make at once is made by one of them', async (store, other) => {
      const document = fresh();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, k) => (k % 2 ? store : other).save(document, 0, `p${k}`, at(k))),
      );
      expect(results.filter((result) => result !== 'conflict')).toHaveLength(1);
    });

    changes('is seen by the revision, and so is a removal; a refused one is not', async (store, other) => {
      const document = fresh();
      const before = await other.revision();
      await saved(store, document, 0);
      const after = await other.revision();
      expect(after).toBeGreaterThan(before);
      await store.save(document, 7, 'ada', at(1));
      expect(await store.remove(document, 7, 'ada', at(1))).toBe('conflict');
      expect(await other.revision()).toBe(after);
      expect(await store.remove(document, 1, 'ada', at(1))).toBe('removed');
      expect(await other.revision()).toBeGreaterThan(after);
      expect(await other.read(document)).toBeUndefined();
      expect(await store.remove(document, 1, 'ada', at(2))).toBe('unknown');
    });

    changes('after a removal goes on with the next version: an old number never names another document', async (store) => {
      const document = fresh();
      await saved(store, document, 0);
      await store.remove(document, 1, 'ada', at(1));
      expect(await store.save(document, 1, 'ada', at(2))).toBe('conflict');
      expect((await saved(store, document, 0)).version).toBe(2);
    });

    changes('keeps the last 20 versions', async (store) => {
      const document = fresh();
      for (let version = 0; version < 23; version += 1) await saved(store, { ...document, visibilityWindowMs: version }, version);
      const history = await store.history(document, 100);
      expect(history.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, k) => 23 - k));
      expect(history[19]?.document.visibilityWindowMs).toBe(3);
      expect((await store.history(document, 2)).map(({ version }) => version)).toEqual([23, 22]);
    });
  });
}
