import { expect, it } from '@jest/globals';
import { type Instant, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { inForce, isAccepted, type Ring, type TokenId } from './ring.ts';
import type { RingChangeCommand } from './ring-command.ts';
import { hours } from './test-support/ring-builders.ts';
import { draw, grownRing, meant, run, type Step } from './test-support/ring-histories.ts';

/** What an administrator believes after reading the manual: names of tokens, where they stand, from when to when. */
class Belief {
  readonly active = new Set<TokenId>();
  readonly retiring = new Set<TokenId>();
  readonly revoked = new Set<TokenId>();
  readonly from = new Map<TokenId, number>();
  readonly until = new Map<TokenId, number>();
  mode = 'off';
  date: number | undefined;

  get live(): readonly TokenId[] {
    return [...this.active, ...this.retiring];
  }

  /** M4–M11: whether a device that presents this passes. */
  passes(presented: TokenId | 'nothing', at: number): boolean {
    if (this.mode !== 'enforce' || this.date === undefined || at < this.date) return true;
    if (presented === 'nothing' || !this.live.includes(presented)) return false;
    return (this.from.get(presented) ?? -Infinity) <= at && at < (this.until.get(presented) ?? Infinity);
  }

  hasUsable(at: number): boolean {
    return this.live.some((token) => at < (this.until.get(token) ?? Infinity));
  }

  revoke(tokens: Iterable<TokenId>): void {
    for (const token of tokens) {
      this.active.delete(token);
      this.retiring.delete(token);
      this.revoked.add(token);
    }
  }

  /** The command was done; the service made these tokens on the way. */
  did(command: RingChangeCommand, made: readonly TokenId[], at: number): void {
    const isUsable = this.hasUsable(at);
    const wasOn = this.mode !== 'off';
    const rest = [...made];
    const add = (token = rest.shift(), from?: number | null, until?: number | null): void => {
      if (token === undefined) throw new Error('a token was expected, and none was made');
      this.active.add(token);
      this.keep(this.from, token, from);
      this.keep(this.until, token, until);
    };
    switch (command.kind) {
      case 'set-requirement':
        this.turn(command.mode, command.effectiveAt);
        if (command.mode !== 'off' && !wasOn && !isUsable) add();
        break;
      case 'add-token':
        add(undefined, command.notBefore, command.expiresAt);
        break;
      case 'edit-token':
        if (command.notBefore !== undefined) this.keep(this.from, command.token, command.notBefore);
        if (command.expiresAt !== undefined) this.keep(this.until, command.token, command.expiresAt);
        break;
      case 'replace-value': {
        const [from, until] = [this.from.get(command.token), this.until.get(command.token)];
        this.revoke([command.token]);
        add(undefined, from !== undefined && from > at ? from : null, until !== undefined && until > at ? until : null);
        break;
      }
      case 'retire-tokens':
        for (const token of command.tokens) if (this.active.delete(token)) this.retiring.add(token);
        break;
      case 'reinstate-tokens':
        for (const token of command.tokens) if (this.retiring.delete(token)) this.active.add(token);
        break;
      case 'revoke-tokens':
        this.revoke(command.tokens);
        break;
      case 'report-leak':
        this.revoke([command.token]);
        break;
      case 'revoke-others':
        this.revoke(this.live.filter((token) => token !== command.keep));
        break;
      case 'replace-all': {
        const kept = command.tokens.flatMap((one) => ('keep' in one ? [one.keep] : []));
        this.revoke(this.live.filter((token) => !kept.includes(token)));
        for (const one of command.tokens) if ('fresh' in one) add();
        this.turn(command.mode, command.effectiveAt);
        break;
      }
      case 'clear':
        this.revoke(this.live);
        this.turn('off', undefined);
        break;
      case 'set-siblings':
      case 'change-settings':
      case 'release-values':
        break;
    }
    // M23, M24: what is left over is the replacement, and only where nothing else is left.
    if (rest.length === 0) return;
    const isNeeded = this.mode !== 'off' && (this.live.length === 0 || (isUsable && !this.hasUsable(at)));
    if (!isNeeded) throw new Error('a token was made that nobody needed');
    add();
    if (rest.length > 0) throw new Error('too many tokens were made');
  }

  private turn(mode: string, date: number | undefined): void {
    this.mode = mode;
    this.date = date ?? this.date;
  }

  private keep(dates: Map<TokenId, number>, token: TokenId, date: number | null | undefined): void {
    if (date === null || date === undefined) dates.delete(token);
    else dates.set(token, date);
  }
}

function believed(ring: Ring | undefined, first: Instant): Belief {
  const belief = new Belief();
  belief.mode = ring?.requirement.mode ?? 'off';
  belief.date = ring?.requirement.effectiveAt ?? first;
  for (const { id, state, notBefore, expiresAt } of ring?.tokens ?? []) {
    belief[state.kind].add(id);
    if (notBefore !== undefined) belief.from.set(id, notBefore);
    if (expiresAt !== undefined) belief.until.set(id, expiresAt);
  }
  return belief;
}

const statesOf = (ring: Ring) =>
  (['active', 'retiring', 'revoked'] as const).map((kind) =>
    ring.tokens.flatMap(({ id, state }) => (state.kind === kind ? [id] : [])).sort(),
  );
const beliefOf = ({ active, retiring, revoked }: Belief) => [active, retiring, revoked].map((tokens) => [...tokens].sort());

function follow(belief: Belief, step: Step): void {
  const { decision, context, after, before } = step;
  if (decision.kind !== 'changed') return;
  const command = meant(step);
  if (before === undefined && belief.date === undefined) belief.date = context.now;
  if (command && decision.stoppedBy === undefined)
    belief.did(
      command,
      decision.created.map(({ id }) => id),
      context.now,
    );
  if (!after) throw new Error('a change leaves a ring');
  expect(statesOf(after)).toEqual(beliefOf(belief));
  expect(after.requirement.mode).toBe(belief.mode);
  for (const later of [0, 0.5, 5, 13, 50]) {
    const at = instant(context.now + later * 3_600_000);
    for (const token of after.tokens) {
      const passes = !inForce(after.requirement, at) || isAccepted(token, at);
      expect([token.id, later, passes]).toEqual([token.id, later, belief.passes(token.id, at)]);
    }
    expect(inForce(after.requirement, at)).toBe(!belief.passes('nothing', at));
  }
}

it('M1–M7, M16–M28: after every change the ring is what an administrator believes it to be, and so is who passes', () => {
  const start = fc.option(
    grownRing.map((ring) => ({ ring, at: hours(1_000) })),
    { freq: 4, nil: undefined },
  );
  fc.assert(
    fc.property(fc.array(draw, { maxLength: 20 }), start, (draws, from) => {
      const steps = run(draws, from);
      const belief = believed(from?.ring, steps[0]?.context.now ?? hours(0));
      if (!from) belief.date = undefined;
      for (const step of steps) follow(belief, step);
    }),
    { numRuns: 600 },
  );
});
