import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import type { CheckFinding, DeliveryReceipt } from './delivery/delivery-ports.ts';
import type { TokenId } from './ring.ts';
import type { DeliverySlot, RotationRequest } from './rotation-ports.ts';
import {
  afterStep,
  beginStep,
  briefFindings,
  briefStatus,
  nextRotationStep,
  type RotationAnswer,
  type RotationCall,
  type RotationCommand,
  type RotationState,
  rotationStatus,
  startRotation,
  takeCommand,
} from './rotation.ts';

const now = instant(1_700_000_000_000);
const fresh = 'tok_new' as TokenId;
const target = (id: string): DeliverySlot => ({ id, mdm: id, platform: 'ios', kind: 'target', target: id });
const request: RotationRequest = {
  environment: environmentId('acme'),
  segment: {},
  label: 'winter',
  origin: 'generated',
  slots: [target('intune'), { id: 'hand', mdm: 'x', platform: 'any', kind: 'person' }, target('jamf')],
  adoptionShare: 0.95,
  minimumOverlapHours: 100,
  retireForHours: 48,
  watchEveryMinutes: 60,
  remindEveryHours: 1_000,
  requestedBy: 'op',
  reason: 'yearly',
};
const receipt: DeliveryReceipt = { at: now, rest: 'r', before: ['b'] };
const near: CheckFinding = { severity: 'warning', what: 'near-miss-key', detail: 'a key is almost the right one' };
const denied: CheckFinding = { severity: 'error', what: 'permission-missing', detail: 'it may not write policies' };
const found = (...findings: CheckFinding[]): RotationAnswer => ({ kind: 'inspected', findings });
const looked = (...answers: RotationAnswer[]): RotationAnswer => ({ kind: 'slots', answers });
const minted: RotationAnswer = {
  kind: 'minted',
  minted: { token: fresh, replaces: [], confirmedBy: 'acknowledgement', validators: 3 },
};

const begun = (more: Partial<RotationRequest> = {}) => startRotation({ ...request, ...more }, 'r1', now, 'due');
const next = (state: RotationState) => nextRotationStep(state, now);
const answered = (state: RotationState, answer: RotationAnswer) => {
  const step = next(state) as RotationCall;
  return afterStep(beginStep(state, step, now), step, answer, now);
};
const saying = (state: RotationState, kind: 'pause' | 'resume' | 'roll-back'): RotationState => {
  const command: RotationCommand = { kind, by: 'op', reason: 'because' };
  const decision = takeCommand(state, command, now);
  if (decision.kind === 'refused') throw new Error(decision.refusal);
  return decision.state;
};
const shown = (state: RotationState) => rotationStatus(state, now).slots.map(({ findings }) => findings);

describe('before it makes a token, a rotation', () => {
  it('looks at all its targets side by side, and at no slot of a person; before that was known of, it did not', () => {
    expect(next(begun())).toEqual({ kind: 'inspect', slots: [target('intune'), target('jamf')] });
    expect(rotationStatus(begun(), now).sentence).toMatch(/targets are looked at/);
    expect(next(startRotation(request, 'r1', now))).toMatchObject({ kind: 'mint' });
    expect(next(begun({ slots: [request.slots[1]!] }))).toMatchObject({ kind: 'mint' });
  });

  it('tells what was found, errors first, then makes the token all the same', () => {
    const state = answered(begun(), looked(found(near), found(denied)));
    expect(next(state)).toEqual({
      kind: 'notify',
      step: 'notify-1',
      what: 'target-warnings',
      detail: 'jamf: it may not write policies (error); intune: a key is almost the right one (warning)',
      isReminder: false,
    });
    expect(shown(state)).toEqual([[near], undefined, [denied]]);
    expect(next(answered(state, { kind: 'done' }))).toEqual({ kind: 'mint', step: 'mint-1' });
  });

  it('shows what is the nature of a target, and tells nobody of it', () => {
    const nature: CheckFinding = { severity: 'warning', what: 'other-keys', detail: 'keys that nobody listed are lost' };
    const state = answered(begun(), looked(found(nature), found()));
    expect(shown(state)).toEqual([[nature], undefined, undefined]);
    expect(next(state)).toMatchObject({ kind: 'mint' });
  });

  it('says nothing where nothing stands against a delivery', () => {
    const state = answered(begun(), looked(found(), found()));
    expect(next(state)).toMatchObject({ kind: 'mint' });
    expect(shown(state)).toEqual([undefined, undefined, undefined]);
  });

  it.each<[string, RotationAnswer, string]>([
    ['whose worker is gone', { kind: 'failed', detail: 'no worker answered in time' }, 'not-reachable'],
    ['that is refused', { kind: 'refused', reason: 'not-found', detail: 'there is no such target' }, 'unreadable'],
  ])('is warned of a look %s, holds nothing for it, and hears of the other target', (_, answer, what) => {
    const state = answered(begun(), looked(answer, found(denied)));
    const detail = expect.stringMatching(/^it could not be looked at before the token was made: (no worker|there is)/) as unknown;
    expect(shown(state)).toEqual([[{ severity: 'warning', what, detail }], undefined, [denied]]);
    expect(next(answered(state, { kind: 'done' }))).toMatchObject({ kind: 'mint' });
  });

  it('is warned of each target when no look was answered', () => {
    const state = answered(begun(), { kind: 'failed', detail: 'away' });
    expect(shown(state).map((findings) => findings?.length)).toEqual([1, undefined, 1]);
    expect([state.stage, state.trouble]).toEqual(['minting', undefined]);
  });

  it('rolled back while it looks, ends there: no token was made, and nothing is left to warn of', () => {
    const step = next(begun()) as RotationCall;
    const back = saying(beginStep(begun(), step, now), 'roll-back');
    const state = afterStep(back, step, looked(found(denied), found()), now);
    expect(next(state)).toMatchObject({ kind: 'notify', what: 'rolled-back' });
    expect(next(answered(state, { kind: 'done' }))).toEqual({ kind: 'end', outcome: 'rolled-back' });
  });

  it('paused while it looks, tells and makes nothing before it is resumed', () => {
    const step = next(begun()) as RotationCall;
    const paused = afterStep(saying(beginStep(begun(), step, now), 'pause'), step, looked(found(denied), found()), now);
    expect(next(paused)).toEqual({ kind: 'wait', for: 'resume' });
    expect(next(saying(paused, 'resume'))).toMatchObject({ kind: 'notify', what: 'target-warnings' });
  });
});

describe('what was found at a target', () => {
  it('is shown until the target stores the token', () => {
    let state = answered(begun({ slots: [target('intune'), target('jamf')] }), looked(found(near), found(denied)));
    state = answered(answered(state, { kind: 'done' }), minted);
    const planned: RotationAnswer = {
      kind: 'planned',
      plan: { kind: 'planned', revision: 'v1', receipt, settlesWithinMs: 0 },
    };
    state = answered(state, looked(planned, planned));
    const stored: RotationAnswer = { kind: 'slot', answer: { kind: 'stored', receipt } };
    const taken: RotationAnswer = { kind: 'slot', answer: { kind: 'accepted', receipt } };
    state = answered(state, looked(stored, taken));
    expect(shown(state)).toEqual([undefined, [denied]]);
  });

  it('is kept in short: errors first, 20 sentences, 500 characters each on one line, no half of a pair', () => {
    const long = { ...near, detail: `${'x'.repeat(498)}\u{1f511}  and more` };
    const findings = briefFindings([...Array.from({ length: 30 }, () => long), { ...denied, detail: ' two\nlines\ud83d ' }]);
    expect(findings).toHaveLength(20);
    expect(findings[0]).toEqual({ ...denied, detail: 'two lines' });
    expect(findings[1]!.detail).toBe(`${'x'.repeat(498)}…`);
  });

  it('is told in so many characters as a notice has, and how much is left out', () => {
    const slots = Array.from({ length: 50 }, (_, at) => target(`mdm-${at}`));
    const answers = slots.map((_, at) => found(at === 49 ? denied : { ...near, detail: 'y'.repeat(300) }));
    const step = next(answered(begun({ slots }), looked(...answers)));
    if (step.kind !== 'notify') throw new Error('expected it to be told');
    expect(step.detail.length).toBeLessThanOrEqual(1_000);
    expect(step.detail).toMatch(
      /^mdm-49: it may not write policies \(error\); mdm-0: y+ \(warning\); .*; and 47 more, see the status$/,
    );
  });
});

describe('a status as it is kept at each step', () => {
  it('has a hundred findings in all, those of the first slots, and is the same else', () => {
    const status = rotationStatus(startRotation(request, 'r', now, 'due'), now);
    const slots = ['a', 'b', 'c'].map((id) => ({ ...status.slots[0]!, id, findings: Array.from({ length: 60 }, () => near) }));
    const brief = briefStatus({ ...status, slots });
    expect(brief.slots.map(({ findings }) => findings?.length)).toEqual([60, 40, undefined]);
    expect({ ...brief, slots: [] }).toEqual({ ...status, slots: [] });
    expect(briefStatus(status)).toEqual(status);
  });
});
