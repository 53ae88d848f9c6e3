import { describe, expect, it } from '@jest/globals';
import { environmentId, type Instant, instant } from '@tallystick/kernel-core';
import type { DeliveryReceipt } from './delivery/delivery-ports.ts';
import type { TokenId } from './ring.ts';
import type { DeliverySlot, RotationRequest, SlotAnswer, SlotCheck, SlotPlan } from './rotation-ports.ts';
import {
  afterStep,
  beginStep,
  nextRotationStep,
  type RotationAnswer,
  type RotationCall,
  type RotationCommand,
  rotationRequestProblems,
  type RotationState,
  rotationStatus,
  type RotationStep,
  type SlotCall,
  startRotation,
  takeCommand,
} from './rotation.ts';

const [minute, hour] = [60_000, 3_600_000];
const start = instant(1_700_000_000_000);
const [old, fresh, next] = ['tok_old', 'tok_new', 'tok_next'] as [TokenId, TokenId, TokenId];
const target = (id: string, platform: DeliverySlot['platform'] = 'ios'): DeliverySlot => ({
  ...{ id, mdm: id, platform, kind: 'target', target: id },
});
const request: RotationRequest = {
  environment: environmentId('acme'),
  segment: {},
  label: 'winter',
  origin: 'generated',
  slots: [target('intune'), target('jamf')],
  adoptionShare: 0.95,
  minimumOverlapHours: 100,
  retireForHours: 48,
  watchEveryMinutes: 60,
  remindEveryHours: 1_000,
  requestedBy: 'op',
  reason: 'yearly',
};
const said = { by: 'op', reason: 'because' };
const receipt: DeliveryReceipt = { at: start, rest: 'r', before: ['b'] };
const planned: SlotPlan = { kind: 'planned', revision: 'v1', receipt, settlesWithinMs: 0 };
const stored: SlotCheck = { kind: 'stored', receipt, coverage: { kind: 'unknown', why: 'no signal' } };
const revoked: RotationAnswer = {
  kind: 'revoke',
  reading: { kind: 'revoked', confirmedBy: 'lease', validators: 3, waitedMs: 12 },
};
const failing = { kind: 'failing', reason: 'permission-missing', detail: 'write it down', isFinal: false } as const;

class Rotation {
  state: RotationState;
  now: Instant = start;
  replaces: readonly TokenId[] = [old];
  plan: (call: SlotCall) => SlotPlan | 'silence' = () => planned;
  apply: (call: SlotCall) => SlotAnswer | 'silence' = () => ({ kind: 'stored', receipt });
  check: (call: SlotCall) => SlotCheck | 'silence' = () => stored;
  revoke: () => RotationAnswer = () => revoked;
  constructor(more: Partial<RotationRequest> = {}, inspection?: 'due') {
    this.state = startRotation({ ...request, ...more }, 'r1', start, inspection);
  }

  get next(): RotationStep {
    return nextRotationStep(this.state, this.now);
  }
  /** Everything that can be done now; what was done. */
  go(): readonly string[] {
    const done: string[] = [];
    for (let step = this.next; step.kind !== 'wait' && step.kind !== 'end'; step = this.next) {
      if (done.length > 100) throw new Error(`it turns in circles: ${done.slice(-4).join(', ')}`);
      this.state = afterStep(beginStep(this.state, step, this.now), step, this.answer(step), this.now);
      if (step.kind === 'slots') done.push(...step.calls.map((call) => `${call.kind} ${call.slot.id} ${call.token}`));
      else done.push(step.kind === 'notify' ? step.what : step.kind);
    }
    return done;
  }
  /** The next call, with what is said while it is made. */
  goSaying(...commands: readonly RotationCommand[]): readonly string[] {
    const step = this.next;
    if (step.kind === 'wait' || step.kind === 'end') throw new Error(`nothing is done: ${step.kind}`);
    this.state = beginStep(this.state, step, this.now);
    const heard = commands.map((command) => this.say(command));
    this.state = afterStep(this.state, step, this.answer(step), this.now);
    return heard;
  }
  answer(step: RotationCall): RotationAnswer {
    if (step.kind === 'mint')
      return {
        kind: 'minted',
        minted: {
          token: this.state.generation === 1 ? fresh : next,
          replaces: this.replaces,
          confirmedBy: 'acknowledgement',
          validators: 3,
        },
      };
    if (step.kind === 'inspect') return { kind: 'slots', answers: step.slots.map(() => ({ kind: 'inspected', findings: [] })) };
    if (step.kind === 'read-adoption') return { kind: 'adoption', reading: { kind: 'known', devices: 100, onNew: 99 } };
    if (step.kind === 'revoke') return this.revoke();
    if (step.kind === 'open-slot') return { kind: 'slot', answer: { kind: 'awaiting-person' } };
    if (step.kind !== 'slots') return { kind: 'done' };
    return { kind: 'slots', answers: step.calls.map((call) => this.ofSlot(call)) };
  }
  ofSlot(call: SlotCall): RotationAnswer {
    const silence: RotationAnswer = { kind: 'failed', detail: 'no worker answered in time' };
    if (call.kind === 'plan') {
      const plan = this.plan(call);
      return plan === 'silence' ? silence : { kind: 'planned', plan };
    }
    if (call.kind === 'apply') {
      const answer = this.apply(call);
      return answer === 'silence' ? silence : { kind: 'slot', answer };
    }
    const check = this.check(call);
    return check === 'silence' ? silence : { kind: 'checked', check };
  }
  wait(ms: number): this {
    this.now = instant(this.now + ms);
    return this;
  }
  say(command: RotationCommand): string {
    const decision = takeCommand(this.state, command, this.now);
    if (decision.kind === 'refused') return decision.refusal;
    this.state = decision.state;
    return 'accepted';
  }
  slot(id: string) {
    return this.state.slots.find(({ slot }) => slot.id === id)!;
  }
  kinds(): readonly string[] {
    return this.state.slots.map(({ state }) => state.kind);
  }
}
const only = (id: string) => (call: SlotCall) => call.slot.id === id;

describe('delivering to targets', () => {
  it('plans all of them side by side, then writes, and the overlap begins when all have stored it', () => {
    const rotation = new Rotation();
    expect(rotation.go()).toEqual([
      ...['mint', 'plan intune tok_new', 'plan jamf tok_new', 'apply intune tok_new', 'apply jamf tok_new'],
      'read-adoption',
    ]);
    expect(rotation.state).toMatchObject({ stage: 'watching', overlapEndsAt: start + 100 * hour });
    expect(rotation.wait(hour).go()).toEqual(['check intune tok_new', 'check jamf tok_new', 'read-adoption']);
  });

  it('to the end: both ends of the waiting ask the targets anew', () => {
    const rotation = new Rotation();
    rotation.go();
    const end = rotation.wait(100 * hour).go();
    expect(end).toEqual(['check intune tok_new', 'check jamf tok_new', 'read-adoption', 'retire']);
    expect(rotation.wait(48 * hour).go()).toEqual([
      ...['check intune tok_new', 'check jamf tok_new', 'revoke', 'release-values', 'notify'].slice(0, 4),
      'finished',
    ]);
  });

  it('one that fails keeps none of the others, and is tried again by itself', () => {
    const rotation = new Rotation();
    rotation.plan = (call) => (only('jamf')(call) ? failing : planned);
    expect(rotation.go()).toEqual([
      ...['mint', 'plan intune tok_new', 'plan jamf tok_new', 'slot-failing', 'apply intune tok_new', 'read-adoption'],
    ]);
    expect(rotation.kinds()).toEqual(['stored', 'failing']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots', until: start + minute });
    expect(rotation.wait(minute).go()).toEqual(['check intune tok_new', 'plan jamf tok_new']);
    expect(rotation.slot('jamf')).toMatchObject({ failures: 2, state: { retryAt: start + 3 * minute } });
    expect(rotationStatus(rotation.state, rotation.now).sentence).toMatch(/waits for the slots jamf; jamf: write it down/);
    rotation.plan = () => planned;
    expect(rotation.say({ kind: 'resume', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(['plan jamf tok_new', 'apply jamf tok_new']);
    expect(rotation.state.stage).toBe('watching');
  });

  it('waits with the write until a change of others would be seen, and does not write what another revision was planned with', () => {
    const rotation = new Rotation();
    rotation.plan = () => ({ ...planned, settlesWithinMs: minute });
    rotation.apply = () => ({ kind: 'failing', reason: 'changed-meanwhile', detail: 'plan again', isFinal: false });
    rotation.go();
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots', until: start + minute });
    expect(rotation.wait(minute).go()).toEqual(['apply intune tok_new', 'apply jamf tok_new', 'slot-failing', 'slot-failing']);
    expect(rotation.wait(minute).go()).toEqual(['plan intune tok_new', 'plan jamf tok_new']);
  });

  it.each<[string, SlotAnswer | 'silence']>([
    ['whose answer is unknown', { kind: 'unknown', receipt }],
    ['whose worker is gone', 'silence'],
    ['that was only accepted', { kind: 'accepted', receipt }],
  ])('a write %s is read before anything is written again', (_, answer) => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.apply = () => answer;
    rotation.check = () => ({ kind: 'not-yet' });
    rotation.go();
    expect(rotation.kinds()).toEqual(['accepted']);
    for (let look = 0; look < 5; look++) {
      const next = rotation.next;
      if (next.kind !== 'wait' || next.until === undefined) throw new Error('expected it to look again');
      rotation.now = next.until;
      expect(rotation.go().filter((it) => it !== 'read-adoption')).toEqual(['check intune tok_new']);
    }
    rotation.check = () => ({ kind: 'unchanged' });
    expect(rotation.wait(hour).go()).toContain('slot-failing');
    expect(rotation.kinds()).toEqual(['failing']);
    rotation.apply = () => ({ kind: 'stored', receipt });
    expect(rotation.wait(hour).go()).toEqual(expect.arrayContaining(['plan intune tok_new', 'apply intune tok_new']));
    expect(rotation.state.stage).toBe('watching');
  });

  it('a silent write is not looked at before the longest write has ended', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.apply = () => 'silence';
    rotation.go();
    expect(rotation.slot('intune').state).toMatchObject({ kind: 'accepted', isUncertain: true, checkAt: start + minute });
  });
});

describe('the way back of what a person put where a delivery failed', () => {
  const inHand = { kind: 'confirm-slot', slot: 'intune', token: fresh, ...said } as const;

  it('is a delivery of the old value: the new one is not revoked while it stands there', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.plan = () => ({ ...failing, isFinal: true });
    rotation.go();
    expect(rotation.say({ ...inHand, result: 'done' })).toBe('accepted');
    expect(rotation.state.stage).toBe('watching');
    expect(rotation.say({ kind: 'roll-back', ...said })).toBe('accepted');
    rotation.plan = () => planned;
    expect(rotation.go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
  });

  it.each(['confirmed', 'awaiting'] as const)('goes there also from a state of before that was noted (%s)', (kind) => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.plan = () => ({ kind: 'awaiting-person' });
    rotation.go();
    if (kind === 'confirmed') rotation.say({ ...inHand, result: 'done' });
    expect(rotation.slot('intune').state.kind).toBe(kind);
    rotation.state = { ...rotation.state, slots: rotation.state.slots.map((one) => ({ ...one, mayHoldNew: false })) };
    rotation.say({ kind: 'roll-back', ...said });
    rotation.plan = () => planned;
    expect(rotation.go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
  });

  it('without an old token waits for a person to take it out, who can say so', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.replaces = [];
    rotation.plan = () => ({ kind: 'awaiting-person' });
    rotation.go();
    expect(rotation.say({ ...inHand, result: 'done' })).toBe('accepted');
    expect(rotation.say({ ...inHand, result: 'refused', reason: 'x' })).toMatch(/was confirmed/);
    expect(rotation.say({ kind: 'roll-back', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual([]);
    expect(rotation.say({ ...inHand, result: 'refused', reason: 'taken out' })).toBe('accepted');
    expect(rotation.go()).toEqual(['release-values', 'revoke', 'rolled-back']);
  });
});

describe('the way back waits for a moment to come, never for one that is over', () => {
  it('with a target that was planned, and never written to', () => {
    const rotation = new Rotation();
    rotation.plan = (call) => (only('jamf')(call) ? { ...planned, settlesWithinMs: minute } : planned);
    rotation.go();
    expect(rotation.kinds()).toEqual(['stored', 'planned']);
    rotation.say({ kind: 'roll-back', ...said });
    rotation.plan = () => planned;
    rotation.go();
    expect(rotation.wait(hour).go()).toEqual(['check intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back', until: rotation.now + hour });
  });

  it.each([
    ['stores the new value', planned],
    ['was never written to', failing],
  ])('without an old token, and with a target that %s', (_, plan) => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.replaces = [];
    rotation.plan = () => plan;
    rotation.go();
    rotation.say({ kind: 'roll-back', ...said });
    rotation.wait(2 * hour).go();
    const { next } = rotation;
    if (next.kind === 'wait') expect(next.until).toBeGreaterThan(rotation.now);
    else expect(next).toEqual({ kind: 'end', outcome: 'rolled-back' });
    expect(next.kind).toBe(plan === planned ? 'wait' : 'end');
  });
});

describe('a target that a person fills', () => {
  it('waits for them as a slot of a person does, is read by nobody, and comes back by hand too', () => {
    const rotation = new Rotation({ slots: [target('ivanti')] });
    rotation.plan = () => ({ kind: 'awaiting-person' });
    expect(rotation.go()).toEqual(['mint', 'plan ivanti tok_new', 'slot-waiting', 'read-adoption']);
    expect(rotation.slot('ivanti')).toMatchObject({ state: { kind: 'awaiting' }, mayHoldNew: true });
    const done = (token: TokenId) => ({ kind: 'confirm-slot', slot: 'ivanti', token, result: 'done', ...said }) as const;
    expect(rotation.say(done(fresh))).toBe('accepted');
    expect(rotation.state.stage).toBe('watching');
    expect(rotation.wait(hour).go()).toEqual(['read-adoption']);
    expect(rotation.say({ kind: 'roll-back', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(['plan ivanti tok_old', 'slot-waiting']);
    expect(rotation.wait(hour).next).toMatchObject({ kind: 'wait', for: 'slots-back' });
    expect(rotation.say(done(old))).toBe('accepted');
    expect(rotation.wait(100 * hour).go()).toEqual(['release-values', 'revoke', 'rolled-back']);
  });
});

describe('others who change a target', () => {
  const conflict = { kind: 'conflict', detail: 'another value stands there' } as const;

  it('are told of, and not written over: not by time, not by resume, only by redeliver', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.plan = () => conflict;
    expect(rotation.go()).toEqual(['mint', 'plan intune tok_new', 'slot-conflict', 'read-adoption']);
    expect(rotation.wait(900 * hour).go()).toEqual(['read-adoption']);
    expect(rotation.say({ kind: 'resume', ...said })).toMatch(/no target fails/);
    expect(rotation.say({ kind: 'redeliver', slot: 'intune', token: old, ...said })).toMatch(/not about tok_old/);
    expect(rotation.say({ kind: 'redeliver', slot: 'intune', token: fresh, ...said })).toBe('accepted');
    const step = rotation.next;
    expect(step).toMatchObject({ kind: 'slots', calls: [{ kind: 'plan', overwrite: true, known: [old, fresh] }] });
  });

  it('shut the gate, and keep the old tokens from being revoked', () => {
    const rotation = new Rotation();
    rotation.go();
    rotation.check = (call) => (only('jamf')(call) ? { kind: 'unchanged' } : stored);
    expect(rotation.wait(100 * hour).go()).toContain('slot-conflict');
    expect(rotation.state.stage).toBe('gate');
    expect(rotationStatus(rotation.state, rotation.now).sentence).toMatch(/jamf: somebody put back what was there/);
    expect(rotation.say({ kind: 'redeliver', slot: 'jamf', token: fresh, ...said })).toBe('accepted');
    rotation.check = () => stored;
    expect(rotation.wait(hour).go()).toEqual(expect.arrayContaining(['plan jamf tok_new', 'apply jamf tok_new', 'retire']));

    rotation.check = (call) => (only('intune')(call) ? conflict : stored);
    expect(rotation.wait(48 * hour).go()).toContain('slot-conflict');
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots' });
    expect(rotation.state.stage).toBe('retiring');
  });

  it('are approved only as they were seen: what comes after the approval waits for another one', () => {
    const rotation = new Rotation();
    rotation.go();
    rotation.check = (call) => (only('jamf')(call) ? conflict : stored);
    rotation.wait(100 * hour).go();
    expect(rotation.say({ kind: 'approve', ...said })).toBe('accepted');
    rotation.go();
    rotation.check = (call) => (only('intune')(call) ? { kind: 'conflict', detail: 'something new' } : stored);
    rotation.wait(48 * hour).go();
    expect(rotation.state.stage).toBe('retiring');
    expect(rotation.say({ kind: 'approve', ...said })).toBe('accepted');
    expect(rotation.go()).toContain('revoke');
  });

  it('are not approved beforehand: the readings at the end of the old tokens are not there yet', () => {
    const rotation = new Rotation();
    rotation.go();
    rotation.wait(100 * hour).go();
    expect(rotation.state.stage).toBe('retiring');
    expect(rotation.say({ kind: 'approve', ...said })).toMatch(/nothing waits for approval/);
    rotation.check = () => failing;
    expect(rotation.wait(48 * hour).go()).not.toContain('revoke');
    expect(rotation.say({ kind: 'approve', ...said })).toBe('accepted');
    expect(rotation.go()).toContain('revoke');
  });

  it('are not approved for a value by what was approved while the one before it was withdrawn', () => {
    const rotation = new Rotation({ slots: [...request.slots, { id: 'hand', mdm: 'x', platform: 'ios', kind: 'person' }] });
    const byHand = { kind: 'confirm-slot', slot: 'hand', ...said } as const;
    rotation.go();
    expect(rotation.say({ ...byHand, token: fresh, result: 'refused' })).toBe('accepted');
    rotation.go();
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
    expect(rotation.say({ kind: 'approve', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(expect.arrayContaining(['revoke', 'mint', 'apply intune tok_next', 'apply jamf tok_next']));
    expect(rotation.say({ ...byHand, token: next, result: 'done' })).toBe('accepted');
    expect(rotation.wait(100 * hour).go()).toContain('retire');
    rotation.check = () => failing;
    expect(rotation.wait(48 * hour).go()).toEqual(['check intune tok_next', 'check jamf tok_next']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots' });
    expect(rotation.state.approval).toBeUndefined();
  });

  it('can not be excluded where a target can not be read any more: its last reading grows old, and the gate stays shut', () => {
    const rotation = new Rotation();
    rotation.go();
    rotation.check = (call) => (only('jamf')(call) ? failing : stored);
    rotation.wait(100 * hour).go();
    expect(rotation.kinds()).toEqual(['stored', 'stored']);
    expect(rotation.state.stage).toBe('gate');
    rotation.check = () => stored;
    expect(rotation.wait(hour).go()).toContain('retire');
  });
});

describe('the old tokens are revoked by what targets show then', () => {
  const atItsEnd = (more: Partial<RotationRequest> = {}) => {
    const rotation = new Rotation(more);
    rotation.go();
    rotation.wait(100 * hour).go();
    expect(rotation.state.stage).toBe('retiring');
    return rotation.wait(48 * hour);
  };
  const checks = ['check intune tok_new', 'check jamf tok_new'];

  it('not by what they showed before a refused revocation was resumed', () => {
    const rotation = atItsEnd();
    rotation.revoke = () => ({ kind: 'refused', reason: 'not-allowed', detail: 'it may not revoke' });
    expect(rotation.go()).toEqual([...checks, 'revoke', 'failed']);
    rotation.revoke = () => revoked;
    rotation.check = (call) => (only('jamf')(call) ? { kind: 'unchanged' } : stored);
    expect(rotation.wait(72 * hour).say({ kind: 'resume', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual([...checks, 'slot-conflict']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots' });
    expect(rotation.say({ kind: 'approve', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(['revoke', 'release-values', 'finished']);
  });

  it('not by what they showed before a pause', () => {
    const rotation = atItsEnd({ watchEveryMinutes: 10_080 });
    expect(rotation.goSaying({ kind: 'pause', ...said })).toEqual(['accepted']);
    rotation.check = (call) => (only('jamf')(call) ? { kind: 'unchanged' } : stored);
    expect(rotation.wait(10 * minute).say({ kind: 'resume', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual([...checks, 'slot-conflict']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots' });
  });

  it('not by what they showed a quarter of an hour ago, and are asked each quarter until they can be read', () => {
    const rotation = atItsEnd({ watchEveryMinutes: 10_080 });
    rotation.revoke = () => ({ kind: 'revoke', reading: { kind: 'refused', reason: 'too-many-devices', detail: '20 devices' } });
    expect(rotation.go()).toEqual([...checks, 'revoke', 'revoke-refused']);
    rotation.revoke = () => revoked;
    rotation.check = (call) => (only('jamf')(call) ? failing : stored);
    expect(rotation.wait(15 * minute).say({ kind: 'approve', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(checks);
    expect(rotation.next).toEqual({ kind: 'wait', for: 'slots', until: rotation.now + 15 * minute });
    rotation.check = () => stored;
    expect(rotation.wait(15 * minute).go()).toEqual([...checks, 'revoke', 'release-values', 'finished']);
  });

  it('and are asked no more often while another one waits for a person', () => {
    const rotation = atItsEnd({ watchEveryMinutes: 10_080 });
    rotation.check = (call) => (only('jamf')(call) ? { kind: 'unchanged' } : stored);
    expect(rotation.go()).toEqual([...checks, 'slot-conflict']);
    expect(rotation.wait(20 * hour).go()).toEqual([]);
    expect(rotation.say({ kind: 'confirm-slot', slot: 'jamf', token: fresh, result: 'done', by: 'op' })).toBe('accepted');
    expect(rotation.go()).toEqual(['check intune tok_new', 'revoke', 'release-values', 'finished']);
  });
});

describe('the way back', () => {
  const back = (rotation: Rotation) => rotation.say({ kind: 'roll-back', ...said });

  it('puts the old value on every target that may hold the new one, reads it there again, and only then revokes', () => {
    const rotation = new Rotation();
    rotation.apply = (call) => (only('jamf')(call) ? 'silence' : { kind: 'stored', receipt });
    rotation.go();
    expect(back(rotation)).toBe('accepted');
    rotation.apply = () => ({ kind: 'stored', receipt });
    expect(rotation.go()).toEqual([
      ...['plan intune tok_old', 'plan jamf tok_old', 'apply intune tok_old', 'apply jamf tok_old'],
    ]);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
    expect(rotation.wait(100 * hour).go()).toEqual([
      ...['check intune tok_old', 'check jamf tok_old', 'release-values', 'revoke', 'rolled-back'],
    ]);
  });

  it('does not end while a target can not be read, or shows the new value again: that may be a write of ours that came late', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.go();
    back(rotation);
    rotation.go();
    rotation.check = () => failing;
    expect(rotation.wait(100 * hour).go()).toEqual(['check intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots-back' });
    rotation.check = () => ({ kind: 'unchanged' });
    expect(rotation.wait(hour).go()).toEqual(['check intune tok_old', 'slot-failing']);
    rotation.check = () => stored;
    expect(rotation.wait(hour).go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
    expect(rotation.wait(100 * hour).go()).toEqual(expect.arrayContaining(['check intune tok_old', 'revoke', 'rolled-back']));
  });

  it('makes good what looks like the value of somebody else, and may be a late write of ours: redeliver delivers and reads again', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.apply = () => 'silence';
    rotation.go();
    back(rotation);
    rotation.apply = () => ({ kind: 'stored', receipt });
    rotation.go();
    rotation.check = () => ({ kind: 'conflict', detail: 'another value stands there' });
    expect(rotation.wait(100 * hour).go()).toEqual(['check intune tok_old', 'slot-conflict']);
    expect(rotation.say({ kind: 'redeliver', slot: 'intune', token: old, ...said })).toBe('accepted');
    rotation.check = () => stored;
    expect(rotation.go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
    expect(rotation.wait(100 * hour).go()).toEqual(['check intune tok_old', 'release-values', 'revoke', 'rolled-back']);
  });

  it('of an old value that a person says is refused, after it was stored, delivers and reads it again', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.go();
    back(rotation);
    rotation.go();
    const refused = { kind: 'confirm-slot', slot: 'intune', token: old, result: 'refused', ...said } as const;
    expect(rotation.wait(hour).say(refused)).toBe('accepted');
    expect(rotation.go()).toEqual(['failed']);
    expect(rotation.wait(200 * hour).say({ kind: 'resume', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
  });

  it.each<[string, Partial<RotationRequest>]>([
    ['without an overlap', { minimumOverlapHours: 0 }],
    ['approved at once', { minimumOverlapHours: 100 }],
  ])('%s still reads each target again when the longest write has ended', (_, more) => {
    const hand = { id: 'hand', mdm: 'x', platform: 'ios', kind: 'person' } as const;
    const rotation = new Rotation({ ...more, slots: [target('intune'), hand] }, 'due');
    rotation.apply = () => 'silence';
    rotation.go();
    back(rotation);
    rotation.apply = () => ({ kind: 'stored', receipt });
    expect(rotation.go()).toEqual(['plan intune tok_old', 'apply intune tok_old', 'open-slot']);
    expect(rotation.say({ kind: 'confirm-slot', slot: 'hand', token: old, result: 'done', by: 'op' })).toBe('accepted');
    const approved = rotation.say({ kind: 'approve', ...said });
    expect(approved).toMatch(more.minimumOverlapHours === 0 ? /the targets are read again at/ : /accepted/);
    expect(rotation.go()).toEqual([]);
    expect(rotation.next).toEqual({ kind: 'wait', for: 'devices-back', until: start + minute });
    rotation.check = () => ({ kind: 'unchanged' });
    expect(rotation.wait(minute).go()).toEqual(['check intune tok_old', 'slot-failing']);
    rotation.check = () => stored;
    expect(rotation.wait(minute).go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'devices-back' });
  });

  it.each<[string, SlotPlan]>([
    ['could not be read', failing],
    ['holds a value of somebody else', { kind: 'conflict', detail: 'another value stands there' }],
  ])('leaves alone a target that was never written to, because it %s', (_, plan) => {
    const rotation = new Rotation();
    rotation.plan = (call) => (only('jamf')(call) ? plan : planned);
    rotation.go();
    back(rotation);
    expect(rotation.go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
    expect(rotation.wait(100 * hour).go()).toEqual(['check intune tok_old', 'release-values', 'revoke', 'rolled-back']);
  });

  it('leaves what somebody else put there, until a person decides', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.go();
    back(rotation);
    rotation.plan = () => ({ kind: 'conflict', detail: 'another value stands there' });
    expect(rotation.go()).toEqual(['plan intune tok_old', 'slot-conflict']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots-back' });
    expect(rotation.say({ kind: 'redeliver', slot: 'intune', token: old, ...said })).toBe('accepted');
    rotation.plan = () => planned;
    expect(rotation.go()).toEqual(['plan intune tok_old', 'apply intune tok_old']);
  });

  it('without an old token never revokes a new one that a target holds: a person takes it out and says so', () => {
    const rotation = new Rotation({ slots: [target('intune')] });
    rotation.replaces = [];
    rotation.go();
    back(rotation);
    expect(rotation.go()).toEqual([]);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'slots-back' });
    const out = { kind: 'confirm-slot', slot: 'intune', token: fresh, result: 'refused', ...said } as const;
    expect(rotation.say(out)).toBe('accepted');
    expect(rotation.go()).toEqual(['release-values', 'revoke', 'rolled-back']);
  });

  describe('held by a word about the old value while the new one is being revoked', () => {
    const word = { kind: 'confirm-slot', slot: 'jamf', token: old, result: 'refused', by: 'op', reason: 'gone' } as const;
    const heldWhileRevoking = (rotation: Rotation): Rotation => {
      for (let waits = 0; rotation.next.kind !== 'revoke'; waits += 1) {
        if (waits > 50) throw new Error(`it does not come to revoke: ${rotation.next.kind}`);
        if (rotation.next.kind === 'wait') rotation.wait(hour);
        else rotation.goSaying();
      }
      expect(rotation.goSaying(word)).toEqual(['accepted']);
      expect([rotation.state.stage, rotation.go()]).toEqual(['held', ['failed']]);
      expect(rotation.say({ kind: 'resume', ...said })).toBe('accepted');
      return rotation;
    };

    it('ends rolled back when it is resumed, and makes no other token', () => {
      const rotation = new Rotation({ minimumOverlapHours: 0 }, 'due');
      rotation.go();
      expect(rotation.say({ kind: 'roll-back', ...said })).toBe('accepted');
      expect(heldWhileRevoking(rotation).go()).toEqual(['rolled-back']);
      expect(rotation.state.stage).toBe('rolled-back');
    });

    it('makes the next token when it is resumed, if its value was refused, and delivers it', () => {
      const rotation = new Rotation({ minimumOverlapHours: 0 }, 'due');
      rotation.apply = ({ slot: { id } }) => (id === 'intune' ? failing : { kind: 'stored', receipt });
      rotation.go();
      const tooLong = {
        kind: 'confirm-slot',
        slot: 'intune',
        token: fresh,
        result: 'refused',
        reason: 'too long',
        by: 'op',
      } as const;
      expect(rotation.say(tooLong)).toBe('accepted');
      rotation.apply = () => ({ kind: 'stored', receipt });
      expect(heldWhileRevoking(rotation).go()).toEqual(
        expect.arrayContaining(['mint', `apply intune ${next}`, `apply jamf ${next}`]),
      );
    });
  });

  describe('without an old token can not be told that the new one was taken out', () => {
    const out = { kind: 'confirm-slot', slot: 'intune', token: fresh, result: 'refused', ...said } as const;
    const done = { kind: 'confirm-slot', slot: 'intune', token: fresh, result: 'done', by: 'op' } as const;
    const beforeItsWrite = () => {
      const rotation = new Rotation({ slots: [target('intune')] });
      rotation.replaces = [];
      rotation.plan = () => ({ ...planned, settlesWithinMs: minute });
      rotation.go();
      return rotation.wait(minute);
    };
    const takenOut = ['release-values', 'revoke', 'rolled-back'];

    it('while it is being written', () => {
      const rotation = beforeItsWrite();
      const heard = rotation.goSaying({ kind: 'roll-back', ...said }, out);
      expect(heard).toEqual([
        'accepted',
        expect.stringMatching(/^intune is being written to: .* when the write has been answered/),
      ]);
      expect(rotation.go()).toEqual([]);
      expect(rotation.say(out)).toBe('accepted');
      expect(rotation.go()).toEqual(takenOut);
    });

    it.each<[string, SlotAnswer | 'silence', number]>([
      ['of which no answer came', 'silence', minute],
      ['that was only taken', { kind: 'accepted', receipt }, minute / 4],
    ])('before a write %s has ended', (_, answer, lasts) => {
      const rotation = beforeItsWrite();
      rotation.apply = () => answer;
      rotation.goSaying({ kind: 'roll-back', ...said });
      expect(rotation.wait(lasts - 1).say(out)).toMatch(/^intune is being written to: .* from 2023-/);
      expect(rotation.wait(1).say(out)).toBe('accepted');
      expect(rotation.go()).toEqual(takenOut);
    });

    it('before a write of which no answer came has ended, also when a person confirmed it since', () => {
      const rotation = beforeItsWrite();
      rotation.apply = () => 'silence';
      rotation.goSaying({ kind: 'roll-back', ...said });
      expect(rotation.say(done)).toBe('accepted');
      expect(rotation.wait(minute - 1).say(out)).toMatch(/^intune is being written to: .* from 2023-/);
      expect(rotation.wait(1).say(out)).toBe('accepted');
    });

    it('before a write that a confirmation overtook has ended', () => {
      const rotation = beforeItsWrite();
      rotation.apply = () => 'silence';
      const heard = rotation.goSaying(done, { kind: 'roll-back', ...said }, out);
      expect(heard).toEqual(['accepted', 'accepted', expect.stringMatching(/^intune is being written to/)]);
      expect(rotation.wait(minute - 1).say(out)).toMatch(/^intune is being written to/);
      expect(rotation.wait(1).say(out)).toBe('accepted');
    });
  });

  it('of a value that a person says was refused still reads a target that was written to', () => {
    const rotation = new Rotation({ slots: [target('intune'), { id: 'hand', mdm: 'x', platform: 'ios', kind: 'person' }] });
    rotation.go();
    const refused = { kind: 'confirm-slot', slot: 'intune', token: fresh, result: 'refused', ...said } as const;
    expect(rotation.say(refused)).toBe('accepted');
    expect(rotation.state.stage).toBe('replacing');
    expect(rotation.go()).toEqual(expect.arrayContaining(['plan intune tok_old', 'apply intune tok_old']));
  });
});

describe('a request with targets', () => {
  it.each<[Partial<RotationRequest>, string]>([
    [{ slots: [{ ...target('a'), platform: 'any' }] }, 'a slot of kind target names its target, and ios or android'],
    [
      { slots: [{ id: 'a', mdm: 'a', platform: 'ios', kind: 'target' }] },
      'a slot of kind target names its target, and ios or android',
    ],
    [{ slots: [{ ...target('a'), kind: 'file' }] }, 'only a slot of kind target names one'],
    [{ slots: [target('a'), { ...target('a'), id: 'b' }] }, 'two slots are the same platform of the same target'],
    [{ segment: { platform: 'android' }, slots: [target('a')] }, 'a target of another platform than the segment'],
  ])('%j: %s', (more, problem) => {
    expect(rotationRequestProblems({ ...request, ...more })).toEqual([problem]);
  });
});
