import { describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { environmentsOfOneShard, exampleRing } from './example-rings.ts';
import { InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';
import { changeTo } from './ring-store-under-test.ts';
import { tokenRingStoreConformance } from './token-ring-store.conformance.ts';

const { shard, environments } = environmentsOfOneShard(1);
const [one] = environments as [EnvironmentId];
const idempotency = { key: 'key', requestDigest: 'digest', answer: 'answer', values: 'values' };

describe('InMemoryTokenRingStore', () => {
  tokenRingStoreConformance({
    make: (options) => {
      const store = new InMemoryTokenRingStore(options);
      return { store, server: store, close: () => undefined };
    },
  });

  it('forgets values after ten minutes and answers after a day', async () => {
    let now = 1_000;
    const store = new InMemoryTokenRingStore({ now: () => now });
    await store.change(changeTo(exampleRing(one, 1), { idempotency }));
    now += 600_000 - 1;
    expect(await store.answered(one, 'key')).toMatchObject({ answer: 'answer', values: 'values' });
    now += 1;
    expect(await store.answered(one, 'key')).toEqual({ seq: 1, requestDigest: 'digest', answer: 'answer' });
    now += 24 * 3_600_000;
    expect(await store.answered(one, 'key')).toBeUndefined();
  });

  it('goes back to a snapshot, under the same head and another server', async () => {
    const store = new InMemoryTokenRingStore();
    await store.change(changeTo(exampleRing(one, 1)));
    const [snapshot, before] = [store.snapshot(), await store.look(shard)];
    await store.change(changeTo(exampleRing(one, 2)));
    store.restore(snapshot);
    store.restart();
    const after = await store.look(shard);
    expect([after.seq, after.headEpoch]).toEqual([1, before.headEpoch]);
    expect(after.identity.epoch).not.toBe(before.identity.epoch);
    expect(store.outbox(shard)).toHaveLength(1);
  });
});
