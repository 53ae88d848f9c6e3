import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '../proof/history.ts';
import { HistoryKeeper, visibleWithinMs } from './history-keeper.ts';

const asked = (startedAt: number, answer: Verdict['answer'], token = 't'): Verdict => ({ validator: 'a', token, startedAt, endedAt: startedAt + 1, answer }); // prettier-ignore
const nothing = (): readonly string[] => [];
const live = visibleWithinMs + 100;

describe('a history that is judged while it grows', () => {
  it('counts what was asked, answered and certain, and shares of what struck meanwhile', () => {
    const keeper = new HistoryKeeper();
    keeper.begin('add', 't', 0).done(10);
    keeper.judge([asked(live, 'allow'), asked(live, 'none')], (at) => (at === live ? ['link-slow'] : []));
    keeper.judge([asked(live + 5, 'allow')], nothing);
    expect(keeper.report()).toEqual({
      ...{ asked: 3, answered: 2, certain: 2, faults: [], faultCount: 0 },
      shares: { 'link-slow': { asked: 2, answered: 1 }, nothing: { asked: 1, answered: 1 } },
    });
  });

  it('I6: finds an allow after a revoke was answered, in a later batch, and says what struck', () => {
    const keeper = new HistoryKeeper();
    keeper.begin('add', 't', 0).done(10);
    const revoke = keeper.begin('revoke', 't', live);
    keeper.judge([asked(live + 5, 'allow')], nothing); // not answered yet: right either way
    revoke.done(live + 10);
    keeper.judge([asked(live + 20, 'allow')], () => ['redis-restarted']);
    const { faults, faultCount } = keeper.report();
    expect(faultCount).toBe(1);
    expect(faults[0]).toContain('[redis-restarted]');
    expect(faults[0]).toContain('whose revoke had been answered 10.0 ms before');
  });

  it('finds a refusal of a live token, and an allow of one that nobody added', () => {
    const keeper = new HistoryKeeper();
    keeper.begin('add', 't', 0).done(10);
    keeper.judge([asked(live, 'refuse'), asked(live, 'allow', 'an invented value')], nothing);
    expect(keeper.report()).toMatchObject({ faultCount: 2, certain: 2 });
  });
});
