import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import type { Renewal } from '@tallystick/tokens-domain';
import {
  isAccountedFor,
  type JudgedRing,
  unwellPatienceMs,
  type FollowerEvent,
  followShard,
  leaseHolds,
  loadTimeoutMs,
  newShardFollower,
  renewEveryMs,
  renewTimeoutMs,
  type ShardFollower,
} from './index.ts';
import { acme, ring as anyRing } from './rings.fixture.ts';

const leaseMs = 3_000;
const ring = (version: number) => anyRing({ version });
const at = (ms: number) => ({ mono: ms, wall: 1_000_000 + ms });
const answer = (
  seq: number,
  ms: number,
  entries: readonly number[] = [],
  rest: Partial<Renewal> & { epoch?: string } = {},
): Renewal => ({
  position: { epoch: rest.epoch ?? 'e', seq },
  headEpoch: 'head',
  serverTimeMs: rest.serverTimeMs ?? 5_000_000 + ms,
  entries: entries.map((seq) => ({ seq, ring: ring(seq) })),
  trimmed: rest.trimmed ?? false,
});

const loaded = (version: number, witnessed?: number) => ({ kind: 'loaded', rings: [ring(version)], witnessed }) as const;

/** Plays events; `renewed`, `loaded` and `failed` answer the call under way unless they name a ticket. */
function play(
  state: ShardFollower,
  ...steps: readonly [ms: number, event: DistributiveOmit<FollowerEvent, 'ticket'> & { ticket?: number }][]
) {
  let effect;
  for (const [ms, event] of steps)
    ({ state, effect } = followShard(state, { ticket: state.call?.ticket ?? 0, ...event }, at(ms)));
  return {
    state,
    effect,
    version: (state.table.environments.get(acme)?.ring as JudgedRing | undefined)?.version,
    holdsAt: (ms: number) => leaseHolds(state.lease, at(ms).mono, at(ms).wall),
  };
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const joined = play(
  newShardFollower(leaseMs),
  [0, { kind: 'tick' }],
  [10, { kind: 'renewed', renewal: answer(7, 0) }],
  [20, loaded(9)],
).state;
/** Follows at sequence 7; the last renewal was sent at 20. */
const following = play(joined, [30, { kind: 'renewed', renewal: answer(7, 20) }]);

describe('joining a shard', () => {
  it('registers first, to know a position that the load can only be newer than', () => {
    expect(play(newShardFollower(leaseMs), [0, { kind: 'tick' }]).effect).toEqual({
      kind: 'renew',
      ticket: 1,
      epoch: '',
      applied: -1,
    });
  });

  it('then loads, then renews with that position', () => {
    const registered = play(newShardFollower(leaseMs), [0, { kind: 'tick' }], [10, { kind: 'renewed', renewal: answer(7, 0) }]);
    expect(registered.effect).toEqual({ kind: 'load', ticket: 2, epoch: 'e', headEpoch: 'head' });
    expect(play(registered.state, [20, loaded(9)]).effect).toEqual({
      kind: 'renew',
      ticket: 3,
      epoch: 'e',
      applied: 7,
    });
  });

  it('has no lease before the renewal after the load', () => {
    expect(joined.lease).toBeUndefined();
    expect(following.holdsAt(30)).toBe(true);
  });

  it('starts over with the position when the load fails', () => {
    const registered = play(
      newShardFollower(leaseMs),
      [0, { kind: 'tick' }],
      [10, { kind: 'renewed', renewal: answer(7, 0) }],
    ).state;
    const failed = play(registered, [20, { kind: 'failed' }]);
    expect(failed.effect).toBeUndefined();
    expect(play(failed.state, [10 + renewEveryMs(leaseMs), { kind: 'tick' }]).effect).toMatchObject({
      kind: 'renew',
      applied: -1,
    });
  });

  it('gives a load up that is never answered', () => {
    const registered = play(
      newShardFollower(leaseMs),
      [0, { kind: 'tick' }],
      [10, { kind: 'renewed', renewal: answer(7, 0) }],
    ).state;
    expect(play(registered, [9 + loadTimeoutMs, { kind: 'tick' }]).effect).toBeUndefined();
    expect(play(registered, [10 + loadTimeoutMs, { kind: 'tick' }]).effect).toMatchObject({ kind: 'renew', applied: -1 });
  });

  it('ignores a load that was given up, also while another one runs', () => {
    const again = play(
      newShardFollower(leaseMs),
      [0, { kind: 'tick' }],
      [10, { kind: 'renewed', renewal: answer(7, 0) }],
      [10 + loadTimeoutMs, { kind: 'tick' }],
      [20 + loadTimeoutMs, { kind: 'renewed', renewal: answer(8, 10 + loadTimeoutMs) }],
    ).state;
    expect(again.call?.kind).toBe('load');
    expect(play(again, [30 + loadTimeoutMs, { ...loaded(1), ticket: 2 }]).state).toBe(again);
  });
});

describe('a renewal', () => {
  it('grants a lease from before it was sent, not from its answer', () => {
    expect(following.state.lease).toEqual({ from: at(20), leaseMs });
    expect(following.holdsAt(3_019)).toBe(true);
    expect(following.holdsAt(3_020)).toBe(false);
  });

  it('is made every third of the lease', () => {
    expect(play(following.state, [1_019, { kind: 'tick' }]).effect).toBeUndefined();
    expect(play(following.state, [1_020, { kind: 'tick' }]).effect).toMatchObject({ kind: 'renew', epoch: 'e', applied: 7 });
  });

  it('is made at once on a hint', () => {
    expect(play(following.state, [40, { kind: 'hint' }]).effect).toMatchObject({ kind: 'renew', applied: 7 });
  });

  it('is made once more after one that was under way when the hint came', () => {
    const asked = play(following.state, [40, { kind: 'hint' }], [41, { kind: 'hint' }]);
    expect(asked.effect).toBeUndefined();
    expect(play(asked.state, [50, { kind: 'renewed', renewal: answer(7, 40) }]).effect).toMatchObject({
      kind: 'renew',
      applied: 7,
    });
  });

  it('applies what it brings, and acknowledges it at once', () => {
    const applied = play(following.state, [40, { kind: 'hint' }], [50, { kind: 'renewed', renewal: answer(9, 40, [8, 9]) }]);
    expect(applied.state.lease).toEqual({ from: at(40), leaseMs });
    expect(applied.effect).toMatchObject({ kind: 'renew', applied: 9 });
  });

  it('does not extend the lease while more entries are to be read', () => {
    const partly = play(following.state, [40, { kind: 'hint' }], [50, { kind: 'renewed', renewal: answer(10, 40, [8, 9]) }]);
    expect(partly.state.lease).toEqual({ from: at(20), leaseMs });
    expect(partly.effect).toMatchObject({ kind: 'renew', applied: 9 });
    expect(play(partly.state, [60, { kind: 'renewed', renewal: answer(10, 50, [10]) }]).state.lease).toEqual({
      from: at(50),
      leaseMs,
    });
  });

  it('that is answered after its own lease extends nothing, and is followed by another', () => {
    const late = play(following.state, [2_900, { kind: 'tick' }], [5_900, { kind: 'renewed', renewal: answer(7, 2_900) }]);
    expect(late.state.lease).toEqual({ from: at(20), leaseMs });
    expect(late.state.clock).toBe(following.state.clock);
    expect(late.effect).toMatchObject({ kind: 'renew' });
  });

  it('that was given up means nothing when its answer comes', () => {
    const asked = play(following.state, [1_020, { kind: 'tick' }]).state;
    const givenUp = play(asked, [1_020 + renewTimeoutMs(leaseMs), { kind: 'tick' }]);
    expect(givenUp.effect).toMatchObject({ kind: 'renew' });
    const late = answer(8, 1_020, [8]);
    expect(play(givenUp.state, [3_100, { kind: 'renewed', renewal: late, ticket: asked.call?.ticket ?? 0 }]).state).toBe(
      givenUp.state,
    );
  });

  it('that fails leaves the lease to run out, and is made again after a third of the lease', () => {
    const failed = play(following.state, [1_020, { kind: 'tick' }], [1_030, { kind: 'failed' }]);
    expect(failed.state.lease).toEqual(following.state.lease);
    expect(failed.effect).toBeUndefined();
    expect(play(failed.state, [2_020, { kind: 'tick' }]).effect).toMatchObject({ kind: 'renew', applied: 7 });
  });

  it("that shows another time of the server's ends the lease, until two agree", () => {
    const jumped = play(
      following.state,
      [1_020, { kind: 'tick' }],
      [1_030, { kind: 'renewed', renewal: answer(7, 1_020, [], { serverTimeMs: 6_000_000 }) }],
    );
    expect(jumped.state.lease).toBeUndefined();
    const agreed = play(
      jumped.state,
      [2_020, { kind: 'tick' }],
      [2_030, { kind: 'renewed', renewal: answer(7, 0, [], { serverTimeMs: 6_001_000 }) }],
    );
    expect(agreed.holdsAt(2_030)).toBe(true);
  });
});

describe('a store that can not be reached', () => {
  it('is not asked more often for being asked about', () => {
    const failed = play(following.state, [1_020, { kind: 'tick' }], [1_030, { kind: 'failed' }]).state;
    expect(play(failed, [1_040, { kind: 'hint' }]).effect).toBeUndefined();
  });
});

describe('the lease ends at once, and everything is loaded again', () => {
  const asked = play(following.state, [40, { kind: 'hint' }]).state;

  it.each([
    ['another epoch', 'epoch-changed', answer(7, 40, [], { epoch: 'f' })],
    ['another epoch with a higher sequence', 'epoch-changed', answer(8, 40, [8], { epoch: 'f' })],
    ['a lower sequence', 'sequence-went-back', answer(6, 40)],
    ['a log that does not reach back', 'log-trimmed', answer(9, 40, [9], { trimmed: true })],
    ['a gap before the first entry', 'log-gap', answer(9, 40, [9])],
    ['a gap between entries', 'log-gap', answer(10, 40, [8, 10])],
    ['entries out of order', 'log-gap', answer(9, 40, [9, 8])],
    ['no entries though the log is ahead', 'log-gap', answer(9, 40)],
    ['entries beyond the position', 'log-gap', answer(8, 40, [8, 9])],
    ['a position that is no number', 'sequence-went-back', answer(NaN, 40)],
  ] as const)('on %s', (_, reason, renewal) => {
    const lost = play(asked, [50, { kind: 'renewed', renewal }]);
    expect(lost.state.lease).toBeUndefined();
    expect(lost.state.lostBecause).toBe(reason);
    expect(lost.version).toBe(9); // its entries are not taken over
    expect(lost.effect).toMatchObject({ kind: 'renew', epoch: '', applied: -1 });
  });

  it('but less and less often when it happens again and again, whoever asks', () => {
    let state = play(asked, [50, { kind: 'renewed', renewal: answer(9, 40) }]).state;
    let ms = 60;
    const pauses: number[] = [];
    for (let loss = 0; loss < 6; loss++) {
      state = play(
        state,
        [ms, { kind: 'renewed', renewal: answer(9, ms) }],
        [ms, loaded(9)],
        [ms, { kind: 'renewed', renewal: answer(12, ms) }],
      ).state;
      pauses.push(state.dueAt - ms);
      expect(play(state, [state.dueAt - 1, { kind: 'hint' }]).effect).toBeUndefined();
      ms = state.dueAt;
      state = play(state, [ms, { kind: 'tick' }]).state;
      expect(state.call).toMatchObject({ kind: 'renew' });
    }
    const third = renewEveryMs(leaseMs);
    expect(pauses).toEqual([1, 2, 4, 8, 8, 8].map((thirds) => thirds * third));
  });
});

describe('a shard behind its witness', () => {
  const joinedAt = (witnessed: number | undefined, seq = 7) =>
    play(
      newShardFollower(leaseMs),
      [0, { kind: 'tick' }],
      [10, { kind: 'renewed', renewal: answer(7, 0) }],
      [20, loaded(9, witnessed)],
      [30, { kind: 'renewed', renewal: answer(seq, 20, seq > 7 ? [8] : []) }],
    );

  it('gets no lease, and is asked again with pauses until it was reopened', () => {
    const lost = joinedAt(8);
    expect([lost.state.lease, lost.state.lostBecause]).toEqual([undefined, 'went-back']);
    const rejoining = play(lost.state, [40, { kind: 'renewed', renewal: answer(0, 40, [], { epoch: 'reopened' }) }]);
    expect(rejoining.effect).toMatchObject({ kind: 'load' });
    const well = play(
      rejoining.state,
      [50, loaded(9, 0)],
      [60, { kind: 'renewed', renewal: answer(0, 60, [], { epoch: 'reopened' }) }],
    );
    expect([well.holdsAt(60), well.state.lostBecause]).toEqual([true, undefined]);
  });

  it('is none when the witness saw a change that came while the shard was read', () => {
    expect(joinedAt(8, 8).holdsAt(30)).toBe(true);
  });

  it('can not be told when the witness is away: it is served', () => {
    expect(joinedAt(undefined).holdsAt(30)).toBe(true);
  });

  it('is looked for at each join only: the log itself is followed without a gap', () => {
    const well = joinedAt(7);
    expect(well.state.witnessed).toBeUndefined();
  });
});

describe('readiness', () => {
  it('waits for the first load of a shard, but not for ever when its calls fail', () => {
    const fresh = newShardFollower(leaseMs);
    const failed = play(fresh, [0, { kind: 'tick' }], [10, { kind: 'failed' }]).state;
    const still = play(failed, [1_000, { kind: 'tick' }], [1_010, { kind: 'failed' }]).state;
    expect(isAccountedFor(fresh, 1_000_000)).toBe(false);
    expect(isAccountedFor(still, 9 + unwellPatienceMs)).toBe(false);
    expect(isAccountedFor(still, 10 + unwellPatienceMs)).toBe(true);
    expect(isAccountedFor(joined, 20)).toBe(true);
    expect(isAccountedFor(following.state, 1_000_000)).toBe(true);
  });
});

describe('a requirement that came into force under one reading of the clock', () => {
  it('M5: stays in force when the server reads less at the next renewal', () => {
    const waiting = anyRing({ version: 9, requirement: { mode: 'enforce', effectiveAt: instant(5_000_500) } });
    const before = play(
      newShardFollower(leaseMs),
      [0, { kind: 'tick' }],
      [10, { kind: 'renewed', renewal: answer(7, 0) }],
      [20, { kind: 'loaded', rings: [waiting], witnessed: undefined }],
      [30, { kind: 'renewed', renewal: answer(7, 30) }],
    );
    expect(before.state.table.environments.get(acme)?.wasInForce).toBe(false);
    const after = play(
      before.state,
      [1_030, { kind: 'tick' }],
      [1_040, { kind: 'renewed', renewal: answer(7, 0, [], { serverTimeMs: 5_000_100 }) }],
    );
    expect(after.holdsAt(1_040)).toBe(true);
    expect(after.state.table.environments.get(acme)?.wasInForce).toBe(true);
  });
});
