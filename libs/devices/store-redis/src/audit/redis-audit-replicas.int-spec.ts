import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditNote } from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis, redisFacts } from '@tallystick/platform-redis';
import { eventually, OwnSentinels } from '@tallystick/platform-testing';
import { Acknowledged } from './acknowledged.ts';
import { redisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisAuditTrail } from './redis-audit-trail.ts';

const logger = createLogger({ service: 'audit-replicas-int', level: 'silent' });
const environment = environmentId('acme');
const clients: Redis[] = [];
let group: OwnSentinels;
let redis: Redis;
let faults: string[];
beforeEach(async () => {
  group = await OwnSentinels.start();
  redis = await connected();
  faults = [];
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await group.close();
});

const connected = async (): Promise<Redis> => {
  const { addresses: sentinels, primary } = group;
  const client = await connectRedis({ sentinels, primary, name: 'test', logger, commandTimeoutMs: 3_000 });
  clients.push(client);
  return client;
};
const trailOf = (replicas: number) =>
  new RedisAuditTrail({
    ...{ redis, replicas, writer: 'w', now: () => instant(0), onFault: (fault) => void faults.push(fault) },
    replicasWithinMs: 500,
  });
const note = (id: string, kind: AuditNote['class'] = 'intent'): AuditNote => ({
  ...{ class: kind, environment, connection: connectionId('people'), actor: 'olga', action: 'save-connection', reason: 'why' },
  ...{ intent: id, ...(kind === 'result' && { result: 'done' }) },
});
const entries = async () =>
  (await redisAuditOutbox(redis).read(environment, 100)).map(({ text }) => {
    const { intent, result } = JSON.parse(text) as { readonly intent: string; readonly result?: string };
    return `${intent} ${result ?? 'begun'}`;
  });

describe('a note that replicas have to have', () => {
  it('R43: is refused while one of them hears nothing, is taken back, and is written again when it is there', async () => {
    const trail = trailOf(2);
    expect(await trail.note(note('i-1'))).toEqual({ ok: true, value: undefined });
    group.nodes[1]!.signal('SIGSTOP');
    expect(await trail.note(note('intent'))).toMatchObject({ ok: false });
    expect(await trail.note(note('i-1', 'result'))).toMatchObject({ ok: true }); // it was made, whoever has its note
    expect(faults).toEqual(['not-replicated']);
    expect(await entries()).toEqual(['i-1 begun', 'intent begun', 'intent not-begun', 'i-1 done']);
    expect(trail.isUnderWay('intent')).toBe(false);
    expect(await trailOf(1).note(note('i-2'))).toMatchObject({ ok: true });
    group.nodes[1]!.signal('SIGCONT');
    await eventually(async () => (await trail.note(note('i-3'))).ok, { withinMs: 20_000, what: 'both replicas have a note' });
  }, 60_000);

  it('is written, told of and counts when it is of what stops or takes back: that goes on while a replica is away', async () => {
    const trail = trailOf(2);
    group.nodes[1]!.signal('SIGSTOP');
    expect(await trail.note(note('stop', 'urgent'))).toMatchObject({ ok: true });
    expect(faults).toEqual(['not-replicated']);
    expect(trail.isUnderWay('stop')).toBe(true);
    expect(await trail.note({ ...note('stop', 'urgent'), class: 'result', result: 'done' })).toMatchObject({ ok: true });
    expect(await entries()).toEqual(['stop begun', 'stop done']);
    group.nodes[1]!.signal('SIGCONT');
  }, 60_000);

  it('of what has happened already is waited for by nobody, whatever room it may use', async () => {
    const trail = trailOf(2);
    group.nodes[1]!.signal('SIGSTOP');
    expect(await trail.note({ ...note('hold'), result: 'expired' })).toMatchObject({ ok: true });
    expect([faults, await entries()]).toEqual([[], ['hold expired']]);
    group.nodes[1]!.signal('SIGCONT');
  }, 60_000);

  it('is there after a fail-over, whichever of them is promoted', async () => {
    const [first, second] = group.nodes;
    const trail = trailOf(2);
    expect(await trail.note(note('i-1'))).toMatchObject({ ok: true });
    second!.signal('SIGSTOP');
    expect(await trail.note(note('i-2'))).toMatchObject({ ok: false });
    await first!.kill();
    second!.signal('SIGCONT'); // it has i-1, and may lack i-2 when it is promoted
    await group.otherThan(first!);
    const known = await eventually(() => entries().catch(() => undefined), { withinMs: 10_000, what: 'the new primary' });
    expect(known).toContain('i-1 begun');
  }, 90_000);

  it('is waited for on the connection that wrote it only: another one says yes to what it never saw', async () => {
    const acknowledged = new Acknowledged({ redis, replicas: 2, withinMs: 500 });
    const { connection } = acknowledged;
    redisFacts(redis).renew();
    await eventually(() => redisFacts(redis).connection !== undefined && redisFacts(redis).connection !== connection, {
      withinMs: 10_000,
      what: 'another connection',
    });
    expect(await redis.wait(2, 500)).toBe(2);
    expect(await acknowledged.by(connection)).toBe(false);
    expect(await acknowledged.by(acknowledged.connection)).toBe(true);
  }, 60_000);
});
