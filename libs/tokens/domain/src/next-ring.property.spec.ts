import { describe, expect, it } from '@jest/globals';
import { type Instant, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { refusedFigures } from './adoption.ts';
import { nextRing } from './next-ring.ts';
import { inForce, isLive, liveTokens, type Ring, type Token } from './ring.ts';
import type { RingChangeCommand } from './ring-command.ts';
import { hours } from './test-support/ring-builders.ts';
import {
  adoption,
  adoptionOf,
  commandOf,
  contextOf,
  type Draw,
  draw,
  grownRing,
  meant,
  run,
  type Step,
} from './test-support/ring-histories.ts';

// Now and then something forced, something else, and an approval: by chance alone that would be rare.
const approved = fc
  .tuple(draw, draw, draw)
  .map(([one, two, three]): Draw[] => [
    { ...one, isForced: true, tokens: [0], values: [7, 8], isOwn: false },
    two,
    { ...three, kind: 'approve', tokens: [0], advanceHours: 0 },
  ]);
const histories = fc.tuple(
  fc
    .array(
      fc.oneof(
        draw.map((one) => [one]),
        draw.map((one) => [one]),
        approved,
      ),
      { maxLength: 18 },
    )
    .map((parts) => parts.flat()),
  fc.option(
    grownRing.map((ring) => ({ ring, at: hours(1_000) })),
    { freq: 4, nil: undefined },
  ),
);
const law = (check: (step: Step, all: readonly Step[]) => boolean, numRuns = 400): void => {
  fc.assert(
    fc.property(histories, ([draws, start]) => {
      const all = run(draws, start);
      return all.every((step) => check(step, all));
    }),
    { numRuns },
  );
};
const tokensOf = (ring: Ring | undefined): readonly Token[] => ring?.tokens ?? [];
const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
const isDistinct = (values: readonly string[]): boolean => new Set(values).size === values.length;

describe('under any sequence of commands, by anybody, at any time', () => {
  it('M23: a requirement that is on has a live token, unless it was said that none could be made', () =>
    law(({ before, after, decision }) => {
      if (!after || after.requirement.mode === 'off' || liveTokens(after).length > 0) return true;
      const wasNone = before !== undefined && before.requirement.mode !== 'off' && liveTokens(before).length === 0;
      return wasNone || (decision.kind === 'changed' && decision.warnings.includes('no-replacement'));
    }));

  it('a change or a proposal is one version on, and nothing else is a version', () =>
    law(({ before, after, decision }) => {
      const isOn = decision.kind === 'changed' || decision.kind === 'proposed';
      return (after?.version ?? 0) - (before?.version ?? 0) === (isOn ? 1 : 0) && (!isOn || decision.ring === after);
    }));

  it('M21: no id and no value is there twice, active or revoked', () =>
    law(
      ({ after }) => isDistinct(tokensOf(after).map(({ digest }) => digest)) && isDistinct(tokensOf(after).map(({ id }) => id)),
    ));

  it('M17, M22: a token stays where it is, with its value and generation date; a revoked one never changes', () =>
    law(({ before, after }) =>
      tokensOf(before).every((token, at) => {
        const is = tokensOf(after)[at];
        if (!is) return false;
        if (token.state.kind === 'revoked') return same(token, is);
        const fixed = ({ id, digest, pepperId, origin, createdAt, createdBy }: Token) => [
          id,
          digest,
          pepperId,
          origin,
          createdAt,
          createdBy,
        ];
        return same(fixed(token), fixed(is));
      }),
    ));

  it('what is created is told, is active, and made now by who did it', () =>
    law(({ before, after, decision, context }) => {
      const added = tokensOf(after).slice(tokensOf(before).length);
      if (decision.kind !== 'changed') return added.length === 0;
      return (
        same(added, decision.created) &&
        added.every(
          ({ state, createdAt, createdBy }) =>
            state.kind === 'active' && createdAt === context.now && createdBy === context.actor,
        )
      );
    }));

  it('no revoked token keeps a sealed copy', () =>
    law(({ after }) => tokensOf(after).every((token) => isLive(token) || token.valueKept === undefined)));

  it('a proposal changes nothing but the list of proposals, and a withdrawal too', () =>
    law(({ before, after, decision, command }) => {
      if (decision.kind !== 'proposed' && !(decision.kind === 'changed' && command.kind === 'withdraw')) return true;
      return same({ ...before, version: 0, proposals: [] }, { ...after, version: 0, proposals: [] });
    }));

  it('nobody approves what they proposed, nor without the role', () =>
    law(({ before, decision, command, context }) => {
      if (decision.kind !== 'changed' || command.kind !== 'approve') return true;
      const proposal = before?.proposals.find(({ id }) => id === command.proposal);
      return proposal !== undefined && proposal.by !== context.actor && context.mayForce && proposal.expiresAt > context.now;
    }));

  it('R41: what the guards refuse is forced by the role only, with a reason, and by two where two have to agree', () =>
    law(({ before, decision, command, context }) => {
      if (decision.kind !== 'changed' || !decision.forced) return true;
      const { proposal } = decision.forced;
      const isAgreed = proposal !== undefined && proposal.by !== context.actor && proposal.refusal === decision.forced.refusal;
      return context.mayForce && (command.kind === 'approve' ? isAgreed : !before?.settings.twoPeople);
    }));

  it('R41: where two people have to agree, nobody alone changes settings or stops checks', () =>
    law(({ before, after, decision, command, context }) => {
      if (!before?.settings.twoPeople || !after || decision.kind !== 'changed' || command.kind === 'approve') return true;
      const stops = inForce(before.requirement, context.now) && !inForce(after.requirement, context.now);
      return !stops && same(before.settings, after.settings);
    }));

  it('unchanged means that the same command would have made the same ring', () =>
    law(({ before, decision, command, context }) => {
      if (decision.kind !== 'unchanged') return true;
      const wanted = meant({ before, command }) as RingChangeCommand;
      const ring = before;
      switch (wanted.kind) {
        case 'set-requirement':
          return (
            ring?.requirement.mode === wanted.mode &&
            (wanted.effectiveAt ?? ring.requirement.effectiveAt) === ring.requirement.effectiveAt
          );
        case 'set-siblings':
          return same([ring?.siblings.mode ?? 'observe', ring?.siblings.rules ?? {}], [wanted.mode, wanted.rules]);
        case 'change-settings':
          return ring === undefined || same(ring.settings, wanted.settings);
        case 'revoke-tokens':
          return wanted.tokens.every((one) => tokensOf(ring).some(({ id, state }) => id === one && state.kind === 'revoked'));
        case 'revoke-others':
          return same(
            liveTokens(ring!).map(({ id }) => id),
            [wanted.keep],
          );
        case 'report-leak':
          return tokensOf(ring).some(({ id, state }) => id === wanted.token && state.kind === 'revoked');
        case 'clear':
          return !ring || (!ring.isDefined && liveTokens(ring).length === 0);
        case 'retire-tokens':
          return wanted.tokens.every((one) => tokensOf(ring).some(({ id, state }) => id === one && state.kind !== 'active'));
        case 'replace-all':
          return same(
            new Set(liveTokens(ring!).map(({ id }) => id)),
            new Set(wanted.tokens.map((one) => 'keep' in one && one.keep)),
          );
        case 'add-token':
        case 'replace-value':
          return false;
        default:
          return context.now > 0;
      }
    }));

  it('a change is a change: something is different beside the version', () =>
    law(
      ({ before, after, decision }) =>
        decision.kind !== 'changed' || !before || !same({ ...before, version: 0 }, { ...after, version: 0 }),
    ));

  it('the same command again is not another change, unless it makes a token', () =>
    law(({ after, decision, command, context }) => {
      if (
        decision.kind !== 'changed' ||
        decision.created.length > 0 ||
        command.kind === 'add-token' ||
        command.kind === 'replace-value'
      )
        return true;
      return nextRing(after, command, context).kind !== 'changed' || decision.stoppedBy !== undefined;
    }));

  it('a proposal holds no value and no digest of one, nor an id of a token that was not made', () =>
    law(({ decision, context, command }) => {
      if (decision.kind !== 'proposed') return true;
      const text = JSON.stringify(decision.proposal);
      const isClean = context.fresh.every(({ digest, id }) => !text.includes(digest) && !text.includes(`"${id}"`));
      return isClean && decision.proposal.command === JSON.stringify(command);
    }));

  it('it decides the same on what was written and read again, and touches nothing that it was given', () =>
    law(({ before, command, context, decision }) => {
      const again = <T>(value: T): T => (value === undefined ? value : freeze(JSON.parse(JSON.stringify(value)) as T));
      return same(nextRing(again(before), again(command), again(context)), decision);
    }));
});

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

const share = (ring: Ring, groups: Parameters<typeof refusedFigures>[1], at: Instant) => {
  const { devices, byToken, withoutToken } = refusedFigures(ring, groups, at);
  return {
    refused: byToken,
    all: byToken / devices,
    ofManaged: devices === withoutToken ? 0 : (byToken - withoutToken) / (devices - withoutToken),
  };
};
const unforced = fc.array(
  draw.map((one): Draw => ({ ...one, isForced: false, advanceHours: 0, values: [...one.values, 61, 62] })),
  { minLength: 1, maxLength: 15 },
);
const safeRing = grownRing.map((ring): Ring => ({ ...ring, settings: { ...ring.settings, compatibility: 'safe' } }));
const start = hours(1_000);

describe('M30, R41: without force, in the safe mode', () => {
  /** Commands one after the other at one moment, with one set of figures. */
  const sequence = (
    check: (
      before: Ring,
      after: Ring,
      groups: Parameters<typeof refusedFigures>[1],
      first: Ring,
      moments: readonly number[],
    ) => boolean,
  ): void => {
    fc.assert(
      fc.property(safeRing, unforced, adoption, (ring, draws, drawn) => {
        const figures = adoptionOf(drawn, ring);
        const groups = figures.kind === 'known' ? figures.groups : [];
        let before = ring;
        return draws.every((one, step) => {
          if (one.kind === 'change-settings' || one.kind === 'approve') return true;
          const context = { ...contextOf(one, before, start, step + 5_000), adoption: figures };
          const decision = nextRing(before, commandOf(one, before, start), context);
          if (decision.kind !== 'changed') return true;
          const after = decision.ring;
          const horizon = start + after.settings.guards.noticeHours * 3_600_000;
          const dates = [before, after].flatMap(({ requirement, tokens }) => [
            requirement.effectiveAt,
            ...tokens.flatMap(({ notBefore, expiresAt }) => [notBefore ?? start, expiresAt ?? start]),
          ]);
          const moments = [start, ...dates.filter((at) => at > start && at <= horizon)];
          const isFine = check(before, after, groups, ring, moments);
          before = after;
          return isFine;
        });
      }),
      { numRuns: 1_500 },
    );
  };

  it('no change, and no number of changes, raises the share of refused devices above what is allowed, now or within the notice', () =>
    sequence((before, after, groups, _, moments) =>
      moments.every((ms) => {
        const at = instant(ms);
        const [was, is] = [share(before, groups, at), share(after, groups, at)];
        if (groups.length === 0 || is.refused <= was.refused) return true;
        const { refusedShare } = after.settings.guards;
        return inForce(before.requirement, at) ? is.ofManaged <= refusedShare : is.all <= refusedShare;
      }),
    ));

  it('nothing is taken from a requirement in force while nothing is known', () =>
    sequence((before, after, groups, _, moments) => {
      if (groups.length > 0) return true;
      const accepted = (ring: Ring, at: number) =>
        ring.tokens
          .filter((one) => isLive(one) && (one.notBefore ?? 0) <= at && at < (one.expiresAt ?? Infinity))
          .map(({ id }) => id);
      return moments.every((at) => {
        if (!inForce(after.requirement, instant(at))) return true;
        return inForce(before.requirement, instant(at)) && accepted(before, at).every((one) => accepted(after, at).includes(one));
      });
    }));

  it('a token that is being delivered, and is not replaced by a later one, stays accepted', () =>
    sequence((before, after, _groups, _first, [at = 0]) =>
      before.tokens.every((token, index) => {
        const isOut = token.state.kind === 'retiring' && before.tokens.slice(index + 1).some(isLive);
        if (token.valueKept !== 'delivery' || isOut || (token.expiresAt ?? Infinity) <= at) return true;
        const left = after.tokens[index]!;
        return isLive(left) && ((token.notBefore ?? 0) > at || (left.notBefore ?? 0) <= at);
      }),
    ));

  it('these laws are not empty', () => {
    const met = new Set<string>();
    for (const [ring, draws, drawn] of fc.sample(fc.tuple(safeRing, unforced, adoption), { numRuns: 400, seed: 7 })) {
      const figures = adoptionOf(drawn, ring);
      for (const [step, one] of draws.entries()) {
        const decision = nextRing(ring, commandOf(one, ring, start), {
          ...contextOf(one, ring, start, step + 5_000),
          adoption: figures,
        });
        met.add(decision.kind === 'refused' ? decision.reason : decision.kind);
        if (decision.kind === 'changed') decision.warnings.forEach((warning) => met.add(`warned ${warning}`));
      }
    }
    for (const reason of [
      'last-token',
      'too-many-devices',
      'adoption-unknown',
      'being-delivered',
      'siblings-unproven',
      'would-refuse-every-device',
      'checks-would-stop',
      'changed',
      'unchanged',
      'warned some-devices-refused',
      'warned date-will-refuse-devices',
      'warned in-force-at-once',
    ])
      expect([...met]).toContain(reason);
  });
});

it('the laws of any sequence are not empty: such sequences meet every kind of decision', () => {
  const met = new Set<string>();
  for (const [draws, start] of fc.sample(histories, { numRuns: 1_500, seed: 1 }))
    for (const { decision, command } of run(draws, start)) {
      met.add(decision.kind === 'refused' ? decision.reason : decision.kind);
      if (decision.kind === 'changed' && decision.forced) met.add(command.kind === 'approve' ? 'approved' : 'forced');
      if (decision.kind === 'changed' && decision.stoppedBy) met.add('stopped leak');
    }
  const seldom = ['too-many-tokens', 'ring-full', 'too-many-proposals', 'tokens-missing'];
  for (const expected of [
    'changed',
    'proposed',
    'unchanged',
    'forced',
    'approved',
    'stopped leak',
    'own-proposal',
    'proposal-outdated',
    'unknown-proposal',
    'force-not-allowed',
    'values-need-single-steps',
    'duplicate-value',
    'token-is-revoked',
    'unknown-token',
    'dates-reversed',
    'date-is-past',
    'effective-date-missing',
    'needs-approval',
    'last-token',
    'too-many-devices',
    'adoption-unknown',
    'being-delivered',
    'siblings-unproven',
    'checks-would-stop',
    'would-refuse-every-device',
  ])
    expect([...met, ...seldom]).toContain(expected);
});
