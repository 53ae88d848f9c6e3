import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { maxLeaseMs, type MemberId, ringShards, slowBoundMs } from '@tallystick/tokens-domain';
import { EagerValidator, memoryService } from '../test-support/memory-service.ts';
import { RegistryWatch } from './registry-watch.ts';

const shard = ringShards[0]!;

describe('the watch over the member tables', () => {
  it('drops a member that was silent for the slow bound, and keeps one that renews', async () => {
    const { memory, watch, clock } = memoryService();
    const alive = new EagerValidator(memory, shard, 'alive');
    await memory.renew(shard, { id: 'dead' as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: [] });
    const members = async () => (await memory.look(shard)).members.map(({ id }) => id);
    for (let waited = 0; waited < slowBoundMs; waited += 500) {
      await alive.renew();
      await watch.look(shard);
      expect(await members()).toEqual(['dead', 'alive']);
      await clock.sleep(500);
    }
    await watch.look(shard);
    expect(await members()).toEqual(['alive']);
  });

  it('starts to count again after a look that failed: nobody is dropped on the word of an interrupted watch', async () => {
    const { memory, watch, clock } = memoryService();
    await memory.renew(shard, { id: 'm' as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: [] });
    await watch.look(shard);
    await clock.sleep(slowBoundMs - 100);
    memory.reachable = false;
    expect(await watch.look(shard)).toBeUndefined();
    expect(watch.trustOf(shard)).toBeUndefined();
    memory.reachable = true;
    await clock.sleep(200);
    await watch.look(shard);
    expect((await memory.look(shard)).members).toHaveLength(1);
  });

  it('has one look under way per shard; who comes meanwhile gets the next one, never what was sent before', async () => {
    const answers: (() => void)[] = [];
    const { memory, watch } = memoryService((store) => ({
      look: async (name) => {
        const seen = await store.look(name);
        await new Promise<void>((resolve) => void answers.push(resolve));
        return seen;
      },
    }));
    const first = watch.look(shard);
    await eventually(() => answers.length === 1, { withinMs: 5_000, what: 'looks are under way' });
    await memory.renew(shard, { id: 'late' as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: [] });
    const later = Promise.all([watch.look(shard), watch.look(shard), watch.look(shard)]);
    const other = watch.look(ringShards[1]!);
    await eventually(() => answers.length === 2, { withinMs: 5_000, what: 'looks are under way' });
    answers.splice(0).forEach((answer) => answer());
    expect((await first)?.members).toHaveLength(0);
    await eventually(() => answers.length === 1, { withinMs: 5_000, what: 'looks are under way' });
    answers.splice(0).forEach((answer) => answer());
    expect((await later).map((look) => look?.members.length)).toEqual([1, 1, 1]);
    expect([(await other)?.seq, answers.length]).toEqual([0, 0]);
  });

  it('looks at all shards every second until it is stopped, and knows when one can not be read', async () => {
    const { memory, store, clock } = memoryService();
    const looks: { shard: string; atMs: number }[] = [];
    const watch = new RegistryWatch({
      store: { ...store, look: (name) => (looks.push({ shard: name, atMs: clock.nowMs() }), memory.look(name)) },
      clock,
      logger: createLogger({ service: 'test', level: 'silent' }),
    });
    expect(watch.isUsable).toBe(false);
    await watch.start();
    expect(watch.isUsable).toBe(true);
    await clock.sleep(3_500);
    await clock.sleep(1_000);
    memory.reachable = false;
    await clock.sleep(1_000);
    expect(watch.isUsable).toBe(false);
    await watch.stop();
    const count = looks.length;
    await clock.sleep(5_000);
    expect(looks).toHaveLength(count);
    expect(looks.filter((one) => one.shard === shard).map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    expect(new Set(looks.map((one) => one.shard))).toEqual(new Set(ringShards));
  });
});
