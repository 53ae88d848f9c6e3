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

it('asks for items that come one by one as places become free, and for none after a failure', async () => {
  let [asked, underWay, most] = [0, 0, 0];
  async function* items(): AsyncGenerator<number> {
    for (asked = 1; ; asked += 1) {
      await turn();
      yield asked;
    }
  }
  const work = sideBySide(items(), 3, async (n) => {
    most = Math.max(most, (underWay += 1));
    await turn();
    underWay -= 1;
    if (n === 10) throw new Error('the tenth');
  });
  await expect(work).rejects.toThrow('the tenth');
  expect([most <= 3, asked <= 13, underWay]).toEqual([true, true, 0]);
});

it('fails as its items do, when nothing is under way any more', async () => {
  const ended: number[] = [];
  async function* items(): AsyncGenerator<number> {
    yield* [1, 2];
    await turn();
    throw new Error('no more of them');
  }
  const work = sideBySide(items(), 3, async (n) => {
    for (let i = 0; i < 5; i += 1) await turn();
    ended.push(n);
  });
  await expect(work).rejects.toThrow('no more of them');
  expect(ended).toEqual([1, 2]);
});
