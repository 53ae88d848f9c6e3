import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { createFileTarget } from '@tallystick/tokens-delivery-file';
import {
  type DeliveryTarget,
  type NewToken,
  pingIdApp,
  type Platform,
  type RingCommand,
  type TokenId,
} from '@tallystick/tokens-domain';
import { InMemoryMdm } from '@tallystick/tokens-testing';
import { memoryService } from '../test-support/memory-service.ts';
import { configuredTarget, memorySlotLock } from '../test-support/memory-targets.ts';
import { Deliveries } from './deliveries.ts';

const acme = environmentId('acme');
const day = 86_400_000;
const strange = 'somebody-elses-value';
const receipt = { at: instant(1_800_000_000_000), rest: 'ab', before: ['cd', 'cd'] };
const refused = (reason: string) => expect.objectContaining({ kind: 'failing', reason, isFinal: true }) as unknown;

function bench({
  around,
  wrap = (it) => it,
}: {
  readonly around?: Parameters<typeof memoryService>[0];
  readonly wrap?: (it: DeliveryTarget) => DeliveryTarget;
} = {}) {
  const service = memoryService(around);
  const lines: string[] = [];
  const logger = createLogger({ service: 'test', level: 'trace', destination: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics({ service: 'test' });
  const mdm = new InMemoryMdm(strange);
  const configured = configuredTarget(acme, 'mdm', wrap(mdm.target(() => instant(service.wall.nowMs))));
  const deliveries = new Deliveries({ ...service.needs, logger, metrics, holdSlot: memorySlotLock() });

  const change = async (command: RingCommand, environment = acme) => {
    const outcome = await service.changes.change({ environment, actor: 'admin', reason: 'a test', mayForce: true, command });
    if (!('propagation' in outcome)) throw new Error(JSON.stringify(outcome));
    return outcome;
  };
  const add = async (more: Partial<NewToken> = {}, environment = acme) => {
    const { created } = await change({ kind: 'add-token', label: 'a', segment: {}, keepValue: true, ...more }, environment);
    return { token: created[0]!.token, value: created[0]!.value! };
  };
  const release = (token: TokenId) => change({ kind: 'release-values', tokens: [token] });
  const revoke = async (token: TokenId) => {
    await change({ kind: 'revoke-tokens', tokens: [token], reason: 'leaked', force: { reason: 'leaked' } });
  };
  const put = (value: string) => {
    for (const id of mdm.configurations.keys())
      mdm.change(id, (one) => ({ ...one, keys: { ...one.keys, PINGID_MDM_TOKEN: value } }));
  };
  const held = () => [...mdm.configurations.values()].map(({ keys }) => keys['PINGID_MDM_TOKEN']);
  const of = (token: TokenId, on: { readonly platform?: Platform; readonly configured?: typeof configured } = {}) => ({
    ...{ environment: acme, configured, platform: 'ios' as const, token, name: 'rotation-1/open-1', ...on },
  });
  const plan = (token: TokenId, known: readonly TokenId[] = [], mayOverwrite = false) =>
    deliveries.plan(of(token), known, mayOverwrite);
  /** The revision of what stands there now, whoever may replace it. */
  const revision = async () => {
    const reading = await mdm.target(() => instant(0)).read('ios', AbortSignal.timeout(1_000));
    if ('kind' in reading) throw new Error('it can not be read');
    return reading.revision;
  };
  const apply = async (token: TokenId) => deliveries.apply(of(token), await revision());
  return {
    ...service,
    ...{ mdm, deliveries, lines, metrics, configured, change, add, release, revoke, put, held, of, plan, revision, apply },
  };
}
type Bench = ReturnType<typeof bench>;

describe('a plan', () => {
  const stands: readonly (readonly [string, (it: Bench) => Promise<{ value: string; known: readonly TokenId[] }>])[] = [
    ['a value that is no token', () => Promise.resolve({ value: strange, known: [] })],
    [
      "another environment's token, which is named",
      async (it) => {
        const { token, value } = await it.add({}, environmentId('other'));
        return { value, known: [token] };
      },
    ],
    ['a live token that is not known', async (it) => ({ value: (await it.add()).value, known: [] })],
    [
      'a known token of which no copy was kept',
      async (it) => {
        const { token, value } = await it.add({ keepValue: false });
        return { value, known: [token] };
      },
    ],
    [
      'a known token whose copy was given back',
      async (it) => {
        const { token, value } = await it.add();
        await it.release(token);
        return { value, known: [token] };
      },
    ],
    [
      'a known token that was revoked',
      async (it) => {
        const { token, value } = await it.add();
        await it.revoke(token);
        return { value, known: [token] };
      },
    ],
  ];
  it.each(stands)('is a conflict where %s stands, and overwriting lets it pass', async (_, make) => {
    const it = bench();
    const { token, value: own } = await it.add();
    const { value, known } = await make(it);
    it.put(value);
    const answer = await it.plan(token, [...known, token]);
    expect(answer).toEqual({ kind: 'conflict', detail: expect.stringMatching(/\w/) as unknown });
    for (const secret of [value, own]) expect(JSON.stringify(answer)).not.toContain(secret);
    expect(await it.plan(token, [...known, token], true)).toMatchObject({ kind: 'planned', revision: await it.revision() });
    expect(it.mdm.writes).toBe(0);
  });

  it('is a conflict when one place of several holds such a value', async () => {
    const it = bench();
    const { token, value } = await it.add();
    it.put(value);
    it.mdm.change('tablets', (one) => ({ ...one, keys: { ...one.keys, PINGID_MDM_TOKEN: strange } }));
    expect(await it.plan(token, [token])).toMatchObject({ kind: 'conflict' });
  });

  it('is made over a known token with a kept copy, over the same token, and where nothing stands yet', async () => {
    const it = bench();
    const [old, fresh] = [await it.add(), await it.add()];
    for (const value of [old.value, fresh.value]) {
      it.put(value);
      expect(await it.plan(fresh.token, [old.token, fresh.token])).toMatchObject({ kind: 'planned' });
    }
    for (const id of ['phones', 'tablets']) it.mdm.change(id, (one) => ({ ...one, keys: { server: 'a.example' } }));
    expect(await it.plan(fresh.token)).toMatchObject({ kind: 'planned' });
  });

  it('is not made of two readings between which somebody put another value', async () => {
    const put: (() => void)[] = [];
    const wrap = (target: DeliveryTarget): DeliveryTarget => ({
      ...target,
      read: async (...asked) => {
        const reading = await target.read(...asked);
        for (const change of put.splice(0)) change();
        return reading;
      },
    });
    const it = bench({ wrap });
    const { token, value } = await it.add();
    it.put(value);
    put.push(() => it.put(strange));
    expect(await it.plan(token, [token])).toMatchObject({ kind: 'failing', reason: 'changed-meanwhile', isFinal: false });
  });

  it('that can not be read now is made later; one on a target for people is theirs', async () => {
    const it = bench();
    const { token } = await it.add();
    it.mdm.next = [{ call: 'any', as: 'throttled' }];
    expect(await it.plan(token)).toMatchObject({ kind: 'failing', isFinal: false, retryAfterMs: 7_000 });
    const byPerson = configuredTarget(acme, 'file', createFileTarget({ platforms: ['ios', 'android'] }, { app: pingIdApp }));
    expect(await it.deliveries.plan(it.of(token, { configured: byPerson }), [], true)).toEqual({ kind: 'awaiting-person' });
  });
});

describe('a delivery', () => {
  it('puts the value of the token there, and nothing else', async () => {
    const it = bench();
    const { token, value } = await it.add();
    const stored = await it.apply(token);
    expect([stored.kind, it.held(), it.mdm.writes]).toEqual(['stored', [value, value], 2]);
    if (stored.kind !== 'stored') throw new Error('it is not stored');
    expect(await it.deliveries.check(it.of(token), stored.receipt)).toMatchObject({ kind: 'stored', coverage: { of: 40 } });
    expect(await it.deliveries.holds(it.configured, 'ios')).toEqual([token, token]);
  });

  const never: readonly (readonly [string, string, (it: Bench) => Promise<TokenId>])[] = [
    ['that is not there', 'unknown-token', () => Promise.resolve('tok_0000000000000zzz' as TokenId)],
    ['of another environment', 'unknown-token', async (it) => (await it.add({}, environmentId('other'))).token],
    [
      'that is revoked',
      'token-not-accepted',
      async (it) => {
        const { token } = await it.add();
        await it.revoke(token);
        return token;
      },
    ],
    [
      'that expires at this moment',
      'token-not-accepted',
      async (it) => {
        const { token } = await it.add({ expiresAt: instant(it.wall.nowMs + day) });
        it.wall.nowMs += day;
        return token;
      },
    ],
    [
      'that is not valid yet',
      'token-not-accepted',
      async (it) => (await it.add({ notBefore: instant(it.wall.nowMs + day) })).token,
    ],
    ['of another platform', 'other-platform', async (it) => (await it.add({ segment: { platform: 'android' } })).token],
    ['of which no copy is kept', 'value-not-kept', async (it) => (await it.add({ keepValue: false })).token],
    [
      'whose copy was given back',
      'value-not-kept',
      async (it) => {
        const { token } = await it.add();
        await it.release(token);
        return token;
      },
    ],
  ];
  it.each(never)('of a token %s is never made, planned or checked (%s)', async (_, reason, make) => {
    const calls: string[] = [];
    const it = bench({
      wrap: (target) => ({
        ...target,
        ...Object.fromEntries(
          (['read', 'plan', 'apply', 'verify', 'coverage'] as const).map((call) => [
            call,
            (...asked: never[]) => (calls.push(call), (target[call] as (...them: never[]) => unknown)(...asked)),
          ]),
        ),
      }),
    });
    const token = await make(it);
    expect(await it.plan(token, [token], true)).toEqual(refused(reason));
    expect(await it.apply(token)).toEqual(refused(reason));
    expect(await it.deliveries.check(it.of(token), receipt)).toEqual(refused(reason));
    expect([calls, it.mdm.writes, it.held()]).toEqual([[], 0, [strange, strange]]);
    await it.apply((await it.add()).token);
    expect(calls).toContain('apply'); // it would have been seen
  });

  it('is not made with a copy that was sealed for another token, or that no key opens', async () => {
    let copyOf: TokenId | 'none' = 'none';
    const it = bench({
      around: (store) => ({
        readSealed: (environment) => (copyOf === 'none' ? Promise.resolve('no copy') : store.readSealed(environment, copyOf)),
      }),
    });
    const [one, other] = [await it.add(), await it.add()];
    expect(await it.apply(one.token)).toEqual(refused('value-not-kept'));
    copyOf = other.token;
    expect(await it.apply(one.token)).toEqual(refused('value-not-kept'));
    expect([(await it.apply(other.token)).kind, it.held()]).toEqual(['stored', [other.value, other.value]]);
  });

  it('of a token that is revoked while it is delivered is a conflict, unless nothing was written', async () => {
    let meanwhile: () => Promise<void> = () => Promise.resolve();
    const wrap = (target: DeliveryTarget): DeliveryTarget => ({
      ...target,
      apply: async (...asked) => {
        await meanwhile();
        return target.apply(...asked);
      },
    });
    const it = bench({ wrap });
    const [first, second] = [await it.add(), await it.add()];
    meanwhile = () => it.revoke(first.token);
    expect(await it.apply(first.token)).toEqual({ kind: 'conflict', detail: expect.stringContaining(first.token) as unknown });
    expect(it.mdm.writes).toBe(2);
    meanwhile = () => it.revoke(second.token);
    const expected = await it.revision();
    it.mdm.isAuthorised = false;
    expect(await it.deliveries.apply(it.of(second.token), expected)).toMatchObject({ kind: 'failing', reason: 'not-authorised' });
  });

  it('on a plan that no longer holds writes nothing', async () => {
    const it = bench();
    const { token } = await it.add();
    const expected = await it.revision();
    it.put('by-hand-another-one');
    expect(await it.deliveries.apply(it.of(token), expected)).toMatchObject({
      ...{ kind: 'failing', reason: 'changed-meanwhile', isFinal: false },
    });
    expect(it.mdm.writes).toBe(0);
  });

  it('waits for no other to the same slot, and does not come between', async () => {
    let [open, begin] = [() => {}, () => {}];
    const gate = new Promise<void>((resolve) => (open = resolve));
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const wrap = (target: DeliveryTarget): DeliveryTarget => ({
      ...target,
      apply: async (...asked) => {
        begin();
        await gate;
        return target.apply(...asked);
      },
    });
    const it = bench({ wrap });
    const [one, other] = [await it.add(), await it.add()];
    const first = it.apply(one.token);
    await begun;
    expect(await it.apply(other.token)).toMatchObject({ kind: 'failing', reason: 'busy', isFinal: false });
    expect(it.mdm.writes).toBe(0);
    open();
    expect([(await first).kind, it.held()]).toEqual(['stored', [one.value, one.value]]);
    expect((await it.apply(other.token)).kind).toBe('stored');
  });

  it('that breaks lets its slot go', async () => {
    let isBroken = true;
    const wrap = (target: DeliveryTarget): DeliveryTarget => ({
      ...target,
      apply: (...asked) => (isBroken ? Promise.reject(new Error('broken')) : target.apply(...asked)),
    });
    const it = bench({ wrap });
    const { token } = await it.add();
    await expect(it.apply(token)).rejects.toThrow('broken');
    isBroken = false;
    expect((await it.apply(token)).kind).toBe('stored');
  });

  it.each(['lost-answer', 'lost-request'] as const)('without an answer (%s) is unknown, never stored', async (as) => {
    const it = bench();
    const { token } = await it.add();
    it.mdm.next = [{ call: 'save', as }];
    expect(await it.apply(token)).toMatchObject({ kind: 'unknown', receipt: { before: expect.any(Array) as unknown } });
  });
});

describe('what is said of a delivery', () => {
  it('holds no value: no answer, no line of the log, no label of a metric', async () => {
    const it = bench();
    const [old, fresh] = [await it.add(), await it.add()];
    const answers: unknown[] = [await it.plan(fresh.token), await it.apply(old.token), await it.plan(fresh.token, [])];
    answers.push(await it.plan(fresh.token, [old.token]), await it.apply(fresh.token));
    it.put('by-hand-another-one');
    answers.push(await it.deliveries.check(it.of(fresh.token), receipt), await it.deliveries.holds(it.configured, 'ios'));
    it.mdm.next = [{ call: 'save', as: 'lost-answer' }];
    answers.push(await it.apply(old.token));
    await it.revoke(old.token);
    answers.push(await it.apply(old.token));
    expect(answers.map((one) => (one as { kind?: string }).kind)).toEqual([
      ...['conflict', 'stored', 'conflict', 'planned', 'stored', 'conflict', undefined, 'unknown', 'failing'],
    ]);
    const metrics = await it.metrics.registry.metrics();
    expect(metrics).toMatch(/tallystick_deliveries_total\{.*vendor="file",call="apply",result="stored".*\} 2/);
    expect(it.lines).toHaveLength(8);
    for (const line of it.lines) expect(line).toContain('"target":"mdm"');
    for (const secret of [old.value, fresh.value, strange, 'by-hand-another-one'])
      expect([JSON.stringify(answers), it.lines.join(), metrics].filter((text) => text.includes(secret))).toEqual([]);
  });

  it('names the token that a target holds, or that it is none', async () => {
    const it = bench();
    const { token, value } = await it.add();
    expect(await it.deliveries.holds(it.configured, 'ios')).toEqual(['unknown-value', 'unknown-value']);
    it.put(value);
    it.mdm.change('tablets', (one) => ({ ...one, keys: {} }));
    expect(await it.deliveries.holds(it.configured, 'ios')).toEqual([token, 'nothing']);
    expect(await it.deliveries.holds(it.configured, 'android')).toMatchObject({ kind: 'failing', reason: 'slot-not-found' });
  });
});
