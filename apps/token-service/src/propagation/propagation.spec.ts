import { describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { maxLeaseMs, type MemberId, ringShardOf, slowBoundMs } from '@tallystick/tokens-domain';
import { exampleRing } from '@tallystick/tokens-testing';
import { EagerValidator, memoryService } from '../test-support/memory-service.ts';
import { awaitPropagation } from './propagation.ts';

const environment = environmentId('acme');
const shard = ringShardOf(environment);

/** A service whose registry is trusted, with one validator. */
async function trusted(around?: Parameters<typeof memoryService>[0]) {
  const service = memoryService(around);
  const validator = new EagerValidator(service.memory, shard);
  for (let seconds = 0; seconds <= 6; seconds++) {
    await validator.renew();
    await service.watch.look(shard);
    await service.clock.sleep(1_000);
  }
  return { ...service, validator };
}

async function commit({ memory, clock, watch }: ReturnType<typeof memoryService>) {
  const result = await memory.change({
    ring: exampleRing(environment, 1),
    expectedVersion: 0,
    audit: '{}',
    mayUseReserve: false,
  });
  if (result.kind !== 'changed') throw new Error(result.kind);
  watch.seen(shard, result.identity);
  return { shard, seq: result.seq, identity: result.identity, atMs: clock.nowMs() };
}

describe('waiting for a change to hold everywhere', () => {
  it('ends with the acknowledgement of the last member', async () => {
    const service = await trusted();
    const committed = await commit(service);
    const waiting = awaitPropagation(service.needs, committed);
    await service.clock.sleep(300);
    await service.validator.renew();
    const { waitedMs, ...rest } = await waiting;
    expect(rest).toEqual({ confirmedBy: 'acknowledgement', validators: 1, bounded: true });
    expect(waitedMs).toBeGreaterThanOrEqual(300);
    expect(waitedMs).toBeLessThan(500);
  });

  it.each<[string, (service: Awaited<ReturnType<typeof trusted>>) => void]>([
    ['the member table is lost', ({ memory }) => memory.forgetMembers(shard)],
    ['the server is another one', ({ memory }) => memory.restart()],
    ['everything is lost', ({ memory }) => memory.flush()],
    ['the store can not be reached', ({ memory }) => (memory.reachable = false)],
  ])('takes the slow bound when %s after the commit, though all members acknowledge', async (_, happen) => {
    const service = await trusted();
    const committed = await commit(service);
    happen(service);
    await service.validator.renew().catch(() => undefined);
    const propagation = await awaitPropagation(service.needs, committed);
    expect(propagation).toMatchObject({ confirmedBy: 'lease', waitedMs: slowBoundMs });
  });

  it('takes the slow bound when one look failed shortly before', async () => {
    const service = await trusted();
    service.memory.reachable = false;
    await service.watch.look(shard);
    service.memory.reachable = true;
    const committed = await commit(service);
    await service.validator.renew();
    expect(await awaitPropagation(service.needs, committed)).toMatchObject({ confirmedBy: 'lease' });
  });

  it('takes the slow bound while a member is silent, and not longer', async () => {
    const service = await trusted();
    await service.memory.renew(shard, { id: 'paused' as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: [] });
    const committed = await commit(service);
    await service.validator.renew();
    expect(await awaitPropagation(service.needs, committed)).toMatchObject({
      confirmedBy: 'lease',
      waitedMs: slowBoundMs,
      validators: 2,
    });
  });

  it('takes the slow bound when looks never come back', async () => {
    let hang = false;
    const service = await trusted((memory) => ({ look: (name) => (hang ? new Promise(() => undefined) : memory.look(name)) }));
    const committed = await commit(service);
    hang = true;
    expect(await awaitPropagation(service.needs, committed)).toMatchObject({ confirmedBy: 'lease', waitedMs: slowBoundMs });
  });

  it('costs the store no more looks for a hundred requests that wait than for a few', async () => {
    const looksFor = async (requests: number): Promise<number> => {
      let [looks, underWay, most] = [0, 0, 0];
      let takeTime = () => Promise.resolve();
      const service = await trusted((memory) => ({
        look: async (name) => {
          looks++;
          most = Math.max(most, ++underWay);
          await takeTime();
          underWay--;
          return memory.look(name);
        },
      }));
      takeTime = () => service.clock.sleep(5);
      await service.memory.renew(shard, { id: 'paused' as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: [] });
      const committed = await commit(service);
      [looks, most] = [0, 0];
      const waiting = Array.from({ length: requests }, async (_, at) => {
        await service.clock.sleep(at);
        return awaitPropagation(service.needs, committed);
      });
      expect(new Set((await Promise.all(waiting)).map(({ waitedMs }) => waitedMs))).toEqual(new Set([slowBoundMs]));
      expect(most).toBe(1);
      return looks;
    };
    expect(await looksFor(100)).toBeLessThan(2 * (await looksFor(1)));
  });

  it('says that it is not bounded while a replica could be promoted', async () => {
    const service = await trusted((memory) => ({ look: async (name) => ({ ...(await memory.look(name)), replicas: 1 }) }));
    const committed = await commit(service);
    await service.validator.renew();
    expect((await awaitPropagation(service.needs, committed)).bounded).toBe(false);
  });
});
