import { describe, expect, it } from '@jest/globals';
import type { DirectoryBudget, DirectoryName } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import { type BudgetBench, leaseOf } from './budget-bench.ts';

const minute = 60_000;

/** The tests of pauses and quarantine; part of `budgetConformance`. */
export function pauseAndQuarantineConformance(bench: BudgetBench): void {
  describe('R28: a directory that asks for a pause', () => {
    const refusedAll = (name: DirectoryName, lease: string, notBefore: number): ReturnType<DirectoryBudget['done']> =>
      bench.stores.budget.done(name, lease, { kind: 'refused-all', notBefore: instant(notBefore) }, bench.now);

    it('gets it from everybody', async () => {
      const name = bench.directory();
      expect(await refusedAll(name, await bench.granted(name), bench.now + 30_000)).toBe('nothing');
      expect((await bench.stores.other.state(name, bench.now)).notBefore).toBe(bench.now + 30_000);
      for (const lane of ['live', 'bulk'] as const) {
        const denied = await bench.ask(name, { lane }, bench.stores.other);
        expect(denied.kind === 'later' && denied.at - bench.now).toBeGreaterThanOrEqual(30_000);
      }
      bench.pass(29_999);
      expect((await bench.ask(name)).kind).toBe('later');
      bench.pass(300);
      expect((await bench.ask(name)).kind).toBe('granted');
      expect(await bench.stores.budget.state(name, bench.now)).not.toHaveProperty('notBefore');
    });

    it('does not get it shortened by another answer, nor longer than an hour', async () => {
      const name = bench.directory();
      const [first, second, third] = [await bench.granted(name), await bench.granted(name), await bench.granted(name)];
      await refusedAll(name, first, bench.now + 60_000);
      await refusedAll(name, second, bench.now + 5_000);
      expect((await bench.stores.budget.state(name, bench.now)).notBefore).toBe(bench.now + 60_000);
      await refusedAll(name, third, bench.now + 10_000 * minute);
      expect((await bench.stores.budget.state(name, bench.now)).notBefore).toBe(bench.now + 60 * minute);
    });

    it('is not taken for a sick one', async () => {
      const name = bench.directory();
      for (let n = 0; n < 25; n += 1) {
        bench.pass(1_000);
        expect(await refusedAll(name, await bench.granted(name), bench.now)).toBe('nothing');
      }
      expect(await bench.stores.budget.state(name, bench.now)).not.toHaveProperty('quarantine');
    });
  });

  describe('R32: the quarantine of a directory', () => {
    const fail = async (name: DirectoryName, times: number): Promise<string[]> => {
      const heard: string[] = [];
      for (let n = 0; n < times; n += 1) {
        bench.pass(1_000);
        heard.push(await bench.done(name, await bench.granted(name), 'failed'));
      }
      return heard;
    };

    it.each(['credentials-refused', 'method-disabled'] as const)('begins at once when it says %s, told once', async (why) => {
      const name = bench.directory();
      const leases = [await bench.granted(name), await bench.granted(name), await bench.granted(name)];
      const heard = await Promise.all(
        leases.map((lease, n) => bench.done(name, lease, why, n === 1 ? bench.stores.other : bench.stores.budget)),
      );
      expect(heard.sort()).toEqual(['nothing', 'nothing', 'quarantined']);
      expect(await bench.stores.other.state(name, bench.now)).toEqual({
        inFlight: 0,
        quarantine: { why, since: bench.now, probeAt: bench.now + 5_000 },
      });
      expect(await bench.ask(name)).toEqual({ kind: 'quarantined', why, until: bench.now + 5_000 });
    });

    it('R27: begins after 20 failures in a row, and a success begins the count anew', async () => {
      const name = bench.directory();
      expect(await fail(name, 19)).not.toContain('quarantined');
      await bench.done(name, await bench.granted(name));
      expect((await fail(name, 20)).filter((told) => told === 'quarantined')).toEqual(['quarantined']);
      expect((await bench.ask(name)).kind).toBe('quarantined');
    });

    it('lets one caller probe, at growing intervals up to five minutes', async () => {
      const name = bench.directory();
      await bench.done(name, await bench.granted(name), 'credentials-refused');
      const waits: number[] = [];
      for (let probe = 0; probe < 9; probe += 1) {
        const denied = await bench.ask(name);
        if (denied.kind !== 'quarantined') throw new Error('a probe came early');
        waits.push((denied.until - bench.now) / 1_000);
        bench.now = instant(denied.until - 1);
        expect((await bench.ask(name)).kind).toBe('quarantined');
        bench.pass(1);
        const asks = await Promise.all(
          Array.from({ length: 12 }, (_, n) => bench.ask(name, {}, n % 2 ? bench.stores.other : bench.stores.budget)),
        );
        const probes = asks.filter(({ kind }) => kind === 'granted');
        expect(probes).toHaveLength(1);
        bench.pass(100);
        expect(await bench.done(name, leaseOf(probes[0]!), probe % 2 ? 'failed' : 'credentials-refused')).toBe('nothing');
      }
      expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    });

    it('ends with a success of the probe, told once; then all may call', async () => {
      const name = bench.directory();
      await bench.done(name, await bench.granted(name), 'credentials-refused');
      bench.pass(5_000);
      const probe = await bench.granted(name);
      expect((await bench.ask(name)).kind).toBe('quarantined');
      expect(await bench.done(name, probe)).toBe('healed');
      expect(await bench.done(name, probe)).toBe('nothing');
      expect(await bench.stores.budget.state(name, bench.now)).toEqual({ inFlight: 0 });
      expect(await fail(name, 19)).not.toContain('quarantined'); // counted from nought
    });

    it('that ended counts failures from nought, also when failures had begun it', async () => {
      const name = bench.directory();
      await fail(name, 20);
      bench.pass(5_000);
      expect(await bench.done(name, await bench.granted(name))).toBe('healed');
      expect(await fail(name, 19)).not.toContain('quarantined');
    });

    it('is for what the directory said last', async () => {
      const name = bench.directory();
      await fail(name, 20);
      bench.pass(5_000);
      expect(await bench.done(name, await bench.granted(name), 'credentials-refused')).toBe('nothing');
      expect(await bench.ask(name)).toMatchObject({ kind: 'quarantined', why: 'credentials-refused' });
    });

    it('does not end with an answer to a call that began before it', async () => {
      const name = bench.directory();
      const [before, sick, failing] = [await bench.granted(name), await bench.granted(name), await bench.granted(name)];
      await bench.done(name, sick, 'credentials-refused');
      expect(await bench.done(name, before)).toBe('nothing');
      expect(await bench.done(name, failing, 'failed')).toBe('nothing');
      expect((await bench.stores.budget.state(name, bench.now)).quarantine).toEqual({
        why: 'credentials-refused',
        since: bench.now,
        probeAt: bench.now + 5_000,
      });
    });

    it('gives the probe to another when the prober died, and still believes its late success', async () => {
      const name = bench.directory();
      await bench.done(name, await bench.granted(name), 'credentials-refused');
      bench.pass(5_000);
      const lost = await bench.granted(name, { leaseMs: 2_000 });
      bench.pass(1_999);
      expect(await bench.ask(name)).toMatchObject({ kind: 'quarantined', until: bench.now + 1 });
      bench.pass(1);
      const second = await bench.granted(name, { leaseMs: 4_000 });
      expect(await bench.done(name, lost, 'failed')).toBe('nothing');
      expect(await bench.ask(name)).toMatchObject({ kind: 'quarantined', until: bench.now + 4_000 }); // the second is still under way
      expect(await bench.done(name, lost)).toBe('healed');
      expect(await bench.done(name, second)).toBe('nothing');
    });

    it('I10: a probe is paid for too, and waits for the end of a pause', async () => {
      const name = bench.directory();
      const [sick, pausing] = [await bench.granted(name), await bench.granted(name)];
      await bench.stores.budget.done(name, pausing, { kind: 'refused-all', notBefore: instant(bench.now + 20_000) }, bench.now);
      await bench.done(name, sick, 'credentials-refused');
      bench.pass(5_000);
      expect(await bench.ask(name)).toMatchObject({ kind: 'quarantined', until: bench.now + 15_000 });
      bench.pass(15_000);
      const probe = await bench.granted(name);
      await bench.stores.budget.done(name, probe, { kind: 'refused-all', notBefore: instant(bench.now + 7_000) }, bench.now);
      expect(await bench.ask(name)).toMatchObject({ kind: 'quarantined', until: bench.now + 7_000 });
      bench.pass(7_000);
      expect(await bench.done(name, await bench.granted(name))).toBe('healed');
    });

    it('of one directory is no other one’s', async () => {
      const [sick, well] = [bench.directory(), bench.directory()];
      await bench.done(sick, await bench.granted(sick), 'credentials-refused');
      expect((await bench.ask(well)).kind).toBe('granted');
    });
  });
}
