import { describe, expect, it } from '@jest/globals';
import type { PassSums } from '../passes/pass.ts';
import type { Step } from '../plan.ts';
import { type ChangeCounts, countsOf, noChanges } from './change-counts.ts';
import { exceeds, limitOf } from './guard-changes.ts';
import { guardPass } from './guard-pass.ts';
import { usualGuards } from './guard-settings.ts';

describe('a limit', () => {
  it.each([
    [0, 3],
    [19, 3],
    [20, 3],
    [399, 3],
    [400, 4],
    [5_000, 50],
    [1_000_000, 50],
  ])('of the usual deletions is for %i users %i', (users, limit) => {
    expect(limitOf(usualGuards.deletions, users)).toBe(limit);
  });
});

describe('R25: the counts of a plan', () => {
  const inWindow = { ...noChanges, removals: 7 };
  it.each([
    [2, undefined],
    [3, undefined],
    [4, 'too-many-removals'],
  ])('that bring the window from 7 removals by %i past 10 give %s', (removals, because) => {
    expect(exceeds({ ...noChanges, removals }, inWindow, usualGuards, 10)).toBe(because);
  });

  it('are not stopped by what others did of another kind, nor when the guards are off', () => {
    const full = { deletions: 99, suspensions: 99, removals: 99, replacements: 99, accountChanges: 99 };
    expect(exceeds(noChanges, full, usualGuards, 10)).toBeUndefined();
    expect(exceeds(full, full, { ...usualGuards, enabled: false }, 10)).toBeUndefined();
    expect(exceeds({ ...noChanges, replacements: 1 }, { ...full, replacements: 0 }, usualGuards, 10)).toBeUndefined();
  });

  it('are told by the worst limit that they pass', () => {
    const counts = { ...noChanges, deletions: 4, removals: 11 };
    expect(exceeds(counts, noChanges, usualGuards, 10)).toBe('too-many-deletions');
  });
});

describe('what of a plan is counted', () => {
  const reason = 'enabled-in-datastore';
  it.each<readonly [what: string, step: Step, counts: Partial<ChangeCounts>]>([
    ['an account that is renamed', { kind: 'rename-user', from: 'ada', reason: 'username-changed' }, { accountChanges: 1 }],
    ['an account that is opened again', { kind: 'activate-user', reason }, { accountChanges: 1 }],
    ['an account that is made', { kind: 'create-user', enabled: true, profile: {}, reason: 'user-missing' }, {}],
    ['an account whose profile is edited', { kind: 'edit-user', profile: {}, reason: 'profile-differs' }, {}],
  ])('%s', (_, step, counts) => {
    expect(countsOf({ steps: [step], findings: [] })).toEqual({ ...noChanges, ...counts });
  });
});

describe('R24: a pass', () => {
  type Sums = Pick<PassSums, 'users' | 'filled' | 'counts'>;
  const sums = (users: number, filled: PassSums['filled'] = {}): Sums => ({ users, filled, counts: noChanges });

  it.each([
    [100, 90, undefined],
    [100, 89, 'source-shrank'],
    [100, 0, 'source-shrank'],
    [5, 4, undefined],
    [5, 0, 'source-shrank'],
    [0, 0, undefined],
  ])('over a source that had %i users and has %i gives %s', (had, has, because) => {
    expect(guardPass(sums(has), sums(had), usualGuards)).toBe(because);
  });

  it.each([
    [100, 100, 80, undefined],
    [100, 100, 79, 'attribute-emptied'],
    [90, 100, 90, undefined], // as many of fewer users are as well filled
    [5, 5, 1, undefined],
    [5, 5, 0, 'attribute-emptied'],
  ])('over %i users, %i of whom had an attribute and %i have it now, gives %s', (users, had, has, because) => {
    expect(guardPass(sums(users, { mfaSms1: has }), sums(Math.max(users, had), { mfaSms1: had }), usualGuards)).toBe(because);
  });

  it('is held for its own sums too, and has no predecessor the first time', () => {
    const many = { ...sums(100), counts: { ...noChanges, suspensions: 11 } };
    expect(guardPass(many, undefined, usualGuards)).toBe('too-many-suspensions');
    expect(guardPass(sums(1), undefined, usualGuards)).toBeUndefined();
    expect(guardPass(many, sums(1_000), { ...usualGuards, enabled: false })).toBeUndefined();
  });
});
