import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemorySourceRecordStore } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import type { KafkaRecord } from '@tallystick/platform-kafka';
import { SourceStopped, SourceWatch } from './source-watch.ts';

const hr = { environment: environmentId('acme'), connection: connectionId('hr') };
const erp = { environment: environmentId('acme'), connection: connectionId('erp') };
const recordAt = (offset: number, topic = 'users', born = 0): KafkaRecord => ({
  topic,
  partition: 0,
  offset: String(offset),
  timestamp: born + offset,
  key: null,
  value: null,
  headers: {},
});
const batch = (from: number, to: number, born = 0): KafkaRecord[] =>
  Array.from({ length: to - from }, (_, i) => recordAt(from + i, 'users', born));

let store: InMemorySourceRecordStore;
let end: { low: string; high: string };
let asked: number;
let alarms: string[];
let clock: number;
const watchOf = (): SourceWatch =>
  new SourceWatch({
    store,
    offsetsOf: () => {
      asked += 1;
      return Promise.resolve([{ partition: 0, ...end }]);
    },
    now: () => instant(clock),
    onStop: ({ connection }, { because }) => void alarms.push(`${connection} ${because}`),
    onGap: ({ connection }, { from, to }) => void alarms.push(`${connection} gap ${from}-${to}`),
  });
let watch: SourceWatch;
beforeEach(() => {
  store = new InMemorySourceRecordStore();
  end = { low: '0', high: '1000' };
  asked = 0;
  alarms = [];
  clock = 1_000;
  watch = watchOf();
});
const handle = async (records: KafkaRecord[], source: Parameters<SourceWatch['admit']>[0] = hr): Promise<string> => {
  const admitted = await watch.admit(source, records);
  if (admitted.kind === 'rewind') return `back to ${admitted.to}`;
  await watch.handled(source, admitted, records);
  return `epoch ${admitted.epoch}`;
};

describe('R18: the watch over a source', () => {
  it('asks the broker once for each assignment and each hole, and keeps what was handled with the epoch', async () => {
    expect(await handle(batch(0, 10))).toBe('epoch 0');
    expect(await handle(batch(10, 20))).toBe('epoch 0');
    expect(asked).toBe(1);
    expect(await handle(batch(25, 30))).toBe('epoch 0'); // compacted
    expect([asked, alarms]).toEqual([2, []]);
    expect(await store.consumed(hr, 0)).toEqual([{ topic: 'users', partition: 0, next: '30', timestamp: 29 }]);
  });

  it('sends a topic back to its beginning when it became that of another connection, which has read nothing of it', async () => {
    expect(await handle(batch(0, 10))).toBe('epoch 0');
    expect(await watch.admit(erp, batch(10, 20))).toEqual({ kind: 'rewind', to: '0' });
    expect(await watch.admit(erp, batch(0, 10))).toMatchObject({ kind: 'go-on', epoch: 0 });
    expect(await handle(batch(10, 20))).toBe('epoch 0');
  });

  it('sends a group that is ahead of the store back, after a restart and while it runs', async () => {
    await handle(batch(0, 10));
    watch = watchOf();
    expect(await handle(batch(15, 20))).toBe('back to 9');
    expect(await handle(batch(9, 20))).toBe('epoch 0');
    store = new InMemorySourceRecordStore(); // Redis came back without its data
    watch = watchOf();
    expect(await handle(batch(20, 30))).toBe('back to 0');
  });

  it('sees that the store went back under a running process', async () => {
    const places = store;
    await handle(batch(0, 10));
    await handle(batch(10, 20));
    const emptied = new InMemorySourceRecordStore();
    places.consumed = (ref, epoch) => emptied.consumed(ref, epoch);
    expect(await handle(batch(20, 30))).toBe('back to 0');
  });

  it('stops a connection whose topic ends before what was read of it, for every process, with one alarm, until the epoch is raised', async () => {
    await handle(batch(0, 100));
    end = { low: '0', high: '7' };
    watch = watchOf();
    await expect(handle(batch(0, 7))).rejects.toThrow(SourceStopped);
    await expect(watchOf().admit(hr, batch(0, 7))).rejects.toThrow('raise the epoch');
    expect(alarms).toEqual(['hr beyond-the-end']);
    expect((await store.source(hr)).stopped).toMatchObject({ because: 'beyond-the-end', read: '100', end: '7' });
    expect(await watch.admit(erp, [recordAt(0, 'other')])).toMatchObject({ kind: 'go-on' });
    await store.raiseEpoch(hr, 'olga', instant(2_000));
    expect(await handle(batch(3, 7))).toBe('back to 0');
    expect(await handle(batch(0, 7))).toBe('epoch 1');
  });

  it('stops a connection whose topic was made anew and has grown beyond what was read: its last record is another one', async () => {
    await handle(batch(0, 100));
    watch = watchOf();
    expect(await handle(batch(100, 110, 5_000))).toBe('back to 99');
    await expect(handle(batch(99, 110, 5_000))).rejects.toThrow(SourceStopped);
    expect(alarms).toEqual(['hr other-record']);
  });

  it('finds a topic that went back also while nothing comes of it, and counts what is not stored yet', async () => {
    await handle(batch(0, 100));
    expect(await watch.lag(hr, 'users')).toEqual(new Map([[0, 900n]]));
    end = { low: '0', high: '7' };
    expect(await watch.lag(hr, 'users')).toEqual(new Map([[0, 0n]]));
    await watch.lag(hr, 'users');
    expect(alarms).toEqual(['hr beyond-the-end']);
    expect((await store.source(hr)).stopped).toBeDefined();
  });

  it('goes on over a gap, and says so', async () => {
    await handle(batch(0, 100));
    end = { low: '300', high: '1000' };
    watch = watchOf();
    expect(await handle(batch(300, 310))).toBe('epoch 0');
    expect(alarms).toEqual(['hr gap 100-300']);
    expect((await store.source(hr)).gap).toMatchObject({ from: '100', to: '300' });
  });

  it('sees a topic that was made anew while the process lives, when the group goes on right where it was', async () => {
    await handle(batch(0, 100));
    watch.joined();
    expect(await handle(batch(100, 110, 5_000))).toBe('back to 99');
    await expect(handle(batch(99, 110, 5_000))).rejects.toThrow(SourceStopped);
    expect(alarms).toEqual(['hr other-record']);
  });

  it('sees it without a word of the group, when nothing came for a while', async () => {
    await handle(batch(0, 100));
    clock += 5_000;
    expect(await handle(batch(100, 110))).toBe('epoch 0');
    clock += 5_001;
    expect(await handle(batch(110, 120, 9_000))).toBe('back to 109');
    await expect(handle(batch(109, 120, 9_000))).rejects.toThrow(SourceStopped);
    expect(alarms).toEqual(['hr other-record']);
  });

  it('looks again also when the group was joined anew while records were handled', async () => {
    await handle(batch(0, 10));
    const admitted = await watch.admit(hr, batch(10, 20));
    if (admitted.kind === 'rewind') throw new Error('they follow');
    watch.joined();
    await watch.handled(hr, admitted, batch(10, 20));
    expect(await handle(batch(20, 30, 5_000))).toBe('back to 19');
    expect(await handle(batch(19, 30))).toBe('epoch 0');
  });

  it('notes a gap also when the broker throws records away that a running process has not read yet', async () => {
    await handle(batch(0, 100));
    end = { low: '300', high: '1000' };
    expect(await handle(batch(300, 310))).toBe('epoch 0');
    expect(alarms).toEqual(['hr gap 100-300']);
    expect(await handle(batch(310, 320))).toBe('epoch 0');
    expect(alarms).toHaveLength(1);
  });

  it('reads no other topic in the same epoch: its records would be older than what is stored, and be ignored', async () => {
    await handle(batch(0, 100));
    const people = [recordAt(0, 'people'), recordAt(1, 'people')];
    await expect(handle(people)).rejects.toThrow('had another topic or format');
    await expect(handle(people)).rejects.toThrow('raise the epoch');
    expect(alarms).toEqual(['hr other-source']);
    await store.raiseEpoch(hr, 'olga', instant(2_000));
    expect(await handle(people)).toBe('epoch 1');
  });

  it('reads no other order in the same epoch; one that was not told of is not held against it', async () => {
    const by = (order: string) => ({ ...hr, order });
    await handle(batch(0, 10));
    expect(await handle(batch(10, 20), by('postgresql'))).toBe('epoch 0');
    expect(await handle(batch(20, 30), by('postgresql'))).toBe('epoch 0');
    await expect(handle(batch(30, 40), by('offset'))).rejects.toThrow(SourceStopped);
    await store.raiseEpoch(hr, 'olga', instant(2_000));
    expect(await handle(batch(30, 40), by('offset'))).toBe('back to 0');
    expect(await handle(batch(0, 40), by('offset'))).toBe('epoch 1');
    expect(alarms).toEqual(['hr other-source']);
  });

  describe('over a topic of which nothing comes', () => {
    const goneBack = async (has = true): Promise<string[]> => {
      const sought: string[] = [];
      await watch.goBack(hr, 'users', [0], (_, offset) => (sought.push(offset), has));
      return sought;
    };

    it('goes back to its beginning when the epoch is raised, once, and until then not', async () => {
      end = { low: '3', high: '10' };
      await handle(batch(3, 10));
      expect(await goneBack()).toEqual([]);
      await store.raiseEpoch(hr, 'olga', instant(2_000));
      expect(await goneBack(false)).toEqual(['3']); // another one's now
      expect(await goneBack()).toEqual(['3']);
      expect(await goneBack()).toEqual([]);
      expect(await handle(batch(3, 10))).toBe('epoch 1');
      await store.raiseEpoch(hr, 'olga', instant(3_000));
      expect(await goneBack()).toEqual(['3']);
    });

    it('goes on where another process has ended in the middle of it, and lets be what is read already', async () => {
      end = { low: '0', high: '20' };
      await store.raiseEpoch(hr, 'olga', instant(2_000));
      await handle(batch(0, 10));
      expect(await goneBack()).toEqual([]);
      watch = watchOf();
      expect(await goneBack()).toEqual(['9']);
      watch.joined();
      expect(await goneBack()).toEqual(['9']);
      expect(await handle(batch(9, 20))).toBe('epoch 1');
      watch.joined();
      expect(await goneBack()).toEqual([]);
    });

    it('does not interfere with records that come meanwhile, which may be sent back in a newer epoch', async () => {
      end = { low: '0', high: '20' };
      await store.raiseEpoch(hr, 'olga', instant(2_000));
      const { source } = store;
      store.source = async (ref) => {
        store.source = source;
        const seen = await source.call(store, ref);
        await store.raiseEpoch(hr, 'olga', instant(3_000));
        expect(await handle(batch(15, 20))).toBe('back to 0');
        return seen;
      };
      expect(await goneBack()).toEqual([]);
      expect(await goneBack()).toEqual(['0']);
      expect(await handle(batch(0, 20))).toBe('epoch 2');
    });
  });
});
