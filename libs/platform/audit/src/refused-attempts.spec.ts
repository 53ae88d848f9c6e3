import { describe, expect, it } from '@jest/globals';
import { RefusedAttempts } from './refused-attempts.ts';

describe('refused attempts', () => {
  it('are noted once a minute for each caller; the next one says how many were left out', () => {
    let now = 0;
    const attempts = new RefusedAttempts({ nowMs: () => now });
    expect([
      attempts.take('eve', 'acme'),
      attempts.take('eve', 'acme'),
      attempts.take('eve', 'acme'),
      attempts.take('mallory', 'acme'),
    ]).toEqual([{ unnoted: 0 }, undefined, undefined, { unnoted: 0 }]);
    now = 59_999;
    expect(attempts.take('eve', 'acme')).toBeUndefined();
    now = 60_000;
    expect([attempts.take('eve', 'acme'), attempts.take('mallory', 'acme')]).toEqual([{ unnoted: 3 }, { unnoted: 0 }]);
  });

  it('of a thousand callers fill no outbox: so many are noted, and none is forgotten', () => {
    let now = 0;
    const attempts = new RefusedAttempts({ nowMs: () => now, most: 30 });
    const all = Array.from({ length: 1_000 }, (_, n) => `caller ${n}`);
    expect(all.filter((caller) => attempts.take(caller, 'acme'))).toHaveLength(30);
    now = 60_000;
    expect(attempts.take('caller 999', 'acme')).toEqual({ unnoted: 1 });
    expect(attempts.take('caller 0', 'acme')).toEqual({ unnoted: 0 });
  });

  it('take no memory without end, and are noted also then', () => {
    let now = 0;
    const attempts = new RefusedAttempts({ nowMs: () => now, most: 30 });
    for (let n = 0; n < 20_000; n += 1) attempts.take(`caller ${n}`, 'acme');
    now = 60_000;
    expect(attempts.take('one more', 'acme')).toEqual({ unnoted: 0 });
  });

  it('have a share in each environment: a flood in one hides nothing in another', () => {
    const attempts = new RefusedAttempts({ nowMs: () => 0, most: 30 });
    for (let n = 0; n < 1_000; n += 1) attempts.take(`caller ${n}`, 'acme');
    expect(attempts.take('eve', 'acme')).toBeUndefined();
    expect(attempts.take('mallory', 'globex')).toEqual({ unnoted: 0 });
    expect(attempts.take('mallory', 'initech')).toBeUndefined();
  });

  it('of who has not come for an hour are forgotten, and of who came longest ago where there are too many', () => {
    let now = 0;
    const attempts = new RefusedAttempts({ nowMs: () => now, most: 1 });
    for (let n = 0; n < 20_000; n += 1) attempts.take(`caller ${n}`, 'acme');
    expect(attempts.callers).toBe(10_000);
    for (let n = 0; n < 3; n += 1) attempts.take('the newest', 'acme');
    now = 60_000;
    expect(attempts.callers).toBe(10_000);
    expect(attempts.take('the newest', 'acme')).toEqual({ unnoted: 3 });
    now = 3_600_000;
    attempts.take('one more', 'acme');
    expect(attempts.callers).toBe(1);
  });
});
