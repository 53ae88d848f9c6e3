import { expect, it } from '@jest/globals';
import { sideBySide } from './side-by-side.ts';

const turn = (): Promise<void> => new Promise((next) => setImmediate(next));

it('works side by side, and gives the results in the order of the items', async () => {
  let [now, most] = [0, 0];
  const results = await sideBySide([5, 1, 3, 2], 2, async (turns) => {
    most = Math.max(most, (now += 1));
    for (let n = 0; n < turns; n += 1) await turn();
    now -= 1;
    return turns;
  });
  expect([results, most]).toEqual([[5, 1, 3, 2], 2]);
  expect(await sideBySide([], 4, () => Promise.reject(new Error('nothing to do')))).toEqual([]);
});

it('begins no other after a failure, and throws it when nothing is under way any more', async () => {
  const ended: number[] = [];
  const work = sideBySide([1, 2, 3, 4], 2, async (n) => {
    if (n === 1) throw new Error('the first');
    for (let i = 0; i < 5; i += 1) await turn();
    ended.push(n);
  });
  await expect(work).rejects.toThrow('the first');
  expect(ended).toEqual([2]);
});
