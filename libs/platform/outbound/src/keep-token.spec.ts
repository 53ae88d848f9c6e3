import { beforeEach, describe, expect, it } from '@jest/globals';
import { err, instant, ok, type Result } from '@tallystick/kernel-core';
import { type GrantedToken, keepToken, type KeepTokenOptions } from './keep-token.ts';

let nowMs: number;
let logins: number;
let login: () => Promise<Result<GrantedToken, string>>;
beforeEach(() => {
  [nowMs, logins] = [1_000_000, 0];
  login = () => Promise.resolve(ok({ value: `token-${logins}`, lifeMs: 3_600_000 }));
});
const keep = (more: Partial<KeepTokenOptions<string>> = {}) =>
  keepToken<string>({ login: () => ((logins += 1), login()), late: 'late', now: () => instant(nowMs), ...more });
const soon = () => AbortSignal.timeout(5_000);
const after = (ms: number) => void (nowMs += ms);

describe('a kept token', () => {
  it.each([
    [3_600_000, 3_540_000],
    [100_000, 80_000],
  ])('of %i ms is renewed a minute before its end, or when a fifth of its life is left', async (lifeMs, renewedAfter) => {
    login = () => Promise.resolve(ok({ value: 'it', lifeMs }));
    const token = keep();
    await token.get(soon());
    after(renewedAfter - 1);
    await token.get(soon());
    expect(logins).toBe(1);
    after(1);
    await token.get(soon());
    expect(logins).toBe(2);
  });

  it('that was refused is replaced once, for all who were refused with it', async () => {
    const token = keep();
    expect(await token.get(soon())).toEqual(ok('token-1'));
    const both = await Promise.all([token.instead('token-1', soon()), token.instead('token-1', soon())]);
    expect(both).toEqual([ok('token-2'), ok('token-2')]);
    expect(await token.instead('token-1', soon())).toEqual(ok('token-2'));
    expect(logins).toBe(2);
  });

  it('costs nobody more than his own deadline, and comes to who still waits', async () => {
    let answer: (granted: Result<GrantedToken, string>) => void = () => undefined;
    login = () => new Promise((resolve) => (answer = resolve));
    const token = keep();
    const [hurried, patient] = [token.get(AbortSignal.abort()), token.get(soon())];
    expect(await hurried).toEqual(err('late'));
    answer(ok({ value: 'it', lifeMs: 60_000 }));
    expect(await patient).toEqual(ok('it'));
  });

  it('outlasts failures of logins to its very end where that is wanted, and nowhere else', async () => {
    const [lasting, other] = [keep({ outlastsFailures: true }), keep()];
    await Promise.all([lasting.get(soon()), other.get(soon())]);
    login = () => Promise.resolve(err('down'));
    after(3_599_999);
    expect([(await lasting.get(soon())).ok, await other.get(soon())]).toEqual([true, err('down')]);
    after(1);
    expect(await lasting.get(soon())).toEqual(err('down'));
  });
});
