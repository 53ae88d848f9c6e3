import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { checkToken, ringShardOf, slowBoundMs } from '@tallystick/tokens-domain';
import { memoryService, newKeyRing } from '../test-support/memory-service.ts';
import { ChangeRings, type RingDone, type RingOutcome, type RingRequest } from './change-rings.ts';
import { Peppers } from './token-values.ts';

const environment = environmentId('acme');
const later = instant(1_900_000_000_000);
const add = (more: Partial<RingRequest> = {}): RingRequest => ({
  environment,
  actor: 'admin',
  command: { kind: 'add-token', label: 'iOS' },
  ...more,
});
const turnOn: RingRequest = {
  environment,
  actor: 'admin',
  command: { kind: 'set-requirement', enabled: true, effectiveAt: later, force: false },
};

function done(outcome: RingOutcome): RingDone {
  if (!('propagation' in outcome)) throw new Error(`expected it to be done, got ${JSON.stringify(outcome)}`);
  return outcome;
}

describe('a change', () => {
  it('keeps the digest of a generated value, and gives the value', async () => {
    const { changes, memory } = memoryService();
    const { value, created } = done(await changes.change(add({ idempotencyKey: 'a' })));
    expect(checkToken(value ?? '')).toBe('valid');
    expect((await memory.read(environment))?.tokens).toMatchObject([{ id: created, label: 'iOS' }]);
    expect(JSON.stringify([memory.snapshot(), await memory.answered(environment, 'a')])).not.toContain(value);
  });

  it('M2, M18: makes a UUID when asked to, and takes a value of the administrator', async () => {
    const { changes } = memoryService();
    expect(done(await changes.change(add({ format: 'uuid' }))).value).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(done(await changes.change(add({ ownValue: 'q7Zt-x2Lk_9vB.4n' }))).value).toBe('q7Zt-x2Lk_9vB.4n');
    expect(await changes.change(add({ ownValue: 'too short' }))).toEqual({ kind: 'value-refused', reason: 'unsafe-characters' });
  });

  it('M21: refuses an own value again after the pepper was changed, and when the old pepper is gone', async () => {
    const { changes, needs } = memoryService();
    const old = newKeyRing('k1');
    const grown = { current: 'k2', keys: new Map([...newKeyRing('k2').keys, ...old.keys]) };
    const withPeppers = (peppers: Peppers) => new ChangeRings({ ...needs, peppers });
    const own = add({ ownValue: 'q7Zt-x2Lk_9vB.4n' });
    expect(changes).toBeDefined();
    done(await withPeppers(new Peppers(old)).change(own));
    expect(await withPeppers(new Peppers(grown)).change(own)).toEqual({ kind: 'refused', reason: 'duplicate-value' });
    expect(await withPeppers(new Peppers(newKeyRing('k2'))).change(own)).toEqual({ kind: 'pepper-missing' });
  });

  it('made by twenty at the same time is made by each, one after the other', async () => {
    const { changes, memory } = memoryService();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, at) => changes.change(add({ idempotencyKey: `key-${at}` }))),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'changed'));
    expect((await memory.read(environment))?.version).toBe(8);
  });

  it('from a version that is no longer there is refused, and names the one that is', async () => {
    const { changes } = memoryService();
    done(await changes.change(turnOn));
    expect(await changes.change({ ...turnOn, expectedVersion: 0 })).toEqual({ kind: 'version-mismatch', version: 1 });
  });

  it('waits before it answers', async () => {
    const { changes } = memoryService();
    expect(done(await changes.change(add())).propagation).toMatchObject({ confirmedBy: 'lease', waitedMs: slowBoundMs });
  });
});

describe('a request that is repeated with its key', () => {
  it('R5: after a crash between commit and answer gives the same token and value, after the same wait', async () => {
    let crash = true;
    const { changes, memory, clock } = memoryService((store) => ({
      change: async (change) => {
        const result = await store.change(change);
        if (crash) throw new Error('the process died before it could answer');
        return result;
      },
    }));
    await expect(changes.change(add({ idempotencyKey: 'a' }))).rejects.toThrow('died');
    crash = false;
    const before = clock.nowMs();
    const again = done(await changes.change(add({ idempotencyKey: 'a' })));
    expect(again).toMatchObject({ kind: 'replayed', propagation: { confirmedBy: 'lease', waitedMs: slowBoundMs } });
    expect(clock.nowMs() - before).toBeGreaterThanOrEqual(slowBoundMs);
    expect(checkToken(again.value ?? '')).toBe('valid');
    const { tokens = [] } = (await memory.read(environment)) ?? {};
    expect(tokens.map(({ id }) => id)).toEqual([again.created]); // no half-made, no second token
  });

  it('gives the value for ten minutes, after that the token without it', async () => {
    const { changes, wall } = memoryService();
    const first = done(await changes.change(add({ idempotencyKey: 'a' })));
    wall.nowMs += 10 * 60_000 - 1;
    expect(done(await changes.change(add({ idempotencyKey: 'a' }))).value).toBe(first.value);
    wall.nowMs += 1;
    expect(done(await changes.change(add({ idempotencyKey: 'a' })))).toMatchObject({ created: first.created, value: undefined });
  });

  it.each<[string, Partial<RingRequest>]>([
    ['another actor', { actor: 'somebody else' }],
    ['another label', { command: { kind: 'add-token', label: 'Android' } }],
    ['another form', { format: 'uuid' }],
  ])('by %s is refused', async (_, more) => {
    const { changes } = memoryService();
    done(await changes.change(add({ idempotencyKey: 'a' })));
    expect(await changes.change(add({ idempotencyKey: 'a', ...more }))).toEqual({ kind: 'key-reused' });
  });

  it('at the same time is done once, and both get the value', async () => {
    const { changes, memory } = memoryService();
    const both = await Promise.all([1, 2].map(async () => done(await changes.change(add({ idempotencyKey: 'a' })))));
    expect(new Set(both.map(({ value }) => value)).size).toBe(1);
    expect((await memory.read(environment))?.tokens).toHaveLength(1);
  });
});

describe('a revocation', () => {
  const revoke = (token: RingDone, more: Partial<RingRequest> = {}): RingRequest =>
    add({ command: { kind: 'revoke-token', token: token.created!, reason: 'leaked', force: false }, ...more });

  it('of a token that is revoked already waits like the first one', async () => {
    const { changes, clock } = memoryService();
    const token = done(await changes.change(add()));
    const first = changes.change(revoke(token, { idempotencyKey: 'first' }));
    const second = await changes.change(revoke(token, { idempotencyKey: 'second', actor: 'another admin' }));
    expect(done(await first).kind).toBe('changed');
    expect(done(second).propagation.waitedMs).toBeGreaterThanOrEqual(slowBoundMs);
    const before = clock.nowMs();
    expect(done(await changes.change(revoke(token, { idempotencyKey: 'third' }))).kind).toBe('unchanged');
    expect(clock.nowMs() - before).toBeGreaterThanOrEqual(slowBoundMs);
  });

  it('that a fail-over lost during the wait is not reported as done', async () => {
    const { changes, memory, clock } = memoryService();
    const token = done(await changes.change(add()));
    const backup = memory.snapshot();
    const outcome = changes.change(revoke(token, { idempotencyKey: 'a' }));
    await clock.sleep(1_000);
    memory.restore(backup);
    memory.restart();
    expect(await outcome).toEqual({ kind: 'outcome-unknown' });
    expect(done(await changes.change(revoke(token, { idempotencyKey: 'a' }))).kind).toBe('changed');
  });

  it('that outlived a restart of the server during the wait is reported as done', async () => {
    const { changes, memory, clock } = memoryService();
    const token = done(await changes.change(add()));
    const outcome = changes.change(revoke(token, { idempotencyKey: 'a' }));
    await clock.sleep(1_000);
    memory.restart();
    expect(done(await outcome).propagation.confirmedBy).toBe('lease');
  });

  it('that replication never confirmed stays unknown when it is repeated', async () => {
    const { changes } = memoryService((store) => ({
      change: async (change) => {
        const result = await store.change(change);
        return change.mayUseReserve && result.kind === 'changed' ? { kind: 'outcome-unknown' } : result;
      },
      confirm: () => Promise.resolve(undefined),
    }));
    const token = done(await changes.change(add()));
    expect(await changes.change(revoke(token, { idempotencyKey: 'a' }))).toEqual({ kind: 'outcome-unknown' });
    expect(await changes.change(revoke(token, { idempotencyKey: 'a' }))).toEqual({ kind: 'outcome-unknown' });
    expect(await changes.change(revoke(token, { idempotencyKey: 'other' }))).toEqual({ kind: 'outcome-unknown' });
  });

  it('M24: of the last token, forced, gives the replacement and its value, also when it is repeated', async () => {
    const { changes } = memoryService();
    const token = done(await changes.change(turnOn));
    const forced = revoke(token, {
      idempotencyKey: 'a',
      command: { kind: 'revoke-token', token: token.created!, reason: 'leaked', force: true },
    });
    const first = done(await changes.change(forced));
    const again = done(await changes.change(forced));
    expect(checkToken(first.value ?? '')).toBe('valid');
    expect([again.created, again.value]).toEqual([first.created, first.value]);
  });

  it('M38: leaves an audit entry with who, what and why, and without any value or digest', async () => {
    const { changes, memory } = memoryService();
    const own = 'q7Zt-x2Lk_9vB.4n';
    const token = done(await changes.change(add({ ownValue: own })));
    done(await changes.change(revoke(token)));
    const entries = memory.outbox(ringShardOf(environment));
    expect(entries.map((entry) => JSON.parse(entry) as unknown)).toMatchObject([
      { actor: 'admin', action: 'add-token', environment, version: 1, created: token.created },
      { actor: 'admin', action: 'revoke-token', version: 2, revoked: token.created, reason: 'leaked' },
    ]);
    const { digest = 'none' } = token.ring.tokens[0] ?? {};
    expect(entries.join()).not.toContain(own);
    expect(entries.join()).not.toContain(digest);
  });
});
