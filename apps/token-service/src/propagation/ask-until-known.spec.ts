import { describe, expect, it } from '@jest/globals';
import { askUntilKnown } from './ask-until-known.ts';

describe('a question whose answer decides what may be promised', () => {
  it('is asked again when it failed: a slow moment at the start does not last as long as the process', async () => {
    const failures: string[] = [];
    let asked = 0;
    const answer = await askUntilKnown({
      ask: () => ((asked += 1) < 3 ? Promise.reject(new Error(`no answer ${asked}`)) : Promise.resolve(asked)),
      onFailure: (error) => failures.push((error as Error).message),
      isWanted: () => true,
      firstPauseMs: 1,
    });
    expect([answer, failures]).toEqual([3, ['no answer 1']]);
  });

  it('is given up when the process ends', async () => {
    let isOpen = true;
    const ask = () => ((isOpen = false), Promise.reject(new Error('closed')));
    expect(await askUntilKnown({ ask, onFailure: () => undefined, isWanted: () => isOpen, firstPauseMs: 1 })).toBeUndefined();
  });
});
