import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, keepLayout, type Redis } from '@tallystick/platform-redis';
import { OwnRedis, type RedisDump, restoreRedis } from '@tallystick/platform-testing';
import { exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { RedisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisTokenRingStore } from './redis-token-ring-store.ts';
import { sightingsLayout } from './sightings/sightings-layout.ts';
import { acme, globex, member, readReleaseData, ringShard } from './test-support/release/release-data.ts';

// What releases before this one wrote, and what they themselves read of it; recorded by `tools/record-release.mjs`.
const folder = join(import.meta.dirname, 'releases');
const logger = createLogger({ service: 'upgrade', level: 'silent' });

describe.each(readdirSync(folder))('this release on the data of %s', (name) => {
  const release = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly reads: unknown; readonly data: RedisDump };
  let server: OwnRedis;
  let client: Redis;
  beforeEach(async () => {
    server = await OwnRedis.start();
    client = await connectRedis({ url: server.url, name: 'upgrade', logger });
    await restoreRedis(client, release.data);
  }, 30_000);
  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  it('takes it for its own, and reads what that release read: every ring, every token, what was answered, who was seen', async () => {
    const layout = await keepLayout(client, sightingsLayout('tally'), { logger });
    expect(await readReleaseData(client)).toEqual(release.reads);
    expect(await client.hGet('tally:layout:sightings', 'writes')).toBe('1');
    await layout.stop();
  });

  it('serves a validator that joins the same rings, and so the same verdicts', async () => {
    const store = new RedisTokenRingStore({ client });
    const { position } = await store.renew(ringShard, member());
    const loaded = await store.load(ringShard, position.epoch);
    const { rings } = release.reads as { readonly rings: readonly unknown[] };
    for (const environment of [acme, globex])
      expect(rings).toContainEqual(JSON.parse(JSON.stringify(loaded.find((ring) => ring.environment === environment))));
    expect(loaded).toHaveLength(rings.length);
  });

  it('makes changes on it, which the validators hear of, and repeats the answer of a change of before', async () => {
    const store = new RedisTokenRingStore({ client });
    const { position } = await store.renew(ringShard, member());
    const before = (await store.read(globex))!;
    const ring = exampleRing(globex, 2, [
      exampleToken(1, { kind: 'revoked', at: before.tokens[0]!.createdAt, by: 'olga', reason: 'lost' }),
    ]);
    const change = { ring, expectedVersion: 1, audit: '{"action":"fourth"}', mayUseReserve: true };
    expect(await store.change(change)).toMatchObject({ kind: 'changed', seq: 4 });
    const { entries } = await store.renew(ringShard, member(position.epoch, 3));
    expect(entries).toMatchObject([{ seq: 4, ring: { environment: globex, tokens: [{ state: { kind: 'revoked' } }] } }]);
    const again = { ...change, expectedVersion: 1, idempotency: { key: 'key-a', requestDigest: 'd', answer: 'other' } };
    expect(await store.change({ ...again, ring: exampleRing(acme, 2) })).toMatchObject({
      kind: 'replayed',
      answer: 'sealed',
      values: 'sealed values',
    });
  });

  it('publishes what that release had noted and not published', async () => {
    const outbox = new RedisAuditOutbox({ client });
    expect(await outbox.claim(ringShard, 'relay', 1_000)).toBeDefined();
    const audits = (await outbox.read(ringShard, 10)).map(({ audit }) => audit);
    expect(audits).toEqual(['{"action":"first"}', '{"action":"second"}', '{"action":"third"}']);
  });
});
