import { describe, expect, it } from '@jest/globals';
import { environmentId, type Instant, instant } from '@tallystick/kernel-core';
import type { TokenId } from './ring.ts';
import type { AdoptionReading, RotationRequest } from './rotation-ports.ts';
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
  startRotation,
  takeCommand,
} from './rotation.ts';

const hour = 3_600_000;
const start = instant(1_700_000_000_000);
const [old, fresh] = ['tok_old', 'tok_new'] as [TokenId, TokenId];
const request: RotationRequest = {
  environment: environmentId('acme'),
  segment: { platform: 'ios' },
  label: 'winter',
  origin: 'generated',
  slots: [{ id: 'intune', mdm: 'intune', platform: 'ios', kind: 'person' }],
  adoptionShare: 0.95,
  minimumOverlapHours: 100,
  retireForHours: 48,
  watchEveryMinutes: 60,
  remindEveryHours: 24,
  requestedBy: 'op',
  reason: 'yearly',
};
const said = { by: 'op', reason: 'because' };
const confirm: RotationCommand = { kind: 'confirm-slot', by: 'op', slot: 'intune', token: fresh, result: 'done' };
const known = (devices: number, onNew: number): AdoptionReading => ({ kind: 'known', devices, onNew });

class Rotation {
  state: RotationState = startRotation(request, 'r1', start);
  now: Instant = start;
  reading: AdoptionReading = known(100, 50);
  replaces: readonly TokenId[] = [old];

  get next(): RotationStep {
    return nextRotationStep(this.state, this.now);
  }
  answer(answer: RotationAnswer): RotationStep {
    const step = this.next as RotationCall;
    this.state = afterStep(beginStep(this.state, step, this.now), step, answer, this.now);
    return step;
  }
  /** Everything that can be done now; the kinds of what was done. */
  go(): readonly string[] {
    const done: string[] = [];
    for (let step = this.next; step.kind !== 'wait' && step.kind !== 'end'; step = this.next) {
      this.answer(this.usual(step));
      done.push(step.kind === 'notify' ? step.what : 'step' in step ? step.step : step.kind);
    }
    return done;
  }
  usual(step: RotationCall): RotationAnswer {
    const minted = { token: fresh, replaces: this.replaces, confirmedBy: 'acknowledgement', validators: 3 } as const;
    if (step.kind === 'mint') return { kind: 'minted', minted };
    if (step.kind === 'open-slot') return { kind: 'slot', answer: { kind: 'awaiting-person' } };
    if (step.kind === 'read-adoption') return { kind: 'adoption', reading: this.reading };
    if (step.kind === 'revoke') {
      return { kind: 'revoke', reading: { kind: 'revoked', confirmedBy: 'lease', validators: 3, waitedMs: 12 } };
    }
    return { kind: 'done' };
  }
  wait(hours: number): this {
    this.now = instant(this.now + hours * hour);
    return this;
  }
  say(command: RotationCommand): string {
    const decision = takeCommand(this.state, command, this.now);
    if (decision.kind === 'refused') return decision.refusal;
    this.state = decision.state;
    return 'accepted';
  }
  watching(): this {
    this.go();
    expect(this.say(confirm)).toBe('accepted');
    this.go();
    return this;
  }
}

describe('the steps of a rotation', () => {
  it('M28: mint, deliver, watch, retire, revoke, release, in this order', () => {
    const rotation = new Rotation();
    expect(rotation.go()).toEqual(['mint-1', 'open-intune-1-tok_new', 'read-adoption']);
    expect(rotation.next).toEqual({ kind: 'wait', for: 'slots', until: start + hour });
    expect(rotation.say(confirm)).toBe('accepted');
    rotation.reading = known(100, 95);
    expect(rotation.wait(99).go()).toEqual(['read-adoption', 'adoption-reminder']);
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'overlap', until: start + 100 * hour });
    expect(rotation.wait(1).go()).toEqual(['read-adoption', 'retire-1']);
    expect(rotation.wait(47).go()).toEqual(['read-adoption']);
    expect(rotation.wait(1).go()).toEqual(['revoke-old-1', 'release-old', 'finished']);
    expect(rotation.next).toEqual({ kind: 'end', outcome: 'finished' });
  });

  it('figures from before the end of the overlap do not open the gate, nor figures without a device', () => {
    const rotation = new Rotation().watching();
    rotation.reading = known(0, 0);
    expect(rotation.wait(100).go()).toContain('gate-waits-for-approval');
    expect(rotation.state.stage).toBe('gate');
    expect(rotationStatus(rotation.state, rotation.now).sentence).toBe(
      'adoption is unknown: no device was seen with an old or the new token',
    );
    rotation.reading = known(20, 19);
    expect(rotation.wait(1).go()).toEqual(['read-adoption', 'retire-1']);
  });

  it("a segment's first token has nothing to replace: after the gate it is finished", () => {
    const rotation = new Rotation();
    rotation.replaces = [];
    rotation.watching().reading = known(10, 10);
    expect(rotation.wait(100).go()).toEqual(['read-adoption', 'finished']);
  });

  it('a notice that can not be told keeps nothing from going on', () => {
    const rotation = new Rotation().watching();
    rotation.wait(100).answer({ kind: 'adoption', reading: known(100, 1) });
    expect(rotation.next).toMatchObject({ kind: 'notify', what: 'gate-waits-for-approval' });
    rotation.answer({ kind: 'failed', detail: 'away' });
    expect(rotation.next).toMatchObject({ kind: 'wait', for: 'adoption-or-approval' });
  });

  it('a failed call is made again with the same name after 10 s, 20 s … 10 min', () => {
    const rotation = new Rotation();
    const waits: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const step = rotation.next;
      if (step.kind === 'notify') rotation.answer({ kind: 'done' });
      else expect(rotation.answer({ kind: 'failed', detail: 'away' })).toEqual({ kind: 'mint', step: 'mint-1' });
      const wait = rotation.next;
      if (wait.kind !== 'wait') continue;
      waits.push((wait.until! - rotation.now) / 1_000);
      rotation.now = wait.until!;
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600]);
  });
});

describe('commands', () => {
  it('a late word about one value is not taken for one about the other', () => {
    const rotation = new Rotation().watching();
    expect(rotation.say({ kind: 'roll-back', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(['open-intune-2-tok_old']);
    expect(rotation.say(confirm)).toBe('intune is about tok_old, not about tok_new');
    expect(rotation.say({ ...confirm, token: old })).toBe('accepted');
    expect(rotation.next).toEqual({ kind: 'wait', for: 'devices-back', until: rotation.now + 100 * hour });
    expect(rotation.say({ kind: 'approve', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(['release-new-1', 'revoke-new-1-1-back', 'rolled-back']);
  });

  it('roll-back is refused from the moment a revocation was begun, unless it is known to have had no effect', () => {
    const rotation = new Rotation().watching();
    rotation.say({ kind: 'approve', ...said });
    rotation.go();
    rotation.wait(48);
    rotation.answer({ kind: 'failed', detail: 'no worker answered in time' });
    expect(rotation.say({ kind: 'roll-back', ...said })).toBe('the old tokens are being revoked: wait for the outcome');
    rotation.wait(1).answer({ kind: 'revoke', reading: { kind: 'refused', reason: 'too-many-devices', detail: '9 devices' } });
    expect(rotation.state.stage).toBe('gate');
    expect(rotation.say({ kind: 'roll-back', ...said })).toBe('accepted');
    expect(rotation.go()).toEqual(['revoke-refused', 'reinstate-1', 'open-intune-2-tok_old']);
  });

  it('extend counts from now when the time was over, and leads from the gate back to watching', () => {
    const rotation = new Rotation().watching();
    expect(rotation.say({ kind: 'extend', hours: 10, ...said })).toBe('accepted');
    expect(rotation.state.overlapEndsAt).toBe(start + 110 * hour);
    rotation.wait(200).go();
    expect(rotation.state.stage).toBe('gate');
    expect(rotation.say({ kind: 'extend', hours: 10, ...said })).toBe('accepted');
    expect(rotation.state).toMatchObject({ stage: 'watching', overlapEndsAt: rotation.now + 10 * hour });
    expect(rotation.say({ kind: 'extend', hours: Number.NaN, ...said })).toBe(
      'it is extended by more than 0 and at most 8760 hours',
    );
  });

  it('a command about another rotation of the segment is not taken, nor is a repeated one done twice', () => {
    const rotation = new Rotation().watching();
    const extend = { kind: 'extend', hours: 10, ...said, rotation: 'r1', id: 'one' } as const;
    expect(rotation.say({ ...extend, rotation: 'r0' })).toMatch(/^it was said of another rotation/);
    expect(rotation.say(extend)).toBe('accepted');
    expect(rotation.state.overlapEndsAt).toBe(start + 110 * hour);
    const again = rotation.state;
    expect([rotation.say(extend), rotation.state]).toEqual(['accepted', again]);
    expect(rotation.say({ ...extend, id: 'two' })).toBe('accepted');
    expect(rotation.state.overlapEndsAt).toBe(start + 120 * hour);
    expect(rotation.say({ kind: 'pause', ...said, id: 'three' })).toBe('accepted');
    expect(rotation.say({ kind: 'pause', ...said, id: 'three' })).toBe('accepted');
    expect(rotation.say({ kind: 'pause', ...said, id: 'four' })).toBe('the rotation is paused already');
  });

  it('the newest commands are remembered, so that what it carries stays small', () => {
    const rotation = new Rotation().watching();
    for (let n = 0; n < 60; n += 1) rotation.say({ kind: 'extend', hours: 1, ...said, id: `id-${n}` });
    expect([rotation.state.taken?.length, rotation.state.taken?.at(-1)]).toEqual([50, 'id-59']);
  });

  it('is held, with the old token as it was, when the new one was revoked in the meantime', () => {
    const rotation = new Rotation().watching();
    rotation.say({ kind: 'approve', ...said });
    rotation.go();
    rotation.wait(48);
    expect(rotation.next).toMatchObject({ kind: 'revoke', which: 'old', tokens: [old], successor: fresh });
    rotation.answer({ kind: 'refused', reason: 'successor-not-accepted', detail: 'not accepted' });
    expect(rotation.state).toMatchObject({ stage: 'held', revocation: 'none', held: { reason: 'successor-not-accepted' } });
    expect(rotation.say({ kind: 'roll-back', ...said })).toBe('accepted');
    expect(rotation.go()).toContain('reinstate-1');
  });

  const wrong: readonly [string, (rotation: Rotation) => unknown, RotationCommand, string][] = [
    ['approve too early', (it) => it.go(), { kind: 'approve', ...said }, 'not every slot is stored or confirmed: intune'],
    [
      'approve a paused one',
      (it) => it.watching().say({ kind: 'pause', ...said }),
      { kind: 'approve', ...said },
      'the rotation is paused: resume it first',
    ],
    [
      'resume a running one',
      () => undefined,
      { kind: 'resume', ...said },
      'the rotation is neither paused nor held, and no target fails: it is minting',
    ],
    ['pause twice', (it) => it.say({ kind: 'pause', ...said }), { kind: 'pause', ...said }, 'the rotation is paused already'],
    ['no reason', () => undefined, { kind: 'pause', by: 'op', reason: ' ' }, 'a reason is needed'],
    ['an unknown slot', (it) => it.go(), { ...confirm, slot: 'jamf' }, 'there is no slot jamf: the slots are intune'],
    ['a slot that is not open', () => undefined, confirm, 'nothing was delivered to intune yet'],
    ['refused without why', (it) => it.go(), { ...confirm, result: 'refused' }, 'say why it was refused'],
    [
      'anything after the end',
      (it) => it.say({ kind: 'roll-back', ...said }),
      { kind: 'pause', ...said },
      'the rotation is over: it is rolled-back',
    ],
  ];
  it.each(wrong)('%s: refused with a sentence', (_, prepare, command, sentence) => {
    const rotation = new Rotation();
    prepare(rotation);
    const before = rotation.state;
    expect(rotation.say(command)).toBe(sentence);
    expect(rotation.state).toBe(before);
  });
});

describe('a request', () => {
  const [slot] = request.slots;
  const senseless: readonly [Partial<RotationRequest>, string][] = [
    [{ slots: [] }, 'a rotation delivers to 1 to 50 slots'],
    [{ slots: [slot!, slot!] }, 'two slots have the same id'],
    [{ slots: [{ ...slot!, id: 'a b' }] }, 'a slot id has 1 to 64 letters, digits and "-"'],
    [{ adoptionShare: 0 }, 'the share of devices that opens the gate is above 0 and at most 1'],
    [{ minimumOverlapHours: Number.NaN }, 'the overlap is 0 to 8760 hours'],
    [{ watchEveryMinutes: 0 }, 'figures are read at least once a week, and not without a pause'],
    [{ expiresAfterDays: 6 }, 'the new token would expire before the old ones are revoked'],
  ];
  it.each(senseless)('%j: %s', (more, sentence) => {
    expect(rotationRequestProblems({ ...request, ...more })).toEqual([sentence]);
  });
});
