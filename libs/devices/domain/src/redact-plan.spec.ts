import { describe, expect, it } from '@jest/globals';
import { account, device, email, id, plan, user } from './plan-cases.ts';
import type { Plan } from './plan.ts';
import { findingReasons, stepReasons } from './reasons.ts';
import { redactPlan } from './redact-plan.ts';

describe('a redacted plan', () => {
  it('keeps kind, reason, slot and device of every step, and nothing of the person', () => {
    const there = account([device(1, 'Email 1', email('old@home.example')), device(2, 'mine', 'iPhone')], { profile: {} });
    const planned = plan(user({ 'Email 1': 'ada@home.example' }), there, { manageDevices: 'overwrite' });
    expect(redactPlan(planned)).toStrictEqual({
      steps: [
        { kind: 'edit-user', reason: 'profile-differs' },
        { kind: 'unpair', slot: 'Email 1', deviceId: id(1), reason: 'value-changed' },
        { kind: 'unpair', deviceId: id(2), reason: 'not-managed' },
        { kind: 'pair', slot: 'Email 1', reason: 'value-changed' },
      ],
      findings: [],
    });
  });

  it('keeps findings and the moment of the next look', () => {
    const waiting: Plan = { steps: [], findings: [{ kind: 'pair-outcome-unknown', slot: 'Email 1' }], replanAt: 7 };
    expect(redactPlan(waiting)).toStrictEqual(waiting);
  });
});

describe('reasons', () => {
  it.each([...Object.entries(stepReasons), ...Object.entries(findingReasons)])('%s is one sentence', (_, sentence) => {
    expect(sentence).toMatch(/^[A-Z][^.]+\.$/);
  });
});
