import { describe, expect, it } from '@jest/globals';
import {
  type AccountHash,
  type DeviceId,
  type ObservedUser,
  type Plan,
  type PlanFacts,
  planReconciliation,
  planText,
} from '@tallystick/devices-domain';
import fc from 'fast-check';
import { wildInput } from './arbitraries.ts';

const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 400) };
const planned = wildInput.map((input) => ({
  plan: planReconciliation(input),
  facts: {
    connectionVersion: 1,
    recordVersion: 'e000000-1',
    account: 'one' as AccountHash,
    observed: input.observed,
  } satisfies PlanFacts,
}));
/** What the text is about, by another way than the text. */
const meaning = ({ steps, needs }: Plan, { observed }: PlanFacts): unknown => [
  steps,
  needs,
  observed.kind === 'present' && observed.devices.map(({ id }) => id).sort(),
];

describe('the text of a plan', () => {
  it('is equal exactly for equal steps over equal devices', () => {
    // The same input twice, and two of them: both sides of the law have to be met.
    const two = fc.oneof(
      fc.tuple(planned, planned),
      planned.map((it) => [it, structuredClone(it)] as const),
    );
    fc.assert(
      fc.property(two, ([a, b]) => {
        const same = planText(a.facts, a.plan) === planText(b.facts, b.plan);
        if (same) expect(meaning(a.plan, a.facts)).toEqual(meaning(b.plan, b.facts));
        else expect(meaning(a.plan, a.facts)).not.toEqual(meaning(b.plan, b.facts));
      }),
      runs,
    );
  });

  it('says nothing of findings and times', () => {
    fc.assert(
      fc.property(planned, ({ plan, facts }) => {
        const { replanAt: _, ...timeless } = plan;
        expect(planText(facts, { ...timeless, findings: [] })).toBe(planText(facts, { ...plan, replanAt: 5 }));
      }),
      runs,
    );
  });

  it('is another one for other ids of the devices there, another record or another document', () => {
    const more = (observed: ObservedUser): ObservedUser => ({
      kind: 'present',
      status: 'active',
      profile: {},
      devices: [
        ...(observed.kind === 'present' ? observed.devices : []),
        { id: '1' as DeviceId, nickname: '', type: '', primary: false, enrolledAt: '' },
      ],
    });
    fc.assert(
      fc.property(planned, ({ plan, facts }) => {
        const texts = [
          facts,
          { ...facts, connectionVersion: 2 },
          { ...facts, recordVersion: 'e000001-1' },
          { ...facts, account: 'another' as AccountHash },
          { ...facts, observed: more(facts.observed) },
        ].map((it) => planText(it, plan));
        expect(new Set(texts).size).toBe(5);
      }),
      runs,
    );
  });
});
