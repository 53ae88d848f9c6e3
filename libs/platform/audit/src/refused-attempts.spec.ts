import { describe, expect, it } from '@jest/globals';
import { RefusedAttempts } from './refused-attempts.ts';

describe('refused attempts', () => {
  it('are noted once a minute for each caller; the next one says how many were left out', () => {
    let now = 0;
    const attempts = new RefusedAttempts({ nowMs: () => now });
    expect([attempts.take('eve'), attempts.take('eve'), attempts.take('eve'), attempts.take('mallory')]).toEqual([
      { unnoted: 0 },
      undefined,
      undefined,
      { unnoted: 0 },
    ]);
    now = 59_999;
    expect(attempts.take('eve')).toBeUndefined();
    now = 60_000;
    expect([attempts.take('eve'), attempts.take('mallory')]).toEqual([{ unnoted: 3 }, { unnoted: 0 }]);
  });

  it('of a thousand callers fill no outbox: so many are noted, and none is forgotten', () => {
    let now = 0;
    const attempts = new RefusedAttempts({ nowMs: () => now, most: 30 });
    const all = Array.from({ length: 1_000 }, (_, n) => `caller ${n}`);
    expect(all.filter((caller) => attempts.take(caller))).toHaveLength(30);
    now = 60_000;
    expect(attempts.take('caller 999')).toEqual({ unnoted: 1 });
    expect(attempts.take('caller 0')).toEqual({ unnoted: 0 });
  });

  it('take no memory without end, and are noted also then', () => {
    let now = 0;
    const attempts = new RefusedAttempts({ nowMs: () => now, most: 30 });
    for (let n = 0; n < 20_000; n += 1) attempts.take(`caller ${n}`);
    now = 60_000;
    expect(attempts.take('one more')).toEqual({ unnoted: 0 });
  });
});
