import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditNote, UserHash } from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { auditDigest } from '@tallystick/platform-audit';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisErasure } from '../erasure/redis-erasure.ts';
import { RedisChangeLedger } from '../changes/redis-change-ledger.ts';
import { auditedEnvironmentsKey, auditKeys } from './audit-keys.ts';
import { redisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisAuditTrail } from './redis-audit-trail.ts';

const logger = createLogger({ service: 'audit-int', level: 'silent' });
const ring = parseKeyRing(generateKeyRing());
let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis({ url: endpoints().redis, name: 'audit-int', logger });
});
afterAll(() => redis.close());

let environment: ReturnType<typeof environmentId>;
let faults: string[];
let trail: RedisAuditTrail;
beforeEach(() => {
  environment = environmentId(
    uniqueName('audit')
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]/g, '-')
      .slice(0, 40),
  );
  faults = [];
  const [now, onFault] = [() => instant(1_800_000_000_000), (fault: string) => void faults.push(fault)];
  trail = new RedisAuditTrail({ redis, digest: auditDigest(ring), now, onFault, room: 10 });
});

const connection = connectionId('people');
const ada = () => ({ environment, connection, user: 'a'.repeat(32) as UserHash });
const note = (more: Partial<AuditNote> = {}): AuditNote => ({
  ...{
    class: 'intent',
    environment,
    connection,
    actor: 'olga',
    action: 'edit-parked-record',
    reason: 'mended',
    requestId: 'r-1',
  },
  ...more,
});
const waiting = async (): Promise<readonly (Record<string, unknown> & { readonly seq: number })[]> =>
  (await redisAuditOutbox(redis).read(environment, 100)).map(({ seq, text }) => ({
    seq,
    ...(JSON.parse(text) as Record<string, unknown>),
  }));

describe('the audit outbox of the devices', () => {
  it('R43: takes readings until it is half full, changes until nine tenths, results beyond, and keeps the last room for what stops or takes back', async () => {
    const taken = async (kind: AuditNote['class']) => {
      for (let n = 0; ; n += 1) if (n === 30 || !(await trail.note(note({ class: kind }))).ok) return n;
    };
    expect([await taken('reading'), await taken('intent'), await taken('result'), await taken('urgent')]).toEqual([5, 4, 10, 1]);
    expect([await taken('result'), faults]).toEqual([0, ['full', 'full', 'full', 'full', 'full']]);
    expect((await waiting()).map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });

  it('R43: takes nothing, and says so, while its Redis is away; all notes of a call or none', async () => {
    const away = await connectRedis({ url: endpoints().redis, name: 'audit-away', logger });
    await away.close();
    const onFault = (fault: string) => void faults.push(fault);
    expect(await new RedisAuditTrail({ redis: away, now: () => instant(0), onFault }).note(note())).toMatchObject({ ok: false });
    expect(faults).toEqual(['unreachable']);
    expect(await trail.note(...Array.from({ length: 10 }, () => note()))).toMatchObject({ ok: false });
    expect(await waiting()).toEqual([]);
  });

  it('names a person by one name of their own, which nothing connects with them any more once they are forgotten', async () => {
    await trail.note(note({ person: ada() }));
    await trail.note(note({ person: ada(), class: 'reading' }));
    const [first, second] = (await waiting()).map(({ subject }) => subject);
    expect(first).toMatch(/^person:[0-9a-f]{32}$/);
    expect(second).toBe(first);
    expect(JSON.stringify(await waiting())).not.toContain(ada().user);
    await redis.hDel(auditKeys(environment).people, `${connection}/${ada().user}`);
    await trail.note(note({ person: ada() }));
    expect((await waiting())[2]!['subject']).not.toBe(first);
  });

  it('has keyed digests in place of what was there before and after', async () => {
    await trail.note(note({ before: { a: 1, b: '+447700900001' }, after: { b: '+447700900001', a: 1 } }));
    const [entry] = await waiting();
    expect(entry).toMatchObject({
      format: 1,
      actor: 'olga',
      reason: 'mended',
      at: '2027-01-15T08:00:00.000Z',
      before: expect.any(String),
    });
    expect(entry!['after']).toBe(entry!['before']);
    expect(JSON.stringify(entry)).not.toContain('7700900001');
  });

  it('has other digests for the same value of another person, and none that could be made again once they are forgotten', async () => {
    const bob = { ...ada(), user: 'b'.repeat(32) as UserHash };
    const [phone, digest] = ['+447700900001', auditDigest(ring)];
    await trail.note(note({ person: ada(), before: phone, after: phone }), note({ person: bob, after: phone }));
    await trail.note(note({ digestsOf: ada(), after: phone }));
    const [first, other, again] = await waiting();
    expect([first!['before'], again!['after']]).toEqual([first!['after'], first!['after']]);
    expect(other!['after']).not.toBe(first!['after']);
    expect(again).not.toHaveProperty('subject');

    const people = () => redis.hGetAll(auditKeys(environment).people);
    const secret = (await people())[`${connection}/${ada().user}/key`]!;
    expect(digest(phone, 'person', secret)).toBe(first!['after']);
    expect(JSON.stringify(await waiting())).not.toContain(secret);
    await new RedisErasure({ redis, ring }).forgetName(ada());
    expect(Object.keys(await people()).some((line) => line.includes(ada().user))).toBe(false);
    await trail.note(note({ person: ada(), after: phone }));
    expect((await waiting()).at(-1)!['after']).not.toBe(first!['after']);
  });

  it('does not keep a secret for a person who is erased while they are noted', async () => {
    let erased = 0;
    const { people } = auditKeys(environment);
    const erasing = auditDigest(ring);
    const onFault = (fault: string) => void faults.push(fault);
    const digest: typeof erasing = (...of) => {
      erased += 1;
      void redis.hDel(people, `${connection}/${ada().user}/key`); // on the same connection, so before the note
      return erasing(...of);
    };
    const racing = new RedisAuditTrail({ redis, digest, now: () => instant(0), onFault });
    expect(await racing.note(note({ person: ada(), after: 'x' }))).toMatchObject({ ok: false });
    expect([erased, faults, await waiting()]).toEqual([3, ['unreachable'], []]);
  });

  it('has digests that can be compared in one entry only where nobody knows whose values they are', async () => {
    const same = { digestsOf: 'unknown', before: 'x', after: 'x' } as const;
    await trail.note(note(same), note(same));
    const [first, second] = await waiting();
    expect(first!['after']).toBe(first!['before']);
    expect(second!['after']).not.toBe(first!['after']);
    expect(await redis.hLen(auditKeys(environment).people)).toBe(0);
  });

  it('is found by the relay, in numbers without a gap, also of what belongs to no environment', async () => {
    await trail.note(note());
    await trail.note(note({ environment: ':system', action: 'open-payloads' }));
    const outbox = redisAuditOutbox(redis);
    expect(await outbox.outboxes()).toEqual(expect.arrayContaining([environment, ':system']));
    const claim = (await outbox.claim(environment, 'relay', 1_000))!;
    expect(await outbox.remove(environment, claim, 1, [])).toBe('done');
    expect(await waiting()).toEqual([]);
    await trail.note(note());
    expect(await waiting()).toMatchObject([{ seq: 2 }]);
  });
});

describe('the list of environments', () => {
  it('is written again when Redis has lost it: by the next note, and by a relay that knew it', async () => {
    await trail.note(note());
    const known = redisAuditOutbox(redis);
    await known.outboxes();
    await redis.sRem(auditedEnvironmentsKey, environment);
    expect(await known.outboxes()).toContain(environment);
    expect(await redisAuditOutbox(redis).outboxes()).toContain(environment);
    await redis.sRem(auditedEnvironmentsKey, environment);
    await trail.note(note());
    expect(await redisAuditOutbox(redis).outboxes()).toContain(environment);
    expect(await waiting()).toHaveLength(2);
  });

  it('leaves out what is no environment, so that it stops nobody else', async () => {
    const stray = `No Environment ${environment}`;
    await trail.note(note());
    await redis.sAdd(auditedEnvironmentsKey, stray);
    try {
      const names = await redisAuditOutbox(redis).outboxes();
      expect([names.includes(environment), names.includes(stray)]).toEqual([true, false]);
    } finally {
      await redis.sRem(auditedEnvironmentsKey, stray);
    }
  });
});

describe('the ledger of changes', () => {
  const ledgerOf = (leaseMs = 60_000) => new RedisChangeLedger({ redis, ring, digest: (text) => `digest of ${text}`, leaseMs });
  const name = () => ({ environment, actor: 'olga', key: `k-${environment}` });

  it('answers a key again as it was, another request with it not at all, and keeps no answer in clear', async () => {
    const ledger = ledgerOf();
    expect(await ledger.begin(name(), 'request', 'run-1')).toEqual({ kind: 'begun', again: false, run: 'run-1' });
    expect(await ledger.begin(name(), 'request', 'run-2')).toEqual({ kind: 'under-way' });
    expect(await ledger.begin(name(), 'another', 'run-2')).toEqual({ kind: 'reused' });
    await ledger.answered(name(), 'run-1', 'the answer');
    expect(await ledger.begin(name(), 'request', 'run-3')).toEqual({ kind: 'answered', answer: 'the answer' });
    expect(await ledger.begin({ ...name(), actor: 'eve' }, 'request', 'run-3')).toMatchObject({ kind: 'begun' });
  });

  it('lets one try again of whom nobody knows what became, and frees a key that changed nothing', async () => {
    const ledger = ledgerOf();
    await ledger.begin(name(), 'request', 'run-1');
    await ledger.leftOpen(name(), 'run-1');
    expect(await ledger.begin(name(), 'request', 'run-2')).toMatchObject({ kind: 'begun', again: true });
    await ledger.answered(name(), 'run-1', 'too late'); // its turn is over
    expect(await ledger.begin(name(), 'request', 'run-3')).toEqual({ kind: 'under-way' });
    await ledger.forgotten(name(), 'run-2');
    expect(await ledger.begin(name(), 'another', randomUUID())).toMatchObject({ kind: 'begun', again: false });
  });
});
