import { describe, expect, it } from '@jest/globals';
import { judgeConnection, judgeRequirement, judgeRotations, judgeShards, judgeValidators } from './status-judge.ts';

const requirement = { mode: 'enforce', effectiveAt: '2027-01-31T08:00:00.000Z', inForce: true, isDefined: true } as const;
const validator = { id: 'v1', state: 'following', leaseMs: 5_000, missingPeppers: [] as string[] } as const;
const counts = { deletions: 0, suspensions: 7, removals: 0, replacements: 0, accountChanges: 0 };
const at = '2027-01-30T08:00:00.000Z';
const source = { topic: 't', epoch: 0, lag: [{ partition: 0, records: '0' }], parked: 0 };
const hold = {
  id: '1-1',
  state: 'open' as const,
  because: 'x',
  text: 'x',
  users: 7,
  counts,
  hash: 'h',
  openedAt: at,
  expiresAt: at,
};
const healths = (findings: readonly { readonly health: string }[]) => findings.map(({ health }) => health).join(' ');

describe('the status of the tokens half', () => {
  it('is broken where nobody could pair, or a denial could be missing', () => {
    expect(healths(judgeRequirement({ ...requirement, version: 1, liveTokens: 0 }))).toBe('broken');
    expect(healths(judgeRequirement({ ...requirement, version: 1, liveTokens: 2 }))).toBe('ok');
    expect(healths(judgeValidators({ trusted: true, items: [] }, 'enforce'))).toBe('broken');
    expect(healths(judgeValidators({ trusted: true, items: [{ ...validator, missingPeppers: ['p1'] }] }, 'enforce'))).toBe(
      'ok broken',
    );
    expect(healths(judgeShards({ items: [{ shard: '3', why: 'store-went-back', text: 'It went back.' }] }))).toBe('broken');
  });

  it('asks for a look where a revocation takes longer, or a rotation waits', () => {
    const items = [validator, { ...validator, id: 'v2', state: 'loading' as const, missingPeppers: null }];
    expect(healths(judgeValidators({ trusted: false, items }, 'enforce'))).toBe('look look');
    const rotation = { segmentName: 'all', path: 'all', state: 'running' as const, startedAt: at };
    expect(
      healths(
        judgeRotations({
          items: [
            { ...rotation, stage: 'held' },
            { ...rotation, stage: 'delivering' },
          ],
        }),
      ),
    ).toBe('look ok');
  });
});

describe('the status of a connection', () => {
  const judge = (more: object, holds = [] as (typeof hold)[]) =>
    judgeConnection('staff', { source: { ...source, ...more }, holds, passes: [] });

  it('is broken when its source is stopped, and says what to do', () => {
    const stopped = { because: 'other-source' as const, partition: 0, read: '5', end: '2', at };
    const [finding] = judge({ stopped });
    expect(finding).toMatchObject({ health: 'broken', text: expect.stringContaining('tallystick source rebuild') as unknown });
  });

  it('asks for a look at what waits for a person, and calls unknown what Kafka does not say', () => {
    expect(healths(judge({ parked: 2 }, [hold]))).toBe('ok look look ok');
    expect(judge({ parked: 2 }, [hold]).map(({ text }) => text)).toContain(
      'hold 1-1: 7 users, 7 suspended; until 2027-01-30 08:00Z',
    );
    expect(healths(judge({ lag: null }))).toBe('unknown ok');
    expect(healths(judge({}))).toBe('ok ok');
  });
});
