import { describe, expect, it } from '@jest/globals';
import { nextRing } from './next-ring.ts';
import { defaultRingSettings, liveTokens, type ProposalId, type Ring, type RingSettings } from './ring.ts';
import {
  maxProposals,
  proposalsKept,
  proposalsOfOne,
  type RingChangeCommand,
  type RingCommand,
  type RingContext,
} from './ring-command.ts';
import {
  changed,
  context,
  fresh,
  hours,
  id,
  names,
  now,
  reasonOf,
  revokedState,
  ring,
  seen,
  token,
  unknown,
} from './test-support/ring-builders.ts';

const force = { reason: 'because' };
const two: RingSettings = { ...defaultRingSettings, twoPeople: true };
const guarded = (more: Partial<Ring> = {}) => ring({ settings: two, ...more });
const revokeB: RingChangeCommand & { kind: 'revoke-tokens' } = {
  kind: 'revoke-tokens',
  tokens: [id('b')],
  reason: 'leaked',
  force,
};
const byBob = { actor: 'bob', mayForce: true } as const;

/** What ann asks for, by now waiting as `prp_1`. */
function proposed(before: Ring, command: RingChangeCommand, more: Partial<RingContext> = {}): Ring {
  const decision = nextRing(before, command, context({ mayForce: false, ...more }));
  if (decision.kind !== 'proposed') throw new Error(`expected a proposal, got ${JSON.stringify(decision)}`);
  return decision.ring;
}
const prp = (number: number) => `prp_${number}` as ProposalId;
const approve: RingCommand = { kind: 'approve', proposal: prp(1) };
const withdraw: RingCommand = { kind: 'withdraw', proposal: prp(1) };
const approvedBy = (before: Ring, more: Partial<RingContext> = {}) => nextRing(before, approve, context({ ...byBob, ...more }));

describe('R41: what the guards stop, where two people have to agree', () => {
  it('is not done by one, whatever role, but written down: the command, the reason, who and until when', () => {
    for (const mayForce of [true, false]) {
      const decision = nextRing(guarded(), revokeB, context({ mayForce }));
      const proposal = {
        id: prp(1),
        command: JSON.stringify(revokeB),
        refusal: 'too-many-devices',
        refusedShare: 1,
        reason: 'because',
        by: 'ann',
        at: now,
        expiresAt: hours(24),
      };
      expect(decision).toMatchObject({ kind: 'proposed', proposal, figures: { kind: 'known', byToken: 100 } });
      expect(decision).toHaveProperty('ring', guarded({ version: 8, proposals: [proposal] }));
    }
  });

  it('without force is refused, and what the guards let pass needs nobody', () => {
    const { force: _force, ...unforced } = revokeB;
    expect(reasonOf(nextRing(guarded(), unforced, context()))).toBe('too-many-devices');
    expect(reasonOf(nextRing(guarded(), unforced, context({ adoption: seen({ a: 100 }) })))).toBe('changed');
  });

  it('is done when another one with the role agrees, and tells who had asked', () => {
    const waiting = proposed(guarded(), revokeB);
    const decision = changed(approvedBy(waiting));
    expect(names(liveTokens(decision.ring))).toEqual(['a']);
    expect([decision.ring.version, decision.ring.proposals]).toEqual([9, []]);
    expect(decision.forced).toEqual({ refusal: 'too-many-devices', reason: 'because', proposal: waiting.proposals[0] });
    expect(decision.ring.tokens[1]?.state).toMatchObject({ by: 'bob' });
  });

  it.each<[string, Partial<RingContext>]>([
    ['own-proposal', { actor: 'ann' }],
    ['force-not-allowed', { mayForce: false }],
    ['unknown-proposal', { now: hours(24) }],
    ['proposal-outdated', { adoption: unknown }],
  ])('is not approved: %s', (reason, more) => {
    expect(reasonOf(approvedBy(proposed(guarded(), revokeB), more))).toBe(reason);
  });

  it('is done without force when the guards have nothing against it any more', () => {
    const decision = changed(approvedBy(proposed(guarded(), revokeB), { adoption: seen({ a: 100 }) }));
    expect([names(liveTokens(decision.ring)), decision.forced]).toEqual([['a'], undefined]);
  });

  it('is outdated when it was done by somebody else, or when another reason stands against it', () => {
    const waiting = proposed(guarded(), revokeB);
    const state = revokedState;
    expect(reasonOf(approvedBy({ ...waiting, tokens: [token('a'), token('b', { state })] }))).toBe('proposal-outdated');
    expect(reasonOf(approvedBy({ ...waiting, tokens: [token('a', { state }), token('b')] }))).toBe('proposal-outdated');
  });

  it('is not outdated by what has nothing to do with it', () => {
    const waiting = proposed(guarded(), revokeB);
    const more = changed(nextRing(waiting, { kind: 'add-token', label: 'c', segment: {} }, context({ now: hours(1) }))).ring;
    expect(names(liveTokens(changed(approvedBy(more, { fresh: [fresh('x')], now: hours(2) })).ring))).toEqual(['a', 'new']);
  });

  it.each<[string, RingChangeCommand]>([
    ['everything but one', { kind: 'revoke-others', keep: id('a'), reason: 'emergency', force }],
    ['a clearing', { kind: 'clear', reason: 'moved', force }],
    [
      'a replacement of all',
      {
        kind: 'replace-all',
        mode: 'enforce',
        effectiveAt: hours(-500),
        rules: {},
        tokens: [{ keep: id('a') }],
        reason: 'put',
        force,
      },
    ],
  ])('does not take tokens that were made since: %s', (_, command) => {
    const waiting = proposed(guarded(), command);
    expect(reasonOf(approvedBy(waiting))).toBe('changed');
    const made = [...waiting.tokens, token('since', { createdAt: hours(1) })];
    expect(reasonOf(approvedBy({ ...waiting, tokens: made }, { now: hours(2) }))).toBe('proposal-outdated');
    const dead = [...waiting.tokens, token('since', { createdAt: hours(1), state: revokedState })];
    expect(reasonOf(approvedBy({ ...waiting, tokens: dead }, { now: hours(2) }))).toBe('changed');
  });

  it('takes the tokens that it names, though they were made by a clock that is ahead', () => {
    const ahead = guarded({ tokens: [token('a'), token('b', { createdAt: hours(1) })] });
    expect(reasonOf(approvedBy(proposed(ahead, revokeB)))).toBe('changed');
  });

  it.each<[string, RingChangeCommand, Ring]>([
    ['M7: checks that would stop', { kind: 'set-requirement', mode: 'off', force }, guarded()],
    ['an expiry', { kind: 'edit-token', token: id('b'), expiresAt: hours(1), force }, guarded()],
    ['another value', { kind: 'replace-value', token: id('b'), reason: 'x', force }, guarded()],
    ['sibling rules', { kind: 'set-siblings', mode: 'enforce', rules: { biometrics: true }, force }, guarded()],
    ['settings', { kind: 'change-settings', settings: defaultRingSettings, force }, guarded()],
    ['M24: the last one', revokeB, guarded({ tokens: [token('b')] })],
  ])('holds for %s too', (_, command, before) => {
    expect(reasonOf(nextRing(before, { ...command, force: undefined } as unknown as RingChangeCommand, context()))).not.toBe(
      'changed',
    );
    const done = changed(approvedBy(proposed(before, command)));
    expect(done.forced?.proposal?.by).toBe('ann');
    expect(liveTokens(done.ring).length).toBeGreaterThan(0);
  });
});

describe('a proposal', () => {
  it('is withdrawn by who made it, or by somebody with the role', () => {
    const waiting = proposed(guarded(), revokeB);
    for (const more of [{ actor: 'ann', mayForce: false }, byBob]) {
      const { ring: after, created } = changed(nextRing(waiting, withdraw, context(more)));
      expect([after, created]).toEqual([guarded({ version: 9 }), []]);
    }
    expect(reasonOf(nextRing(waiting, withdraw, context({ actor: 'eve', mayForce: false })))).toBe('force-not-allowed');
    expect(reasonOf(nextRing(guarded(), withdraw, context()))).toBe('unknown-proposal');
    expect(reasonOf(nextRing(undefined, approve, context()))).toBe('unknown-proposal');
  });

  it('goes away with the next change after its time, and takes its own place when it is made again', () => {
    const before = proposed(proposed(guarded(), revokeB), revokeB, { proposal: prp(2), now: hours(1) });
    expect(before.proposals.map((waiting) => waiting.id)).toEqual(['prp_2']);
    const later = context({ now: hours(25) });
    expect(changed(nextRing(before, { kind: 'retire-tokens', tokens: [id('a')] }, later)).ring.proposals).toEqual([]);
  });

  it('waits already when it is made again within the hour: nothing is written, unless it would do more now', () => {
    const few = { adoption: seen({ a: 970, b: 30 }) };
    const before = proposed(guarded(), revokeB, few);
    const again = (more: Partial<RingContext>) => proposed(before, revokeB, { ...few, proposal: prp(2), ...more });
    expect(again({})).toBe(before);
    expect(again({ now: hours(0.99) })).toBe(before);
    for (const more of [{ now: hours(1) }, { adoption: seen({ b: 1000 }) }, { adoption: unknown }, { actor: 'eve' }])
      expect(again(more).version).toBe(before.version + 1);
  });

  it('never keeps another person from proposing', () => {
    const because = (reason: string) => ({ ...revokeB, reason });
    let before = guarded();
    for (let number = 1; number <= proposalsOfOne; number++)
      before = proposed(before, because(`mallory ${number}`), { actor: 'mallory', proposal: prp(number) });
    const more = because('one more');
    expect(reasonOf(nextRing(before, more, context({ actor: 'mallory', mayForce: false })))).toBe('too-many-proposals');
    const crowd = maxProposals - proposalsKept - proposalsOfOne;
    for (let number = 1; number <= crowd; number++)
      before = proposed(before, because(`crowd ${number}`), { actor: `actor ${number}`, proposal: prp(10 + number) });
    expect(reasonOf(nextRing(before, more, context({ actor: 'somebody', mayForce: false })))).toBe('too-many-proposals');
    expect(nextRing(before, more, context({ actor: 'boss', mayForce: true })).kind).toBe('proposed');
  });

  it('is outdated when many more devices would be refused than when it was proposed, or when nobody knows', () => {
    const few = seen({ a: 970, b: 30 });
    const before = proposed(guarded(), revokeB, { adoption: few });
    expect(reasonOf(approvedBy(before, { adoption: seen({ b: 1000 }) }))).toBe('proposal-outdated');
    expect(reasonOf(approvedBy(before, { adoption: unknown }))).toBe('proposal-outdated');
    expect(approvedBy(before, { adoption: few }).kind).toBe('changed');
  });

  it('M18: never stands for a value, because another one would be approved', () => {
    const own = { fresh: [fresh('new', { origin: 'own' })] };
    const replace: RingChangeCommand = { kind: 'replace-value', token: id('b'), reason: 'x', force };
    expect(reasonOf(nextRing(guarded(), replace, context(own)))).toBe('values-need-single-steps');
    const put: RingChangeCommand = {
      kind: 'replace-all',
      mode: 'enforce',
      effectiveAt: hours(-500),
      rules: {},
      tokens: [{ fresh: 0 }],
      reason: 'put',
      force,
    };
    expect(reasonOf(nextRing(guarded(), put, context()))).toBe('values-need-single-steps');
    const beside = { ...put, tokens: [{ keep: id('b') }, { fresh: 0 }] } as RingChangeCommand;
    expect(reasonOf(nextRing(guarded(), beside, context()))).toBe('changed');
  });

  it('for settings is overtaken when the settings change; others stay', () => {
    const loose: RingChangeCommand = {
      kind: 'change-settings',
      settings: { ...defaultRingSettings, compatibility: 'reference' },
      force,
    };
    const strict: RingChangeCommand = {
      kind: 'change-settings',
      settings: { ...two, guards: { ...two.guards, refusedShare: 0 } },
      force,
    };
    const first = proposed(guarded(), loose, { proposal: prp(2) });
    const second = proposed(first, revokeB, { proposal: prp(3) });
    const done = changed(approvedBy(proposed(second, strict))).ring;
    expect(done.settings.guards.refusedShare).toBe(0);
    expect(done.proposals.map((one) => one.id)).toEqual(['prp_3']);
  });

  it.each(['{', 'null', '{"kind":"approve","proposal":"prp_1"}', '{"kind":"of-another-version"}'])(
    'that can not be read (%s) is outdated',
    (command) => {
      const [waiting] = proposed(guarded(), revokeB).proposals;
      const before = guarded({ proposals: [{ ...waiting!, command }] });
      expect(reasonOf(approvedBy(before))).toBe('proposal-outdated');
      expect(reasonOf(nextRing(before, withdraw, context()))).toBe('changed');
      const other: RingChangeCommand = { kind: 'change-settings', settings: { ...two, readableValues: true }, force };
      expect(reasonOf(nextRing(before, other, context()))).toBe('proposed');
    },
  );
});
