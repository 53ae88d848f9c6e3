import { describe, expect, it } from '@jest/globals';
import type { Strike } from './schedule.ts';
import { strikeAll, type Struck, type World } from './strike.ts';

const log: string[] = [];
const note = (text: string) => Promise.resolve(void log.push(text));
const world = (start: () => Promise<void> = () => note('start')): World => ({
  system: { process: () => ({ kill: (signal: string) => note(signal) }) as never, restart: (name) => note(`restart ${name}`) },
  servers: { kill: (server) => note(`kill ${server}`), start },
  links: { break: (link, fault) => note(`${fault} ${link}`), heal: (link) => note(`heal ${link}`) },
  directory: { setFaults: (faults) => note(`faults ${faults.length}`), change: () => note('change') },
});
const carriedOut = async (strikes: readonly Strike[], at = world()) => {
  log.length = 0;
  const struck: Struck[] = [];
  await strikeAll(at, strikes, { startedAt: performance.now(), struck, tell: () => undefined });
  return struck;
};

describe('strikes', () => {
  it('heal what they broke, each after its time, and say when that was', async () => {
    const struck = await carriedOut([
      { atMs: 0, fault: 'worker-stopped', target: 'temporal-worker', forMs: 60 },
      { atMs: 20, fault: 'link-slow', target: 'worker-redis', forMs: 10 },
    ]);
    expect(log).toEqual(['SIGSTOP', 'link-slow worker-redis', 'heal worker-redis', 'SIGCONT']);
    for (const { startedAt, healedAt, forMs } of struck) expect(healedAt! - startedAt).toBeGreaterThanOrEqual(forMs);
  });

  it('on one target come one after another, also when the first heals late', async () => {
    await carriedOut([
      { atMs: 0, fault: 'link-slow', target: 'worker-redis', forMs: 60 },
      { atMs: 10, fault: 'link-reset', target: 'worker-redis', forMs: 0 },
    ]);
    expect(log).toEqual(['link-slow worker-redis', 'heal worker-redis', 'link-reset worker-redis', 'heal worker-redis']);
  });

  it('fail a Redis over: who was killed comes back when another one is named, and it is healed when all follow that one', async () => {
    const primary = { kill: () => note('kill the primary'), run: () => note('run it again') };
    const sentinels = {
      nodes: [],
      named: () => Promise.resolve(primary as never),
      otherThan: (node: unknown) => note(node === primary ? 'another one is named' : 'of whom?') as never,
      isWhole: () => note('all follow').then(() => true),
    };
    const strike = { atMs: 0, fault: 'redis-failed-over', target: 'primary of the rings', forMs: 5 } as const;
    await carriedOut([strike], { ...world(), sentinels });
    expect(log).toEqual(['kill the primary', 'another one is named', 'run it again', 'all follow']);
    await expect(carriedOut([strike])).rejects.toThrow('nobody leads to another Redis here');
  });

  it('tell that something did not heal when all others are whole again, and strike no more', async () => {
    const strikes: Strike[] = [
      { atMs: 0, fault: 'provider-slow', target: 'provider-answers', forMs: 60 },
      { atMs: 0, fault: 'kafka-restarted', target: 'kafka', forMs: 0 },
      { atMs: 60, fault: 'link-slow', target: 'worker-redis', forMs: 0 },
    ];
    await expect(
      carriedOut(
        strikes,
        world(() => Promise.reject(new Error('no port'))),
      ),
    ).rejects.toThrow('no port');
    expect(log.filter((line) => line.startsWith('link'))).toEqual([]);
    expect(log.filter((line) => line === 'change')).toHaveLength(2); // struck and healed
  });
});
