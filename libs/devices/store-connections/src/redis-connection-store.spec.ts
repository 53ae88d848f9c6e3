import { describe, expect, it } from '@jest/globals';
import type { UnreadableConnection } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { RedisConnectionStore } from './redis-connection-store.ts';

const well = connectionDocument();
const text = (document: object) => JSON.stringify({ version: 1, savedBy: 'ada', savedAt: 1_000, document });
/** What other versions of this product may have left. */
const saved: Readonly<Record<string, string>> = {
  'acme/workforce': text(well),
  'acme/newer': text({ ...well, connection: 'newer', source: { ...well.source, topic: 'acme.newer' }, sEcReT: 'sEcReT' }),
  'acme/stricter': text({ ...well, connection: 'stricter', mapping: {} }),
  'globex/damaged': '{"version":1,"sEcReT',
  'globex/other': text(well),
};
const store = new RedisConnectionStore({ hGetAll: () => Promise.resolve({ ...saved }) } as unknown as Redis);

describe("saved documents that this build can't read", () => {
  it('are named, with what is wrong and their topic as far as it can be told, and keep nobody else from being read', async () => {
    const found: UnreadableConnection[] = [];
    const read = await store.list(undefined, (one) => void found.push(one));
    expect(read.map(({ document }) => document)).toEqual([well]);
    expect(found.map(({ environment, connection, topic }) => `${environment}/${connection} ${topic}`)).toEqual([
      'acme/newer acme.newer',
      'acme/stricter acme.people',
      'globex/damaged undefined',
      'globex/other acme.people',
    ]);
    expect(found.map(({ because }) => because)).toEqual([
      'document',
      'document.mapping.userName',
      'it is not JSON',
      "it is another connection's",
    ]);
    expect(JSON.stringify(found)).not.toContain('sEcReT');
  });

  it('are refused by their format where a newer version has written them, though every field of them is known', async () => {
    const newer = { version: 1, format: 2, savedBy: 'ada', savedAt: 1_000, document: well };
    const of = (document: object) =>
      new RedisConnectionStore({
        hGetAll: () => Promise.resolve({ 'acme/workforce': JSON.stringify(document) }),
      } as unknown as Redis);
    const found: UnreadableConnection[] = [];
    expect(await of(newer).list(undefined, (one) => void found.push(one))).toEqual([]);
    expect(found).toMatchObject([{ because: 'it has format 2, of a newer version; this one knows 1' }]);
    expect(await of({ ...newer, format: 1 }).list()).toHaveLength(1);
  });

  it('fail a list of those who do not ask for them, so that nobody takes one for removed; other environments are read', async () => {
    await expect(store.list()).rejects.toThrow("the saved document of connection acme/newer can't be read");
    await expect(store.list(environmentId('globex'))).rejects.toThrow('globex/damaged');
    expect(await store.list(environmentId('umbrella'))).toEqual([]);
    const hr = { environment: environmentId('acme'), connection: connectionId('stricter') };
    const one = new RedisConnectionStore({
      hGet: (key: string) => Promise.resolve(key.endsWith(':versions') ? '7' : saved['acme/stricter']),
      lRange: () => Promise.resolve([saved['acme/stricter'], text({ ...well, connection: 'stricter' })]),
    } as unknown as Redis);
    await expect(one.read(hr)).rejects.toMatchObject({ name: 'UnreadableDocument', version: 7 });
    await expect(one.history(hr, 5)).rejects.toThrow('acme/stricter');
    const told: UnreadableConnection[] = [];
    expect(await one.history(hr, 5, (version) => void told.push(version))).toHaveLength(1);
    expect(told).toHaveLength(1);
  });
});
