import { describe, expect, it } from '@jest/globals';
import { type HoldId, noChanges, type PassId, type PlanHash, type UserHash } from '@tallystick/devices-domain';
import { InMemoryAuditTrail, InMemoryGuardStore, InMemoryPassStore } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { notedPasses } from './audit-of-passes.ts';

const ref = { environment: environmentId('acme'), connection: connectionId('workforce') };
const at = instant(1_800_000_000_000);
const id = 'p1' as PassId;
const pass = { ...ref, id, kind: 'pass', stage: 'planning', connectionVersion: 3, startedAt: at } as const;

function world() {
  const [audit, guards, store] = [new InMemoryAuditTrail(), new InMemoryGuardStore(), new InMemoryPassStore()];
  return { audit, guards, store, passes: notedPasses(store, { audit, guards }) };
}

describe('a pass that nobody asked for', () => {
  it('is in the audit before it begins, by the system, with why, and with its own id for a request', async () => {
    const { audit, passes } = world();
    await passes.open({ ...pass, startedBy: 'schedule' });
    expect(audit.notes).toEqual([
      {
        ...{ ...ref, class: 'intent', actor: 'system', action: 'start-pass', reason: 'a schedule was due' },
        ...{ requestId: id, subject: id, facts: { kind: 'pass', connectionVersion: 3 } },
      },
    ]);
  });

  it('R43: does not begin, and is tried again, while the audit can not be written', async () => {
    const { audit, passes, store } = world();
    audit.full = ['intent'];
    await expect(passes.open({ ...pass, startedBy: 'schedule' })).rejects.toMatchObject({ reason: 'audit-not-writable' });
    expect(await store.read(ref, id)).toBeUndefined();
  });

  it('is told by who began it where a person did', async () => {
    const { audit, passes } = world();
    await passes.open({ ...pass, startedBy: 'ada' });
    expect(audit.notes).toEqual([]);
  });
});

describe('a pass that a guard holds', () => {
  it('is in the audit when it is held, and when nobody answers in time; an answer is told by who gives it', async () => {
    const { audit, passes, guards } = world();
    await passes.open({ ...pass, startedBy: 'ada' });
    const held = { planHash: 'plan' as PlanHash, counts: { ...noChanges, deletions: 1 }, plan: { steps: [], findings: [] } };
    const how = { because: 'too-many-deletions', pass: id, holdHours: 1 } as const;
    const hold = await guards.hold({ ...ref, user: '0'.repeat(32) as UserHash }, held, how, at);
    await passes.update(ref, id, { stage: 'held', hold, because: 'too-many-deletions' });
    const read = guards.read.bind(guards);
    await passes.update(ref, id, { stage: 'rejected' });
    expect(audit.notes).toHaveLength(1);
    guards.read = async (of, one: HoldId) => ({ ...(await read(of, one))!, state: 'expired' });
    await passes.update(ref, id, { stage: 'rejected' });
    expect(audit.notes).toMatchObject([
      { class: 'result', actor: 'system', action: 'hold-pass', reason: 'too-many-deletions', subject: id, facts: { hold } },
      { class: 'result', actor: 'system', action: 'expire-hold', result: 'expired', requestId: id, facts: { hold } },
    ]);
  });
});
