import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Change, judgeHistory, tellFault, type Verdict } from './history.ts';

const visibleWithinMs = 50;
/** A token's true life in a system that keeps the promise: it takes effect at some moment of each change, and is seen late by validators. */
interface TrueLife {
  readonly token: string;
  readonly added: readonly [startedAt: number, doneAt: number];
  readonly revoked?: readonly [startedAt: number, doneAt: number | undefined];
}
const life = (n: number): fc.Arbitrary<TrueLife> =>
  fc
    .tuple(
      fc.nat(500),
      fc.integer({ min: 1, max: 80 }),
      fc.option(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.option(fc.integer({ min: 1, max: 80 })))),
    ) // prettier-ignore
    .map(([at, took, revoke]) => ({
      token: `token-${n}`,
      added: [at, at + took],
      ...(revoke && { revoked: [at + took + revoke[0], revoke[1] === null ? undefined : at + took + revoke[0] + revoke[1]] }),
    }));
const lives = fc.integer({ min: 1, max: 4 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, n) => life(n))));
const changesOf = (all: readonly TrueLife[]): Change[] =>
  all.flatMap(({ token, added: [startedAt, doneAt], revoked }) => [
    { kind: 'add', token, startedAt, doneAt },
    ...(revoked ? [{ kind: 'revoke' as const, token, startedAt: revoked[0], ...(revoked[1] !== undefined && { doneAt: revoked[1] }) }] : []), // prettier-ignore
  ]);
const question = fc.record({ of: fc.nat(), startedAt: fc.nat(1_500), took: fc.nat(40), lag: fc.nat(visibleWithinMs), share: fc.double({ min: 0, max: 1, noNaN: true }) }); // prettier-ignore
/** What a validator that keeps the promise answers: it sees an add up to `lag` late, and a revoke at the latest when it is answered. */
function truly(
  all: readonly TrueLife[],
  { of, startedAt, took, lag, share }: { of: number; startedAt: number; took: number; lag: number; share: number },
): Verdict {
  const one = all[of % all.length]!;
  const judgedAt = startedAt + took / 2;
  const isSeen = judgedAt >= one.added[1] + lag;
  const [from, until] = one.revoked ?? [Infinity, undefined];
  const isGone = judgedAt >= from + share * ((until ?? from + 60) - from);
  return {
    validator: 'a',
    token: one.token,
    startedAt,
    endedAt: startedAt + took,
    answer: isSeen && !isGone ? 'allow' : 'refuse',
  };
}
const told = (verdicts: readonly Verdict[], changes: readonly Change[]) =>
  judgeHistory(verdicts, changes, { visibleWithinMs }).faults.map(({ kind }) => kind);

describe('the judge of histories', () => {
  it('finds nothing in what a system answers that keeps the promise, however late its validators see an add', () => {
    fc.assert(
      fc.property(lives, fc.array(question, { maxLength: 40 }), (all, questions) => {
        const verdicts = questions.map((one) => truly(all, one));
        expect(judgeHistory(verdicts, changesOf(all), { visibleWithinMs }).faults.map(tellFault)).toEqual([]);
      }),
    );
  });

  it('finds each planted fault, and only that one', () => {
    fc.assert(
      fc.property(
        lives,
        fc.array(question, { maxLength: 20 }),
        fc.nat(),
        fc.integer({ min: 1, max: 500 }),
        (all, questions, of, later) => {
          const one = all[of % all.length]!;
          const verdicts = questions.map((each) => truly(all, each));
          const at = (startedAt: number, answer: Verdict['answer'], token = one.token): Verdict => ({ validator: 'b', token, startedAt, endedAt: startedAt + 1, answer }); // prettier-ignore
          const found = (verdict: Verdict) => told([...verdicts, verdict], changesOf(all));
          expect(found(at(later, 'allow', 'never-added'))).toEqual(['allowed-unknown']);
          if (one.added[0] > 1) expect(found(at(one.added[0] - 1.5, 'allow'))).toEqual(['allowed-before-add']);
          if (one.revoked?.[1] !== undefined)
            expect(found(at(one.revoked[1] + later, 'allow'))).toEqual(['allowed-after-revoke']);
          const liveFrom = one.added[1] + visibleWithinMs + 0.5;
          if (liveFrom + 1 < (one.revoked?.[0] ?? Infinity)) expect(found(at(liveFrom, 'refuse'))).toEqual(['refused-live']);
        },
      ),
    );
  });

  it('holds a question against nobody that overlaps a change, and no missing answer ever', () => {
    const changes: Change[] = [{ kind: 'add', token: 't', startedAt: 0, doneAt: 10 }, { kind: 'revoke', token: 't', startedAt: 500, doneAt: 520 }]; // prettier-ignore
    const asked = (startedAt: number, endedAt: number, answer: Verdict['answer']): Verdict => ({ validator: 'a', token: 't', startedAt, endedAt, answer }); // prettier-ignore
    const within = (['allow', 'refuse'] as const).flatMap((answer) => [
      asked(5, 6, answer),
      asked(499, 501, answer),
      asked(515, 600, answer),
    ]);
    const judged = judgeHistory([...within, asked(530, 531, 'none'), asked(200, 201, 'none')], changes, { visibleWithinMs });
    expect(judged).toEqual({ faults: [], asked: 8, answered: 6, certain: 0 });
  });

  it('counts from the first answer that a revoke was done, when its caller asked again', () => {
    const changes: Change[] = [
      { kind: 'add', token: 't', startedAt: 0, doneAt: 10 },
      { kind: 'revoke', token: 't', startedAt: 500 },
      { kind: 'revoke', token: 't', startedAt: 600, doneAt: 620 },
      { kind: 'revoke', token: 't', startedAt: 900, doneAt: 910 },
    ];
    const verdict = { validator: 'a', token: 't', startedAt: 700, endedAt: 701, answer: 'allow' } as const;
    const { faults } = judgeHistory([verdict], changes, { visibleWithinMs });
    expect(faults.map(tellFault)).toEqual([
      'a, asked at 700.0 ms (answered 1.0 ms later), allowed t, whose revoke had been answered 80.0 ms before',
    ]);
  });
});
