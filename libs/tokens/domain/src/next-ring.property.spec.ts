import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { inForce, nextRing, type RingCommand, type RingContext } from './next-ring.ts';
import { activeTokens, type PepperId, type Ring, type TokenDigest, type TokenId } from './ring.ts';

type Step = { readonly command: RingCommand; readonly value: number; readonly now: number };

// Few ids and few values, so that tokens are met again and duplicates are tried.
const step: fc.Arbitrary<Step> = fc.record({
  command: fc.oneof(
    fc.record({
      kind: fc.constant('set-requirement' as const),
      enabled: fc.boolean(),
      effectiveAt: fc.integer({ min: 0, max: 100 }).map(instant),
      force: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('set-requirement' as const), enabled: fc.boolean() }),
    fc.record({ kind: fc.constant('add-token' as const), label: fc.string() }),
    fc.record({
      kind: fc.constant('revoke-token' as const),
      token: fc.nat(12).map((number) => `tok_${number}` as TokenId),
      reason: fc.string(),
      force: fc.boolean(),
    }),
  ),
  value: fc.nat(12),
  now: fc.nat(100),
});

/** Runs the steps and gives every ring on the way with its decision. */
function run(steps: readonly Step[]) {
  let ring: Ring | undefined;
  return steps.map(({ command, value, now }, at) => {
    const before = ring;
    const context: RingContext = {
      environment: environmentId('acme'),
      now: instant(now),
      actor: 'admin',
      fresh: { id: `tok_${at}` as TokenId, digest: `d${value}` as TokenDigest, pepperId: 'k' as PepperId, otherDigests: [] },
    };
    const decision = nextRing(before, command, context);
    if (decision.kind === 'changed') ring = decision.ring;
    return { before, after: ring, decision, command, context };
  });
}

const law = (check: (step: ReturnType<typeof run>[number], all: ReturnType<typeof run>) => boolean) =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const all = run(steps);
      return all.every((one) => check(one, all));
    }),
  );

describe('under any sequence of commands', () => {
  it('M23: a requirement that is on has an active token', () =>
    law(({ after }) => !after?.requirement.enabled || activeTokens(after).length > 0));

  it('a change is one version on, and nothing else is a version', () =>
    law(
      ({ before, after, decision }) => (after?.version ?? 0) - (before?.version ?? 0) === (decision.kind === 'changed' ? 1 : 0),
    ));

  it('M21: no value is there twice, active or revoked, so a revoked one never becomes active', () =>
    law(({ after }) => new Set(after?.tokens.map(({ digest }) => digest)).size === (after?.tokens.length ?? 0)));

  it('a token, once there, stays: only its state changes, and only from active to revoked', () =>
    law(({ before, after }) =>
      (before?.tokens ?? []).every((token, at) => {
        const now = after?.tokens[at];
        if (now === undefined || (token.state.kind === 'revoked' && now.state !== token.state)) return false;
        return JSON.stringify({ ...now, state: 0 }) === JSON.stringify({ ...token, state: 0 });
      }),
    ));

  it('a change adds at most one token and revokes at most one', () =>
    law(({ before, after, decision }) => {
      if (decision.kind !== 'changed') return true;
      const added = (after?.tokens.length ?? 0) - (before?.tokens.length ?? 0);
      const revoked = (ring?: Ring) => (ring ? ring.tokens.length - activeTokens(ring).length : 0);
      return added === (decision.created ? 1 : 0) && revoked(after) - revoked(before) <= 1;
    }));

  it('M28, M30: without force no change takes the last token that devices may have from a requirement in force', () =>
    law(({ before, after, decision, command, context }) => {
      if (decision.kind !== 'changed' || !after || !inForce(after.requirement, context.now)) return true;
      if (command.kind !== 'add-token' && command.force === true) return true;
      return activeTokens(after).some(({ id }) => before?.tokens.some((old) => old.id === id));
    }));

  it('M26: whoever leaves a requirement in force with nothing but a brand-new token is warned', () =>
    law(({ before, after, decision, context }) => {
      if (decision.kind !== 'changed' || !after || !inForce(after.requirement, context.now)) return true;
      const onlyNew = activeTokens(after).every(({ id }) => !before?.tokens.some((old) => old.id === id));
      return onlyNew === decision.warnings.includes('every-device-refused');
    }));

  it('the same command again changes nothing, or is refused, unless it adds a token', () =>
    law(({ after, decision, command, context }) => {
      if (decision.kind !== 'changed' || command.kind === 'add-token') return true;
      return nextRing(after, command, context).kind !== 'changed';
    }));
});

it('the laws are not empty: such sequences change, refuse, replace and leave as it is', () => {
  const met = new Set<string>();
  for (const sequence of fc.sample(fc.array(step, { minLength: 10, maxLength: 30 }), { numRuns: 300, seed: 1 }))
    for (const { decision, command } of run(sequence)) {
      met.add(decision.kind === 'refused' ? decision.reason : decision.kind);
      if (decision.kind === 'changed' && decision.created && command.kind === 'revoke-token') met.add('replaced');
    }
  expect([...met].sort()).toEqual([
    'changed',
    'duplicate-value',
    'effective-date-missing',
    'last-token',
    'replaced',
    'unchanged',
    'unknown-token',
    'would-refuse-every-device',
  ]);
});
