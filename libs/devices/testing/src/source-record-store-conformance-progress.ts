import { describe, expect, it } from '@jest/globals';
import type { SourceRecordStore } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import type { StoreBench } from './store-conformance-bench.ts';

type ConsumedOffset = Parameters<SourceRecordStore['saveConsumed']>[2];
type SourceStop = Parameters<SourceRecordStore['stopSource']>[2];

/** The tests of epochs, stops and read offsets. Part of `sourceRecordStoreConformance`. */
export function conformanceOfProgress(bench: StoreBench): void {
  const store = () => bench.stores.records;
  const other = () => bench.stores.otherRecords;
  const upTo = (next: string, partition = 0, topic = 'users'): ConsumedOffset => ({
    topic,
    partition,
    next,
    timestamp: 1_700_000,
  });
  const stop: SourceStop = { because: 'beyond-the-end', topic: 'users', partition: 2, read: '100', end: '7', at: instant(5) };
  const sorted = (all: readonly ConsumedOffset[]) =>
    [...all].sort((a, b) => a.partition - b.partition || (a.topic < b.topic ? -1 : 1));

  describe('the source of a connection', () => {
    it('has epoch 0 until an operator raises it, and belongs to one connection', async () => {
      const [user, stranger] = [bench.user(), bench.user()];
      expect(await store().source(user)).toEqual({ epoch: 0 });
      expect(await store().raiseEpoch(user, 'olga', instant(7))).toBe(1);
      expect(await other().source(user)).toEqual({ epoch: 1, raised: { by: 'olga', at: instant(7) } });
      expect(await other().raiseEpoch(user, 'omar', instant(8))).toBe(2);
      expect(await store().source(stranger)).toEqual({ epoch: 0 });
    });

    it('R18: that was stopped stays so, with the first reason, until its epoch is raised', async () => {
      const user = bench.user();
      await store().stopSource(user, 0, stop);
      await other().stopSource(user, 0, { ...stop, partition: 1 });
      const gap = { topic: 'users', partition: 1, from: '3', to: '9', at: instant(6) };
      await store().noteGap(user, 0, gap);
      expect(await other().source(user)).toEqual({ epoch: 0, stopped: stop, gap });
      expect(await store().raiseEpoch(user, 'olga', instant(7))).toBe(1);
      expect(await other().source(user)).toEqual({ epoch: 1, raised: { by: 'olga', at: instant(7) } });
    });

    it('R18: is not stopped by what was found out about an epoch that is over', async () => {
      const user = bench.user();
      await store().raiseEpoch(user, 'olga', instant(7));
      await store().stopSource(user, 0, stop);
      expect(await store().source(user)).not.toHaveProperty('stopped');
    });

    it('R18: was read up to an offset per topic, partition and epoch, which only grows, also beyond 2^53', async () => {
      const user = bench.user();
      expect(await store().consumed(user, 0)).toEqual([]);
      await store().saveConsumed(user, 0, upTo('9007199254740993', 0));
      await other().saveConsumed(user, 0, upTo('9007199254740992', 0));
      await store().saveConsumed(user, 0, upTo('9', 1));
      await store().saveConsumed(user, 0, { ...upTo('10', 1), timestamp: 2_000_000 });
      await store().saveConsumed(user, 0, upTo('1', 1, 'other/users'));
      await store().saveConsumed(user, 1, { ...upTo('2', 0), order: 'field:row%20version' });
      expect(sorted(await other().consumed(user, 0))).toEqual([
        upTo('9007199254740993', 0),
        upTo('1', 1, 'other/users'),
        { ...upTo('10', 1), timestamp: 2_000_000 },
      ]);
      expect(await other().consumed(user, 1)).toEqual([{ ...upTo('2', 0), order: 'field:row%20version' }]);
    });
  });
}
