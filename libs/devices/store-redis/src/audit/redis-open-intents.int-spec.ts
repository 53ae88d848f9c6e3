import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditNote, UserHash } from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { OwnRedis } from '@tallystick/platform-testing';
import { auditKeys, auditWriterKey } from './audit-keys.ts';
import { redisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisAuditTrail } from './redis-audit-trail.ts';
import { RedisOpenIntents } from './redis-open-intents.ts';

const logger = createLogger({ service: 'open-intents-int', level: 'silent' });
const environment = environmentId('acme');
const connection = connectionId('people');
const now = () => instant(1_800_000_000_000);

// One of its own: all environments are looked through.
let server: OwnRedis;
let redis: Redis;
beforeAll(async () => {
  server = await OwnRedis.start();
  redis = await connectRedis({ url: server.url, name: 'open-intents-int', logger });
}, 60_000);
afterAll(async () => {
  await redis?.close();
  await server?.close();
});
beforeEach(() => redis.flushAll());

/** A process with its trail and its look; one that dies leaves what it has begun. */
function processOf({ openMs = 0, room }: { readonly openMs?: number; readonly room?: number } = {}) {
  const writer = randomUUID();
  const roomy = room === undefined ? {} : { room };
  const trail = new RedisAuditTrail({ redis, now, writer, onFault: () => undefined, ...roomy });
  const isUnderWay = (intent: string) => trail.isUnderWay(intent);
  const intents = new RedisOpenIntents({ redis, writer, now, openMs, isUnderWay, ...roomy });
  return { trail, intents, dies: () => redis.del(auditWriterKey(writer)) };
}
const intent = (id: string, more: Partial<AuditNote> = {}): AuditNote => ({
  ...{ class: 'intent', environment, connection, actor: 'olga', action: 'start-pass', reason: 'as agreed', requestId: 'r-1' },
  ...{ intent: id, ...more },
});
const entries = async () =>
  (await redisAuditOutbox(redis).read(environment, 100)).map(({ text }) => JSON.parse(text) as Record<string, unknown>);
const open = () => redis.hLen(auditKeys(environment).open);

describe('an intent whose process died', () => {
  it('is ended once, as outcome-unknown, however many look at the same time', async () => {
    const dead = processOf();
    await dead.trail.note(intent('i-1', { subject: 'p1' }));
    const others = [processOf(), processOf(), processOf()];
    const closed = await Promise.all(others.map(({ intents }) => intents.look()));
    expect(closed.map((look) => look.closed).reduce((a, b) => a + b)).toBe(1);
    expect(closed.flatMap(({ faults }) => faults)).toEqual([]);
    expect((await entries()).slice(1)).toEqual([
      {
        ...{ format: 1, environment, at: '2027-01-15T08:00:00.000Z', actor: 'system', action: 'start-pass' },
        reason: expect.stringContaining('without a result'),
        ...{ requestId: 'r-1', intent: 'i-1', subject: 'p1', result: 'outcome-unknown' },
        facts: { connection, begunBy: 'olga', class: 'result' },
      },
    ]);
    expect(await open()).toBe(0);
  });

  it('names the person by the name that the intent had, and nobody anew', async () => {
    const [dead, other] = [processOf(), processOf()];
    const person = { environment, connection, user: 'a'.repeat(32) as UserHash };
    await dead.trail.note(intent('i-0', { person }));
    await dead.trail.note(intent('i-1', { person }));
    const { people } = auditKeys(environment);
    await redis.del(people); // erased meanwhile
    expect(await other.intents.look()).toMatchObject({ closed: 2 });
    expect(new Set((await entries()).map(({ subject }) => subject)).size).toBe(1);
    expect(await redis.exists(people)).toBe(0);
  });

  it('stays open until it is old enough, and for as long as there is no room for its end', async () => {
    await processOf().trail.note(intent('i-1'));
    expect(await processOf({ openMs: 60_000 }).intents.look()).toMatchObject({ closed: 0 });
    expect(await processOf({ room: 0 }).intents.look()).toMatchObject({ closed: 0, faults: [expect.any(Error)] });
    expect(await open()).toBe(1);
    expect(await processOf().intents.look()).toMatchObject({ closed: 1 });
  });
});

describe('an intent of a process that lives', () => {
  it('is left alone while it is worked on, and ended by nobody once it has a result', async () => {
    const [living, other] = [processOf(), processOf()];
    await living.trail.note(intent('i-1'));
    expect(await living.intents.look()).toMatchObject({ closed: 0 });
    expect(await other.intents.look()).toMatchObject({ closed: 0 });
    await living.trail.note(intent('i-1', { class: 'result', result: 'done' }));
    await living.dies();
    expect(await other.intents.look()).toMatchObject({ closed: 0 });
    expect((await entries()).map(({ result }) => result)).toEqual([undefined, 'done']);
  });

  it('is ended by that process itself when its result could not be written', async () => {
    const living = processOf({ room: 1 });
    expect(await living.trail.note(intent('i-1'))).toMatchObject({ ok: false }); // nine tenths of one are none
    await living.trail.note(intent('i-1', { class: 'urgent' }));
    await redis.xAdd(auditKeys(environment).outbox, '9-1', { entry: '{}' });
    expect(await living.trail.note(intent('i-1', { class: 'result', result: 'done' }))).toMatchObject({ ok: false });
    await redis.xDel(auditKeys(environment).outbox, ['1-1', '9-1']);
    await redis.hSet(auditKeys(environment).head, 'seq', '9');
    expect(await living.intents.look()).toMatchObject({ closed: 1 });
    expect(await entries()).toMatchObject([{ intent: 'i-1', result: 'outcome-unknown' }]);
  });
});
