import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { OwnRedis } from '@tallystick/platform-testing';
import { maxLeaseMs, type MemberId, type PepperId, type RingChange } from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { z } from 'zod';
import { RedisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisRingWitness } from './redis-ring-witness.ts';
import { RedisTokenRingStore } from './redis-token-ring-store.ts';
import { ringKeys } from './ring-keys.ts';

// What earlier versions have written, as Redis dumps it, named for the layout: this version must read it, and go on with it (R42). With
// RECORD_LAYOUT=<name> the present version writes it: once for each release, and for each layout.
const folder = join(import.meta.dirname, 'layouts');
const { shard, environments } = environmentsOfOneShard(2);
const [one, two] = environments as [(typeof environments)[0], (typeof environments)[0]];
const keys = ringKeys('tally', shard);
const member = (epoch = '', applied = -1) => ({
  id: 'm' as MemberId,
  epoch,
  applied,
  leaseMs: maxLeaseMs,
  peppers: ['k1' as PepperId],
});
const change = (environment: typeof one, version: number, more: Partial<RingChange> = {}): RingChange => ({
  ring: exampleRing(environment, version, [exampleToken(version)]),
  expectedVersion: version - 1,
  audit: JSON.stringify({ version }),
  mayUseReserve: false,
  ...more,
});

const opened: { readonly server: OwnRedis; readonly client: Redis }[] = [];
const open = async () => {
  const server = await OwnRedis.start();
  const client = await connectRedis({
    url: server.url,
    name: 'test',
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  opened.push({ server, client });
  const store = new RedisTokenRingStore({ client });
  return { server, client, store, outbox: new RedisAuditOutbox({ client }), witness: new RedisRingWitness({ client }) };
};
afterEach(async () => {
  for (const { server, client } of opened.splice(0)) {
    client.destroy();
    await server.close();
  }
});

/** By name, in base64. What would not be there any more when it is read has no end here. */
type Dump = Readonly<Record<string, string>>;
/** The connection gives text, and a dump is none: the server itself makes hexadecimal digits of it, and takes them back. */
const dumpLua = `return (string.gsub(redis.call('DUMP', KEYS[1]), '.', function(c) return string.format('%02x', string.byte(c)) end))`;
const restoreLua = `return redis.call('RESTORE', KEYS[1], 0, (string.gsub(ARGV[1], '..', function(h) return string.char(tonumber(h, 16)) end)))`;
const dumpOf = async (client: Redis): Promise<Dump> => {
  const names = (await client.keys('*')).sort();
  const texts = await Promise.all(names.map(async (name) => z.string().parse(await client.eval(dumpLua, { keys: [name] }))));
  return Object.fromEntries(names.map((name, at) => [name, Buffer.from(texts[at]!, 'hex').toString('base64')]));
};

if (process.env['RECORD_LAYOUT'] !== undefined)
  describe('the present layout', () => {
    it('is recorded', async () => {
      const { client, store, witness } = await open();
      await store.change(
        change(one, 1, {
          sealed: { keep: [{ token: exampleToken(1).id, copy: 'a sealed copy' }], erase: [] },
          idempotency: { key: 'a', requestDigest: 'd', answer: 'sealed' },
        }),
      );
      await store.change(change(one, 2));
      await store.change(change(two, 1));
      const { headEpoch } = await store.renew(shard, member());
      await witness.raise(shard, headEpoch, 3);
      writeFileSync(join(folder, `${process.env['RECORD_LAYOUT']}.json`), `${JSON.stringify(await dumpOf(client), null, 1)}\n`);
    }, 30_000);
  });

describe('what an earlier version has written', () => {
  it.each(readdirSync(folder))(
    '%s: is read, followed, published and changed further',
    async (name) => {
      const { client, store, outbox, witness } = await open();
      const dump = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dump;
      for (const [key, text] of Object.entries(dump))
        await client.eval(restoreLua, { keys: [key], arguments: [Buffer.from(text, 'base64').toString('hex')] });
      expect(await store.read(one)).toEqual(exampleRing(one, 2, [exampleToken(2)]));
      expect(await store.answered(one, 'a')).toMatchObject({ seq: 1, requestDigest: 'd', answer: 'sealed' });
      expect(await store.readSealed(one, exampleToken(1).id)).toBe('a sealed copy');
      const look = await store.look(shard);
      expect([look.seq, look.members.length]).toEqual([3, 1]);
      expect(await witness.read(shard, look.headEpoch)).toBe(3);
      const { position } = await store.renew(shard, member());
      expect((await store.load(shard, position.epoch)).map(({ environment }) => environment).sort()).toEqual([one, two].sort());
      expect((await outbox.read(shard, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(await outbox.claim(shard, 'relay', 1_000)).toBeDefined();
      expect(await store.change(change(one, 3))).toMatchObject({ kind: 'changed', seq: 4 });
      const { entries } = await store.renew(shard, member(position.epoch, 3));
      expect(entries.map(({ seq }) => seq)).toEqual([4]);
      expect(await client.hGet(keys.head, 'oldest-reader')).toBeNull();
    },
    30_000,
  );
});
