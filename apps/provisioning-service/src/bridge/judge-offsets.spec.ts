import { describe, expect, it } from '@jest/globals';
import { type ConsumedOffset, isOtherRecord, judgeOffsets, type OffsetVerdict } from './judge-offsets.ts';

const readTo = (next: number): ConsumedOffset => ({ topic: 'users', partition: 0, next: String(next), timestamp: 5_000 });
const rewind = (to: number): OffsetVerdict => ({ kind: 'rewind', to: String(to) });
const goOn: OffsetVerdict = { kind: 'go-on' };

describe('R18: the group and the store', () => {
  it.each<[string, { first: number; low?: number; high?: number; read?: number; rewoundTo?: number }, OffsetVerdict]>([
    ['begin together', { first: 0 }, goOn],
    ['a group that is ahead of an empty store goes back to the beginning', { first: 40 }, rewind(0)],
    ['… of what the broker still has', { first: 40, low: 30 }, rewind(30)],
    ['… once: compaction took what lay before', { first: 40, rewoundTo: 0 }, goOn],
    ['a group that is ahead of the store goes back to its last record', { first: 90, read: 40 }, rewind(39)],
    ['a group at the place of the store looks at its last record again', { first: 40, read: 40 }, rewind(39)],
    ['… and then goes on', { first: 39, read: 40, rewoundTo: 39 }, goOn],
    ['… also when compaction took that record', { first: 47, read: 40, rewoundTo: 39 }, goOn],
    ['a group that is behind the store is let be', { first: 3, read: 40 }, goOn],
    [
      'a topic that ends before what was read of it is another one',
      { first: 0, read: 101 },
      { kind: 'stop', because: 'beyond-the-end' },
    ],
    ['a topic that ends right there is the same', { first: 99, read: 100 }, goOn],
    [
      'records that the broker threw away unread are a gap',
      { first: 60, low: 60, read: 40 },
      { kind: 'go-on', gap: { from: '40', to: '60' } },
    ],
    ['… after all that is left was handed out', { first: 70, low: 60, read: 40 }, rewind(60)],
    ['what was thrown away after it was read is none', { first: 40, low: 40, read: 40 }, goOn],
  ])('%s', (_, { first, low = 0, high = 100, read, rewoundTo }, expected) => {
    const seen = {
      first: String(first),
      low: String(low),
      high: String(high),
      read: read === undefined ? undefined : readTo(read),
    };
    expect(judgeOffsets({ ...seen, rewoundTo: rewoundTo === undefined ? undefined : String(rewoundTo) })).toEqual(expected);
  });

  it('a topic that was made anew shows another record at the last place, if it is there', () => {
    const at = (offset: number, timestamp: number) => ({ offset: String(offset), timestamp });
    expect(isOtherRecord([at(38, 1), at(39, 5_000), at(40, 2)], readTo(40))).toBe(false);
    expect(isOtherRecord([at(38, 1), at(39, 5_001)], readTo(40))).toBe(true);
    expect(isOtherRecord([at(38, 1), at(41, 5_001)], readTo(40))).toBe(false);
    expect(isOtherRecord([at(40, 1)], readTo(40))).toBe(false);
    expect(isOtherRecord([at(39, 1)], undefined)).toBe(false);
  });
});
