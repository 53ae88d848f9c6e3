import { describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { ringShardOf, ringShards } from './ring-shard.ts';

describe('the shard of an environment', () => {
  it('is frozen: it is part of stored keys', () => {
    expect(['acme', 'globex', 'a', 'environment-1'].map((name) => ringShardOf(environmentId(name)))).toEqual([
      '62',
      '58',
      '03',
      '63',
    ]);
  });

  it('spreads environments with similar names over all 64 shards', () => {
    const counts = new Map(ringShards.map((shard) => [shard, 0]));
    for (let number = 0; number < 6_400; number++) {
      const shard = ringShardOf(environmentId(`customer-${number}`));
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).toBe(64);
    expect(Math.min(...counts.values())).toBeGreaterThan(50);
    expect(Math.max(...counts.values())).toBeLessThan(200);
  });
});
