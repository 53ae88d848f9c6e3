import { expect, it } from '@jest/globals';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import type { DeliverySlot, SlotAnswer, SlotCheck, SlotPlan, TokenAdministration, TokenId } from '@tallystick/tokens-domain';
import { InMemoryMdm } from './in-memory-delivery-target.ts';
import { type InMemoryTokenAdministration, valueOf } from './token-administration-in-memory.ts';

export interface TargetsUnderTest {
  readonly administration: TokenAdministration;
  readonly environment: EnvironmentId;
  /** Of the environment. Its MDM has iOS only, stores at once, and holds a value that is no token. */
  readonly target: { readonly id: string; readonly mdm: InMemoryMdm };
  /** The same, of another environment. */
  readonly foreignTarget: { readonly id: string; readonly mdm: InMemoryMdm };
  /** Whose value this is: how what an MDM holds is told to be the token's real one. */
  tokenOf(value: string): Promise<TokenId | undefined> | TokenId | undefined;
}

interface Needs {
  readonly test: () => TargetsUnderTest;
  readonly mint: (step: string) => Promise<TokenId>;
  readonly revoke: (token: TokenId) => Promise<void>;
  /** Gives the copy of its value back. */
  readonly release: (token: TokenId) => Promise<void>;
}

const unknown = 'tok_0000000000000zzz' as TokenId;

/** What a rotation may rely on of slots of targets: a part of `tokenAdministrationConformance`. */
export function targetSlotsConformance({ test, mint, revoke, release }: Needs): void {
  const target = () => test().target;
  const slotOf = (id: string): DeliverySlot => ({ id: 'it', mdm: 'it', platform: 'ios', kind: 'target', target: id });
  const at = (step: string, token: TokenId, on = target().id) => ({
    ...{ environment: test().environment, rotation: 'rotation-1', step, token, slot: slotOf(on) },
  });
  const plan = (step: string, token: TokenId, known: readonly TokenId[], overwrite = false) =>
    test().administration.planSlot({ ...at(step, token), known, overwrite });
  const planned = async (...asked: Parameters<typeof plan>) => {
    const answer = await plan(...asked);
    if (answer.kind !== 'planned') throw new Error(`expected a plan, got ${JSON.stringify(answer)}`);
    return answer;
  };
  const deliver = async (step: string, token: TokenId, known: readonly TokenId[], overwrite = false) => {
    const answer = await test().administration.openSlot({
      ...at(step, token),
      expected: (await planned(step, token, known, overwrite)).revision,
    });
    if (answer.kind !== 'stored') throw new Error(`expected it to be stored, got ${JSON.stringify(answer)}`);
    return answer;
  };
  const held = () => [...target().mdm.configurations.values()].map(({ keys }) => keys['PINGID_MDM_TOKEN'] ?? '');
  const tokensHeld = () => Promise.all(held().map(async (value) => test().tokenOf(value)));
  /** `not-done`: it was not carried out, and is of no use to try again. */
  const outcome = (answer: Promise<SlotPlan | SlotAnswer | SlotCheck>): Promise<string> =>
    answer.then(
      (given) => (given.kind === 'failing' && given.isFinal ? 'not-done' : JSON.stringify(given)),
      (error: unknown) => (error instanceof Error && error.name === 'TokenAdministrationRefusal' ? 'not-done' : String(error)),
    );
  const receipt = { at: instant(1_800_000_000_000), rest: 'ab', before: ['cd', 'cd'] };

  it('is looked at: what would keep a delivery from arriving is said, and no value; nothing is written', async () => {
    const inspect = () => test().administration.inspectTarget({ environment: test().environment, slot: slotOf(target().id) });
    expect(await inspect()).toEqual([]);
    target().mdm.isAuthorised = false;
    const findings = await inspect();
    expect(findings).toEqual([{ severity: 'error', what: 'not-authorised', detail: expect.stringMatching(/\w/) as unknown }]);
    for (const value of held()) expect(JSON.stringify(findings)).not.toContain(value);
    expect(target().mdm.writes).toBe(0);
  });
  it('is planned with, written to, and checked: it holds the value of the token, and all else as it was', async () => {
    const token = await mint('mint-1');
    const { receipt: before, settlesWithinMs, revision } = await planned('open-1', token, [], true);
    expect([settlesWithinMs, target().mdm.writes]).toEqual([0, 0]);
    const stored = await test().administration.openSlot({ ...at('open-1', token), expected: revision });
    expect(stored).toMatchObject({ kind: 'stored', receipt: { rest: before.rest, before: before.before } });
    expect(await tokensHeld()).toEqual([token, token]);
    expect([...target().mdm.configurations.values()]).toMatchObject([
      { keys: { server: 'a.example' }, assignedTo: ['everybody'] },
      { keys: { server: 'a.example' }, assignedTo: ['everybody'] },
    ]);
    // Also by the receipt of the plan alone: the answer of the write may be lost.
    for (const given of [before, 'receipt' in stored ? stored.receipt : before])
      expect(await test().administration.checkSlot({ ...at('open-1', token), receipt: given })).toEqual({
        kind: 'stored',
        receipt: expect.objectContaining({ at: expect.any(Number), rest: before.rest, before: before.before }) as unknown,
        coverage: { kind: 'known', signal: 'exact', of: 40, delivered: 39, asOf: expect.any(Number) as unknown },
      });
  });
  it('gives the old value up for the new one, and the way back', async () => {
    const old = await mint('mint-1');
    await deliver('open-1', old, [], true);
    const token = await mint('mint-2');
    await deliver('open-2', token, [old, token]);
    expect(await tokensHeld()).toEqual([token, token]);
    await deliver('open-3', old, [old, token]);
    expect(await tokensHeld()).toEqual([old, old]);
  });
  it('says in no answer what value stands or stood there', async () => {
    const token = await mint('mint-1');
    const strange = held();
    const answers = [await plan('open-1', token, []), await planned('open-1', token, [], true)];
    const stored = await deliver('open-1', token, [], true);
    const checked = await test().administration.checkSlot({ ...at('open-1', token), receipt: stored.receipt });
    const said = JSON.stringify([answers, stored, checked]);
    for (const value of [...strange, ...held()]) expect(said).not.toContain(value);
  });
  it('is a conflict while it holds a value that is no token, or one that is not known, unless that may be overwritten', async () => {
    const old = await mint('mint-1');
    const token = await mint('mint-2');
    expect(await plan('open-1', token, [old, token])).toEqual({
      kind: 'conflict',
      detail: expect.stringMatching(/\w/) as unknown,
    });
    await deliver('open-2', old, [], true);
    expect(await plan('open-3', token, [token])).toMatchObject({ kind: 'conflict' });
    expect(await plan('open-4', token, [old, token])).toMatchObject({ kind: 'planned' });
    expect(target().mdm.writes).toBe(2);
  });
  it('is not written to on a plan that no longer holds', async () => {
    const token = await mint('mint-1');
    const { revision: expected } = await planned('open-1', token, [], true);
    target().mdm.change('tablets', (one) => ({ ...one, keys: { ...one.keys, server: 'b.example' } }));
    expect(await test().administration.openSlot({ ...at('open-1', token), expected })).toMatchObject({
      kind: 'failing',
      isFinal: false,
    });
    expect(target().mdm.writes).toBe(0);
  });
  it('is written to once: whoever did not hear of it plans again, and finds it stored', async () => {
    const token = await mint('mint-1');
    const { revision: expected } = await planned('open-1', token, [], true);
    await test().administration.openSlot({ ...at('open-1', token), expected });
    expect(await test().administration.openSlot({ ...at('open-1', token), expected })).toMatchObject({
      kind: 'failing',
      isFinal: false,
    });
    await deliver('open-1', token, [token]);
    expect(target().mdm.writes).toBe(2);
  });
  it('shows somebody else who changed it afterwards', async () => {
    const token = await mint('mint-1');
    const { receipt: of } = await deliver('open-1', token, [], true);
    target().mdm.change('phones', (one) => ({ ...one, keys: { ...one.keys, PINGID_MDM_TOKEN: 'by-hand-a-value' } }));
    expect(await test().administration.checkSlot({ ...at('open-1', token), receipt: of })).toMatchObject({ kind: 'conflict' });
  });
  it('gets no revoked token, none whose copy was given back, and none that is not there', async () => {
    const revoked = await mint('mint-1');
    const released = await mint('mint-2');
    const { revision: expected } = await planned('open-0', revoked, [], true);
    await revoke(revoked);
    await release(released);
    for (const token of [revoked, released, unknown]) {
      expect(await outcome(plan(`plan-${token}`, token, [], true))).toBe('not-done');
      expect(await outcome(test().administration.openSlot({ ...at(`open-${token}`, token), expected }))).toBe('not-done');
    }
    expect(target().mdm.writes).toBe(0);
  });
  it.each(['that is not there', 'of another environment'])('of a target %s is refused, and nothing is written', async (which) => {
    const token = await mint('mint-1');
    const { revision: expected } = await planned('open-0', token, [], true);
    const it = at('open-1', token, which === 'that is not there' ? 'no-such-target' : test().foreignTarget.id);
    await expect(test().administration.inspectTarget(it)).rejects.toMatchObject({ name: 'TokenAdministrationRefusal' });
    expect(await outcome(test().administration.planSlot({ ...it, known: [], overwrite: true }))).toBe('not-done');
    expect(await outcome(test().administration.openSlot({ ...it, expected }))).toBe('not-done');
    expect(await outcome(test().administration.checkSlot({ ...it, receipt }))).toBe('not-done');
    expect([target().mdm.writes, test().foreignTarget.mdm.writes]).toEqual([0, 0]);
  });
}

/** The targets of an administration in memory, as the suite wants them. */
export function inMemoryTargets(
  administration: InMemoryTokenAdministration,
  environment: EnvironmentId,
): Omit<TargetsUnderTest, 'administration' | 'environment'> {
  const now = () => instant(1_800_000_000_000);
  const [mdm, foreign] = [new InMemoryMdm('somebody-elses-value'), new InMemoryMdm('another-companys-value')];
  administration.targets.set(`${environment}/mdm`, mdm.target(now));
  administration.targets.set('elsewhere/foreign-mdm', foreign.target(now));
  return {
    target: { id: 'mdm', mdm },
    foreignTarget: { id: 'foreign-mdm', mdm: foreign },
    tokenOf: (value) => administration.tokens.find(({ id }) => valueOf(id) === value)?.id,
  };
}
