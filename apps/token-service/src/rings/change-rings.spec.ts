import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { checkToken, type PepperId, type RingCommand, ringShardOf, slowBoundMs, type TokenId } from '@tallystick/tokens-domain';
import { InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { RegistryWatch } from '../propagation/registry-watch.ts';
import { EagerValidator, memoryService, newKeyRing } from '../test-support/memory-service.ts';
import { ChangeRings } from './change-rings.ts';
import type { RingDone, RingOutcome, RingRequest } from './ring-request.ts';
import { Peppers } from './token-values.ts';

const environment = environmentId('acme');
const shard = ringShardOf(environment);
const by = { environment, actor: 'admin', reason: 'yearly', mayForce: false };
const later = instant(1_900_000_000_000);
type More = Partial<Pick<RingRequest, 'actor' | 'reason' | 'mayForce' | 'idempotencyKey' | 'expectedVersion' | 'format'>> & {
  readonly ownValues?: readonly string[];
};
const of = (command: RingCommand, more: More = {}): RingRequest => ({ ...by, command, ...more });
const add = (more: More = {}, label = 'iOS'): RingRequest => of({ kind: 'add-token', label, segment: {} }, more);
const turnOn = of({ kind: 'set-requirement', mode: 'enforce', effectiveAt: later });
const day = 86_400_000;

function done(outcome: RingOutcome): RingDone {
  if (!('propagation' in outcome)) throw new Error(`expected it to be done, got ${JSON.stringify(outcome)}`);
  return outcome;
}

const first = ({ created }: RingDone): { readonly token: TokenId; readonly value: string | undefined } => {
  const [made] = created;
  if (!made) throw new Error('it made no token');
  return made;
};

describe('a change', () => {
  it('keeps the digest of a generated value, and gives the value', async () => {
    const { changes, memory } = memoryService();
    const { value, token } = first(done(await changes.change(add({ idempotencyKey: 'a' }))));
    expect(checkToken(value ?? '')).toBe('valid');
    expect((await memory.read(environment))?.tokens).toMatchObject([{ id: token, label: 'iOS', origin: 'generated' }]);
    expect(JSON.stringify([memory.snapshot(), await memory.answered(environment, 'a')])).not.toContain(value);
  });

  it('M2, M18: makes a UUID when asked to, and takes a value of the administrator', async () => {
    const { changes } = memoryService();
    expect(first(done(await changes.change(add({ format: 'uuid' })))).value).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(first(done(await changes.change(add({ ownValues: ['q7Zt-x2Lk_9vB.4n'] })))).value).toBe('q7Zt-x2Lk_9vB.4n');
    expect(await changes.change(add({ ownValues: ['too short'] }))).toEqual({
      kind: 'value-refused',
      reason: 'unsafe-characters',
    });
  });

  it('M21: refuses an own value again after the pepper was changed, and when the old pepper is gone', async () => {
    const { changes, needs } = memoryService();
    const old = newKeyRing('k1');
    const grown = { current: 'k2', keys: new Map([...newKeyRing('k2').keys, ...old.keys]) };
    const withPeppers = (peppers: Peppers) => new ChangeRings({ ...needs, peppers });
    const own = add({ ownValues: ['q7Zt-x2Lk_9vB.4n'] });
    expect(changes).toBeDefined();
    done(await withPeppers(new Peppers(old)).change(own));
    expect(await withPeppers(new Peppers(grown)).change(own)).toMatchObject({ kind: 'refused', reason: 'duplicate-value' });
    expect(await withPeppers(new Peppers(newKeyRing('k2'))).change(own)).toEqual({ kind: 'pepper-missing' });
  });

  it('made by eight at the same time is made by each, one after the other', async () => {
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

  it('is not taken while the store went back, but a revocation is', async () => {
    const { changes, shut } = memoryService();
    const { token } = first(done(await changes.change(add())));
    shut.add(shard);
    expect(await changes.change(add())).toEqual({ kind: 'shard-shut' });
    expect(done(await changes.change(of({ kind: 'revoke-tokens', tokens: [token], reason: 'leaked' }))).kind).toBe('changed');
  });

  it('R47: that waits for a second person already is not written again, however often it is proposed', async () => {
    const { changes, memory } = memoryService();
    done(await changes.change(add()));
    const { token } = first(done(await changes.change(add({}, 'Android'))));
    done(await changes.change(turnOn));
    const { settings } = (await memory.read(environment))!;
    done(await changes.change(of({ kind: 'change-settings', settings: { ...settings, twoPeople: true } }, { mayForce: true })));
    const revoke = (n: number) =>
      changes.change(
        of({ kind: 'revoke-tokens', tokens: [token], reason: 'x', force: { reason: 'x' } }, { idempotencyKey: `key-${n}` }),
      );
    const told = await revoke(0);
    const [version, entries] = [(await memory.read(environment))?.version, memory.outbox(shard).length];
    for (let n = 1; n < 200; n += 1) expect(await revoke(n)).toEqual(told);
    expect([(await memory.read(environment))?.version, memory.outbox(shard).length]).toEqual([version, entries]);
    expect(told).toMatchObject({ kind: 'proposed' });
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
    expect(checkToken(first(again).value ?? '')).toBe('valid');
    const { tokens = [] } = (await memory.read(environment)) ?? {};
    expect(tokens.map(({ id }) => id)).toEqual([first(again).token]); // no half-made, no second token
  });

  it('gives the value for ten minutes, after that the token without it', async () => {
    const { changes, wall } = memoryService();
    const made = first(done(await changes.change(add({ idempotencyKey: 'a' }))));
    wall.nowMs += 10 * 60_000 - 1;
    expect(first(done(await changes.change(add({ idempotencyKey: 'a' })))).value).toBe(made.value);
    wall.nowMs += 1;
    expect(first(done(await changes.change(add({ idempotencyKey: 'a' }))))).toEqual({ token: made.token, value: undefined });
  });

  it.each<[string, RingRequest]>([
    ['another actor', add({ idempotencyKey: 'a', actor: 'somebody else' })],
    ['another reason', add({ idempotencyKey: 'a', reason: 'another one' })],
    ['another label', add({ idempotencyKey: 'a' }, 'Android')],
    ['another form', add({ idempotencyKey: 'a', format: 'uuid' })],
    ['an own value', add({ idempotencyKey: 'a', ownValues: ['q7Zt-x2Lk_9vB.4n'] })],
  ])('by %s is refused', async (_, other) => {
    const { changes } = memoryService();
    done(await changes.change(add({ idempotencyKey: 'a' })));
    expect(await changes.change(other)).toEqual({ kind: 'key-reused' });
  });

  it('answers as it did, though the version that it was made from is gone; also when both came at once', async () => {
    const { changes, memory } = memoryService();
    const edit = { ...turnOn, expectedVersion: 0, idempotencyKey: 'a' };
    const both = await Promise.all([changes.change(edit), changes.change(edit)]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['changed', 'replayed']);
    expect(done(await changes.change(edit))).toMatchObject({ kind: 'replayed', created: [first(done(both[0]))] });
    expect((await memory.read(environment))?.version).toBe(1);
  });

  it('that another one was quicker with is answered by what that did, not by the ring that it left', async () => {
    let isFirst = true;
    const { changes } = memoryService((store) => ({
      // Between the look for the key and the look at the ring the same request is done by somebody else.
      read: async (of) => {
        if (isFirst) {
          isFirst = false;
          done(await changes.change({ ...turnOn, expectedVersion: 0, idempotencyKey: 'a' }));
        }
        return store.read(of);
      },
    }));
    expect(await changes.change({ ...turnOn, expectedVersion: 0, idempotencyKey: 'a' })).toMatchObject({ kind: 'replayed' });
  });

  it('at the same time is answered with the value also by who finds the ring as it wants it', async () => {
    const { changes } = memoryService();
    const both = await Promise.all([1, 2].map(() => changes.change({ ...turnOn, idempotencyKey: 'a' })));
    expect(both.map(({ kind }) => kind).sort()).toEqual(['changed', 'replayed']);
    expect(first(done(both[0]!))).toEqual(first(done(both[1]!)));
  });

  it('at the same time is done once, and both get the value', async () => {
    const { changes, memory } = memoryService();
    const both = await Promise.all([1, 2].map(async () => first(done(await changes.change(add({ idempotencyKey: 'a' }))))));
    expect(new Set(both.map(({ value }) => value)).size).toBe(1);
    expect((await memory.read(environment))?.tokens).toHaveLength(1);
  });
});

describe('a revocation', () => {
  const revoke = (made: RingDone, more: More = {}, force?: { reason: string }): RingRequest =>
    of({ kind: 'revoke-tokens', tokens: [first(made).token], reason: 'leaked', ...(force ? { force } : {}) }, more);

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

  it('that was made on another server than the one that is looked at stays unknown, and both are looked for anew', async () => {
    const { changes, needs } = memoryService();
    const { clock, logger } = needs;
    const token = done(await changes.change(add()));
    const watch = new RegistryWatch({ store: new InMemoryTokenRingStore({ now: needs.nowMs }), clock, logger });
    let times = 0;
    const apart = new ChangeRings({ ...needs, watch, parted: () => void times++ });
    expect(await apart.change(revoke(token, { idempotencyKey: 'a' }))).toEqual({ kind: 'outcome-unknown' });
    expect(times).toBe(1);
  });

  it('that was found on the old server is not called unchanged by what the new one acknowledges, which lacks it', async () => {
    const next = new InMemoryTokenRingStore({ now: Date.now });
    let isThere = false;
    let isSwitched = false;
    const { changes, clock, watch } = memoryService((store) => ({
      read: (environment) => (isSwitched ? next : store).read(environment),
      look: (shard) => (isThere ? next : store).look(shard),
      confirm: (shard) => ((isSwitched = isThere), (isThere ? next : store).confirm(shard)),
    }));
    const token = done(await changes.change(add()));
    expect(done(await changes.change(revoke(token, { idempotencyKey: 'a' }))).kind).toBe('changed');
    isThere = true;
    const validator = new EagerValidator(next, shard);
    for (let waited = 0; waited <= 2 * slowBoundMs; waited += 500) {
      await validator.renew();
      await watch.look(shard);
      await clock.sleep(500);
    }
    await validator.renew();
    const before = clock.nowMs();
    expect(await changes.change(revoke(token, { idempotencyKey: 'b' }))).toEqual({ kind: 'outcome-unknown' });
    expect(clock.nowMs() - before).toBeLessThan(slowBoundMs);
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
    const forced = revoke(token, { idempotencyKey: 'a', mayForce: true }, { reason: 'it is everywhere' });
    const made = done(await changes.change(forced));
    const again = done(await changes.change(forced));
    expect(made.forced).toEqual({ refusal: 'last-token', reason: 'it is everywhere' });
    expect(checkToken(first(made).value ?? '')).toBe('valid');
    expect([again.kind, again.created, again.warnings, again.forced]).toEqual([
      'replayed',
      made.created,
      made.warnings,
      made.forced,
    ]);
  });

  it('M24: goes ahead without a replacement while the outbox has only the room that is kept for revocations', async () => {
    const { changes } = memoryService((store) => ({
      change: (change) =>
        change.mayUseReserve || change.expectedVersion === 0 ? store.change(change) : Promise.resolve({ kind: 'outbox-full' }),
    }));
    const token = done(await changes.change(turnOn));
    expect(await changes.change(add())).toEqual({ kind: 'outbox-full' });
    const forced = done(await changes.change(revoke(token, { mayForce: true }, { reason: 'leaked' })));
    expect([forced.created, forced.ring.tokens.map(({ state }) => state.kind)]).toEqual([[], ['revoked']]);
    expect(forced.warnings).toContain('no-replacement');
  });

  it('goes ahead by force while the sightings hang and the witness is away, and says that it is not bounded', async () => {
    const { changes, witness, sightings } = memoryService();
    const force = { reason: 'it is urgent' };
    done(await changes.change(add()));
    const token = done(await changes.change(add()));
    const enforce = of({ kind: 'set-requirement', mode: 'enforce', effectiveAt: instant(1), force }, { mayForce: true });
    expect(done(await changes.change(enforce)).propagation.bounded).toBe(true);
    sightings.counts = () => new Promise(() => undefined);
    witness.reachable = false;
    expect(await changes.change(revoke(token))).toMatchObject({
      kind: 'refused',
      reason: 'adoption-unknown',
      figures: { kind: 'unknown', why: 'store-unavailable' },
    });
    expect(done(await changes.change(revoke(token, { mayForce: true }, { reason: 'leaked' })))).toMatchObject({
      kind: 'changed',
      propagation: { bounded: false },
    });
  });
});

describe('the witness', () => {
  it('is raised with each change, under the head epoch that a backup would have too', async () => {
    const { changes, witness, memory } = memoryService();
    expect(done(await changes.change(add())).propagation.bounded).toBe(true);
    const { headEpoch, seq } = await memory.look(shard);
    expect([seq, await witness.read(shard, headEpoch)]).toEqual([1, 1]);
  });
});

describe('the guards', () => {
  /** Three tokens in force; of 100 devices seen, five present the first and 95 the second. */
  async function fleet(settings: object = {}) {
    const service = memoryService();
    const { changes, sightings, wall } = service;
    const old = done(await changes.change(add({}, 'old')));
    const now = done(await changes.change(add({}, 'new')));
    const { kind: _, ...more } = { kind: '', ...settings };
    if (Object.keys(more).length > 0)
      done(
        await changes.change(of({ kind: 'change-settings', settings: { ...now.ring.settings, ...more } }, { mayForce: true })),
      );
    const seen = async (at: number) =>
      sightings.record(
        environment,
        Array.from({ length: 100 }, (_one, index) => ({
          device: `d${index}`,
          presented: first(index < 5 ? old : now).token,
          platform: 'ios' as const,
          at: instant(at),
        })),
      );
    await seen(wall.nowMs);
    wall.nowMs += 2 * day;
    await seen(wall.nowMs);
    done(await changes.change(of({ kind: 'set-requirement', mode: 'enforce', effectiveAt: instant(wall.nowMs) })));
    const revokeOld = (more2: More = {}, force?: { reason: string }) =>
      of({ kind: 'revoke-tokens', tokens: [first(old).token], reason: 'rotated', ...(force ? { force } : {}) }, more2);
    return { ...service, old, now, revokeOld };
  }

  it('refuse with the figures, and let it pass by force only for who may force', async () => {
    const { changes, revokeOld } = await fleet();
    expect(await changes.change(revokeOld())).toMatchObject({
      kind: 'refused',
      reason: 'too-many-devices',
      figures: { kind: 'known', devices: 100, byToken: 5, allowedShare: 0.02 },
    });
    expect(await changes.change(revokeOld({}, { reason: 'leaked' }))).toMatchObject({ reason: 'force-not-allowed' });
    const forced = done(await changes.change(revokeOld({ mayForce: true, idempotencyKey: 'a' }, { reason: 'leaked' })));
    const again = done(await changes.change(revokeOld({ mayForce: true, idempotencyKey: 'a' }, { reason: 'leaked' })));
    expect(forced).toMatchObject({ forced: { refusal: 'too-many-devices' }, figures: { byToken: 5 } });
    expect([again.figures, again.warnings]).toEqual([forced.figures, forced.warnings]); // as answered, not as it is by now
  });

  it('make a proposal where two people have to agree, which another one approves', async () => {
    const { changes, revokeOld, old, memory } = await fleet({ twoPeople: true });
    const proposed = await changes.change(revokeOld({ idempotencyKey: 'p' }, { reason: 'leaked' }));
    if (proposed.kind !== 'proposed') throw new Error(proposed.kind);
    expect(proposed).toMatchObject({ proposal: { refusal: 'too-many-devices', reason: 'leaked' }, figures: { byToken: 5 } });
    expect(await changes.change(revokeOld({ idempotencyKey: 'p' }, { reason: 'leaked' }))).toMatchObject({
      kind: 'proposed',
      proposal: proposed.proposal,
    });
    const approve = of({ kind: 'approve', proposal: proposed.proposal.id }, { reason: 'seen the figures', mayForce: true });
    expect(await changes.change(approve)).toMatchObject({ reason: 'own-proposal' });
    const done2 = done(await changes.change({ ...approve, actor: 'second' }));
    expect(done2.ring.tokens.find(({ id }) => id === first(old).token)?.state).toMatchObject({ kind: 'revoked' });
    const audit = memory.outbox(shard).map((entry) => JSON.parse(entry) as object);
    expect(audit.at(-1)).toMatchObject({
      actor: 'second',
      action: 'approve',
      approved: 'revoke-tokens',
      reason: 'seen the figures',
      proposal: { id: proposed.proposal.id, reason: 'rotated' },
      revoked: [first(old).token],
      forced: { refusal: 'too-many-devices', proposal: proposed.proposal.id, proposedBy: 'admin' },
      figures: { kind: 'known', byToken: 5 },
    });
  });

  it('never see an own value in a proposal', async () => {
    const { changes, old } = await fleet({ twoPeople: true });
    const replace = of(
      { kind: 'replace-value', token: first(old).token, reason: 'x', force: { reason: 'y' } },
      { ownValues: ['q7Zt-x2Lk_9vB.4n'] },
    );
    expect(await changes.change(replace)).toMatchObject({ kind: 'refused', reason: 'values-need-single-steps' });
  });
});

describe('kept values', () => {
  it('are written with the change, open only as what they are, and are erased with the revocation', async () => {
    const { changes, memory, needs } = memoryService();
    done(await changes.change(add()));
    const made = first(done(await changes.change(of({ kind: 'add-token', label: 'a', segment: {}, keepValue: true }))));
    const copy = (await memory.readSealed(environment, made.token)) ?? '';
    expect(needs.seals.open(environment, made.token, copy)).toBe(made.value);
    expect(needs.seals.open('other', made.token, copy)).toBeUndefined();
    const forced = { mayForce: true };
    done(
      await changes.change(
        of({ kind: 'revoke-tokens', tokens: [made.token], reason: 'x', force: { reason: 'given up' } }, forced),
      ),
    );
    expect(await memory.readSealed(environment, made.token)).toBeUndefined();
  });
});

describe('a pepper that a validator lacks', () => {
  it('keeps tokens from being made also while nobody can tell which peppers the validators have', async () => {
    let isAway = false;
    const { changes } = memoryService((store) => ({
      look: (shardName) => (isAway ? Promise.reject(new Error('away')) : store.look(shardName)),
    }));
    const { token } = first(done(await changes.change(add())));
    isAway = true;
    expect(await changes.change(add())).toEqual({ kind: 'pepper-not-everywhere' });
    isAway = false;
    const force = { reason: 'leaked' };
    done(await changes.change(of({ kind: 'revoke-tokens', tokens: [token], reason: 'x', force }, { mayForce: true })));
  });

  it('keeps tokens from being made, and revocations from nothing', async () => {
    const { changes, memory } = memoryService();
    const token = done(await changes.change(turnOn));
    await new EagerValidator(memory, shard, 'old', ['k0' as PepperId]).renew();
    expect(await changes.change(add())).toEqual({ kind: 'pepper-not-everywhere' });
    const force = { reason: 'leaked' };
    const revoke = of({ kind: 'revoke-tokens', tokens: [first(token).token], reason: 'leaked', force }, { mayForce: true });
    expect(done(await changes.change(revoke)).kind).toBe('changed');
  });
});

describe('the audit entry', () => {
  it('M38: has who, when, what and why, before and after, and no value or digest', async () => {
    const { changes, memory, wall } = memoryService();
    const own = 'q7Zt-x2Lk_9vB.4n';
    const made = done(await changes.change(add({ ownValues: [own] })));
    done(await changes.change(turnOn));
    done(await changes.change(add()));
    const force = { reason: 'it leaked' };
    done(
      await changes.change(
        of({ kind: 'revoke-tokens', tokens: [first(made).token], reason: 'leaked', force }, { reason: 'leaked', mayForce: true }),
      ),
    );
    const entries = memory.outbox(shard);
    const at = new Date(wall.nowMs).toISOString();
    expect(entries.map((entry) => JSON.parse(entry) as unknown)).toMatchObject([
      {
        at,
        actor: 'admin',
        reason: 'yearly',
        action: 'add-token',
        result: 'changed',
        environment,
        version: 1,
        tokens: [{ before: null, after: { label: 'iOS' } }],
      },
      {
        action: 'set-requirement',
        reason: 'yearly',
        changes: { requirement: { before: { mode: 'off' }, after: { mode: 'enforce' } } },
      },
      { action: 'add-token' },
      {
        action: 'revoke-tokens',
        version: 4,
        revoked: [first(made).token],
        reason: 'leaked',
        tokens: [{ token: first(made).token, before: { state: 'active' }, after: { state: 'revoked' } }],
      },
    ]);
    expect(entries.join()).not.toContain(own);
    expect(entries.join()).not.toMatch(/[0-9a-f]{64}/);
  });
});
