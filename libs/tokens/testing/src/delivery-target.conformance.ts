import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Delivery, DeliveryOutcome, DeliveryReceipt, DeliveryTarget, Platform } from '@tallystick/tokens-domain';

/** A target that writes by an API, and the vendor's side of it as nobody but the vendor sees it. */
export interface DeliveryTargetUnderTest {
  readonly target: DeliveryTarget;
  /** A slot whose key holds `values.before` at every place, beside other keys and settings. */
  readonly platform: Platform;
  /** One that the target has no slot for; left out when it has all. */
  readonly without?: Platform;
  /** What the key's places hold now, by the vendor's own state. */
  held(): Promise<readonly (string | undefined)[]> | readonly (string | undefined)[];
  /** Everything else that the vendor holds of the slot's configurations, to be compared. */
  elsewhere(): unknown;
  /** Writes that the vendor carried out since the start. */
  writes(): number;
  /** Another administrator changes something that is not the key. */
  changeElsewhere(): Promise<void> | void;
  /** Another administrator puts another value. */
  changeValue(value: string): Promise<void> | void;
  /** The next write is carried out and its answer lost, or it never arrives. */
  loseNextWrite(which: 'answer' | 'request'): void;
  /** From now on the credentials are not taken. */
  revokeCredentials(): void;
  /** The next call is answered with "too many", to come back in 7 seconds. */
  throttleNext(): void;
  /** The clock goes on, and what was taken is stored. */
  settle(): Promise<void> | void;
  close(): Promise<void> | void;
}

/** What a bench has in the slot before anything is delivered. Values as they are generated: of `[A-Za-z0-9._-]`. */
export const deliveredValues = {
  before: 'tsk1-old-7d3f0c2a9b8e4f61a0c5',
  after: 'tsk1-new-b41e6d90f2a34c7788d1',
  foreign: 'tsk1-foreign-0f0f0f0f0f0f0f0f',
} as const;

export interface DeliveryTargetTraits {
  /**
   * What the vendor holds. `configuration`: it can be read, and others change it too. `commands`: a queue of them, which each device takes
   * when it connects; there is nothing to read back, and `held` is what the devices hold once they did ({@link DeliveryTargetUnderTest.settle}).
   */
  readonly holds?: 'configuration' | 'commands';
}

/** What a rotation may rely on, whatever MDM it delivers to. `make` gives one that shares nothing with any other. */
export function deliveryTargetConformance(
  make: () => Promise<DeliveryTargetUnderTest> | DeliveryTargetUnderTest,
  { holds = 'configuration' }: DeliveryTargetTraits = {},
): void {
  const { before, after, foreign } = deliveredValues;
  let test: DeliveryTargetUnderTest;
  let target: DeliveryTarget;
  const said: unknown[] = [];
  beforeEach(async () => {
    test = await make();
    target = test.target;
    said.length = 0;
  });
  afterEach(async () => {
    await test.close();
    // No outcome may hold a value: it stands in histories and in logs.
    for (const value of [before, after, foreign]) expect(JSON.stringify(said)).not.toContain(value);
  });

  const delivery = (value: string = after, name = 'rotation-1/slot/1'): Delivery => ({ platform: test.platform, value, name });
  const soon = (): AbortSignal => AbortSignal.timeout(20_000);
  const noted = async <T>(outcome: Promise<T>): Promise<T> => {
    const known = await outcome;
    said.push(known);
    return known;
  };
  const apply = (value?: string, name?: string, expected?: string) =>
    noted(target.apply(delivery(value, name), soon(), expected));
  const verify = (receipt: DeliveryReceipt, value?: string) => noted(target.verify(delivery(value), receipt, soon()));
  const receiptOf = (outcome: DeliveryOutcome): DeliveryReceipt => {
    if (!('receipt' in outcome)) throw new Error(`expected a receipt, got ${JSON.stringify(outcome)}`);
    return outcome.receipt;
  };
  /** As a rotation does it: applies, and reads again until it is stored. */
  const deliver = async (value?: string, name?: string): Promise<DeliveryReceipt> => {
    const outcome = await apply(value, name);
    if (outcome.kind === 'stored') return outcome.receipt;
    expect(outcome.kind).toBe('accepted');
    await test.settle();
    const found = await verify(receiptOf(outcome), value);
    if (found.kind !== 'stored') throw new Error(`expected it to be stored, got ${JSON.stringify(found)}`);
    return found.receipt;
  };
  const everyPlace = async (value: string): Promise<void> => {
    if (holds === 'commands') await test.settle();
    const held = await test.held();
    expect(held.length).toBeGreaterThan(0);
    expect(held.every((one) => one === value)).toBe(true);
  };

  describe('a delivery', () => {
    it('puts the value at every place of the slot, and leaves everything else as it was', async () => {
      const elsewhere = await test.elsewhere();
      await deliver();
      await everyPlace(after);
      expect(await test.elsewhere()).toEqual(elsewhere);
    });

    it('of what is there already writes nothing', async () => {
      await deliver();
      const writes = test.writes();
      expect(await apply()).toMatchObject({ kind: 'stored', isNew: false });
      expect(test.writes()).toBe(writes);
    });

    it('of the value from before brings it back: that is all a roll-back is', async () => {
      const elsewhere = await test.elsewhere();
      await deliver();
      await deliver(before, 'rotation-1/slot/2');
      await everyPlace(before);
      expect(await test.elsewhere()).toEqual(elsewhere);
    });

    if (holds === 'configuration')
      it('whose answer is lost is unknown, and found by reading', async () => {
        test.loseNextWrite('answer');
        const outcome = await apply();
        expect(outcome.kind).toBe('unknown');
        await test.settle();
        const found = await verify(receiptOf(outcome));
        // Of several configurations the others were not written after it: that is for the next try.
        if (found.kind !== 'stored') expect(found).toEqual({ kind: 'unchanged' });
        expect(await test.held()).toContain(after);
        if (found.kind !== 'stored') await deliver();
        await everyPlace(after);
      });
    else
      it('whose answer is lost is unknown, and the next try finds what was taken instead of writing it twice', async () => {
        await deliver();
        const writes = test.writes();
        await deliver(before, 'rotation-1/slot/2');
        test.loseNextWrite('answer');
        expect(await apply(after, 'rotation-1/slot/3')).toMatchObject({ kind: 'unknown' });
        expect(await apply(after, 'rotation-1/slot/3')).toMatchObject({ kind: 'stored' });
        expect(test.writes()).toBe(3 * writes);
        await everyPlace(after);
      });

    it('that never arrived is unknown, found by reading not to have been carried out, and made by the next try', async () => {
      test.loseNextWrite('request');
      const outcome = await apply();
      expect(outcome.kind).toBe('unknown');
      await test.settle();
      expect(await verify(receiptOf(outcome))).toEqual({ kind: 'unchanged' });
      expect(await test.held()).toContain(before);
      await deliver();
      await everyPlace(after);
    });

    it('is refused where there is no slot', async () => {
      if (test.without === undefined) return;
      const elsewhere = { ...delivery(), platform: test.without };
      expect(await noted(target.apply(elsewhere, soon()))).toMatchObject({ kind: 'refused', reason: 'slot-not-found' });
      expect(test.writes()).toBe(0);
    });

    it('with credentials that are not taken is refused, and found by the check', async () => {
      test.revokeCredentials();
      expect(await apply()).toMatchObject({ kind: 'refused', reason: 'not-authorised' });
      const findings = await noted(target.check(test.platform, soon()));
      expect(findings).toContainEqual(expect.objectContaining({ severity: 'error', what: 'not-authorised' }));
      expect(test.writes()).toBe(0);
    });

    it('that is throttled is tried later, when the vendor says', async () => {
      test.throttleNext();
      expect(await apply()).toMatchObject({ kind: 'try-later', retryAfterMs: 7_000 });
      expect(test.writes()).toBe(0);
      await deliver();
    });
  });

  if (holds === 'commands')
    describe('others who change the same configuration', () => {
      it('are not seen, and what they put beside the key is replaced by what the target lists', async () => {
        const elsewhere = await test.elsewhere();
        await test.changeElsewhere();
        expect(await test.elsewhere()).not.toEqual(elsewhere);
        await deliver();
        await everyPlace(after);
        expect(await test.elsewhere()).toEqual(elsewhere);
      });

      it('are seen in the coverage when a device is asked after they put another value', async () => {
        const receipt = await deliver();
        await test.settle();
        await test.changeValue(foreign);
        await noted(target.coverage(delivery(), receipt, soon()));
        await test.settle();
        const coverage = await noted(target.coverage(delivery(), receipt, soon()));
        expect(coverage).toMatchObject({ kind: 'known', delivered: 0 });
        expect(coverage).toMatchObject({ failed: (await test.held()).length });
      });
    });
  else
    describe('others who change the same configuration', () => {
      it('are not written over: a plan that another change came after is a conflict', async () => {
        const plan = await noted(target.plan(delivery(), soon()));
        if ('kind' in plan) throw new Error(JSON.stringify(plan));
        await test.changeElsewhere();
        expect(await apply(after, undefined, plan.revision)).toMatchObject({ kind: 'conflict' });
        expect(test.writes()).toBe(0);
      });

      it('are seen when they change something else after the delivery', async () => {
        const receipt = await deliver();
        await test.changeElsewhere();
        expect(await verify(receipt)).toMatchObject({ kind: 'conflict' });
      });

      it('are seen when they put another value', async () => {
        const receipt = await deliver();
        await test.changeValue(foreign);
        await test.settle();
        expect(await verify(receipt)).toMatchObject({ kind: 'conflict' });
      });

      it('are seen when they put the value of before back', async () => {
        const receipt = await deliver();
        await test.changeValue(before);
        await test.settle();
        expect(await verify(receipt)).toEqual({ kind: 'unchanged' });
      });
    });

  describe('looking', () => {
    it('tells what is held, what would change and how it stands, and writes nothing', async () => {
      const reading = await target.read(test.platform, soon());
      if ('kind' in reading) throw new Error(JSON.stringify(reading));
      expect(reading.values).toEqual(holds === 'configuration' ? await test.held() : [undefined]);
      const plan = await noted(target.plan(delivery(), soon()));
      if ('kind' in plan) throw new Error(JSON.stringify(plan));
      expect(plan.revision).toBe(reading.revision);
      expect(plan.changes).toHaveLength(reading.values.length);
      expect(plan.changes.every(({ change }) => change === 'replace')).toBe(true);
      expect(await noted(target.check(test.platform, soon()))).not.toContainEqual(expect.objectContaining({ severity: 'error' }));
      expect(test.writes()).toBe(0);
      await deliver(after);
      const later = await noted(target.plan(delivery(), soon()));
      if ('kind' in later) throw new Error(JSON.stringify(later));
      if (holds === 'configuration') expect(later.revision).not.toBe(plan.revision);
      expect(later.changes.every(({ change }) => change === 'none')).toBe(true);
    });

    it('at the coverage gives counts only with what they are worth', async () => {
      const receipt = await deliver();
      const coverage = await noted(target.coverage(delivery(), receipt, soon()));
      if (target.describe().signal === 'none') expect(coverage.kind).toBe('unknown');
      if (coverage.kind === 'known') expect(coverage.signal).toBe(target.describe().signal);
    });
  });
}
