// Random rotations: answers, failures, commands (also while a call is being made) and time come in any order. A ghost beside the machine
// knows what was said and done outside, and judges every step before it is taken.
import { describe, expect, it } from '@jest/globals';
import { environmentId, type Instant, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import type { TokenId } from './ring.ts';
import type { RotationRequest } from './rotation-ports.ts';
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
  startRotation,
  takeCommand,
} from './rotation.ts';

const hour = 3_600_000;
const old = 'tok_old' as TokenId;
const request: RotationRequest = {
  environment: environmentId('acme'),
  segment: {},
  label: 'winter',
  origin: 'generated',
  slots: [
    { id: 'a', mdm: 'intune', platform: 'ios', kind: 'person' },
    { id: 'b', mdm: 'intune', platform: 'android', kind: 'file' },
  ],
  adoptionShare: 0.95,
  minimumOverlapHours: 10,
  retireForHours: 5,
  watchEveryMinutes: 60,
  remindEveryHours: 24,
  requestedBy: 'op',
  reason: 'yearly',
};

const by = 'op';
const reason = 'because';
type Move =
  | { readonly kind: 'step'; readonly answer: number; readonly meanwhile: readonly Command[] }
  | { readonly kind: 'time'; readonly hours: number }
  | { readonly kind: 'command'; readonly command: Command };
type Command =
  | Exclude<RotationCommand['kind'], 'confirm-slot' | 'redeliver'>
  | { readonly slot: 'a' | 'b'; readonly which: 'old' | 'new'; readonly result: 'done' | 'refused' };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('approve', 'pause', 'resume', 'resume', 'extend') },
  { weight: 1, arbitrary: fc.constant('roll-back') },
  {
    weight: 8,
    arbitrary: fc.record({
      slot: fc.constantFrom('a', 'b'),
      which: fc.constantFrom('new', 'new', 'old'),
      result: fc.constantFrom('done', 'done', 'done', 'refused'),
    }),
  },
);
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('step'), answer: fc.nat(99), meanwhile: fc.array(command, { maxLength: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time'), hours: fc.constantFrom(0.1, 1, 6, 30) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('command'), command }) },
);

class Run {
  state: RotationState;
  now: Instant = instant(1_700_000_000_000);
  readonly calls = new Map<string, { readonly call: string; isAnswered: boolean }>();
  accepted = new Set<TokenId>();
  mayHold = new Set<string>();
  isGateOpen = false;
  opensByItself = true;
  overlapFrom: number | undefined;
  isRetired = false;
  revoking: 'no' | 'unknown' | 'yes' = 'no';
  mints = 0;
  resumes = 0;
  readonly hasOld: boolean;

  constructor(hasOld: boolean) {
    this.hasOld = hasOld;
    this.state = startRotation(request, 'r1', this.now);
  }

  get token(): TokenId | undefined {
    return this.state.minted?.token;
  }

  command(it: Command): void {
    const kind = typeof it === 'string' ? it : 'confirm-slot';
    const given: RotationCommand =
      typeof it === 'string'
        ? it === 'extend'
          ? { kind: it, hours: 3, by, reason }
          : { kind: it, by, reason }
        : {
            kind: 'confirm-slot',
            slot: it.slot,
            token: it.which === 'old' ? old : (this.token ?? old),
            result: it.result,
            by,
            reason,
          };
    const before = this.state;
    const decision = takeCommand(before, given, this.now);
    const isOver = before.stage === 'finished' || before.stage === 'rolled-back';
    if (kind === 'roll-back' && !isOver && before.rollBack === undefined) {
      expect(decision.kind).toBe(this.revoking === 'no' ? 'accepted' : 'refused');
    }
    if (decision.kind === 'refused') {
      expect(decision.refusal).toMatch(/\w/);
      return;
    }
    expect(isOver).toBe(false);
    this.state = decision.state;
    if (kind === 'approve' && (before.stage === 'watching' || before.stage === 'gate')) {
      expect(before.paused).toBe(false);
      expect(before.slots.every(({ state }) => state.kind === 'confirmed')).toBe(true);
      this.isGateOpen = true;
    }
    if (kind === 'resume') this.resumes += 1;
    if (typeof it !== 'string' && it.result === 'done' && this.hasOld && it.which === 'old') this.mayHold.delete(it.slot);
    if (typeof it !== 'string' && it.result === 'refused' && it.which === 'new') this.mayHold.delete(it.slot);
    this.noteOverlap(before);
  }

  noteOverlap(before: RotationState): void {
    // also when a held delivery is resumed whose slots were confirmed meanwhile
    if (before.overlapEndsAt === undefined && this.state.overlapEndsAt !== undefined) this.overlapFrom = this.now;
  }

  /** The laws. */
  judge(step: RotationCall): void {
    expect(this.state.paused).toBe(false);
    if ('step' in step) {
      const call = JSON.stringify(step);
      const known = this.calls.get(step.step);
      expect(known === undefined || (known.call === call && !known.isAnswered)).toBe(true);
      this.calls.set(step.step, { call, isAnswered: false });
    }
    switch (step.kind) {
      case 'open-slot':
        if (step.purpose === 'deliver') {
          expect(this.accepted).toContain(step.token); // M28
          this.mayHold.add(step.slot.id);
        } else expect(step.token).toBe(old);
        break;
      case 'slots':
        throw new Error('no slot of this rotation is a target');
      case 'retire':
        expect(this.isGateOpen).toBe(true);
        this.isRetired = true;
        break;
      case 'revoke':
        if (step.which === 'old') {
          expect(step.tokens).toEqual([old]);
          expect(this.isGateOpen && this.isRetired && this.state.rollBack === undefined).toBe(true);
          this.revoking = 'unknown';
        } else {
          expect(step.tokens).toEqual([this.token]);
          expect(this.revoking).toBe('no');
          expect(this.isRetired).toBe(false);
          if (this.hasOld) expect([...this.mayHold]).toEqual([]);
        }
        break;
      case 'release-values':
        if (step.tokens.includes(old)) expect(this.revoking).toBe('yes');
        else if (this.hasOld) expect([...this.mayHold]).toEqual([]);
        break;
      case 'mint':
        this.mints = Math.max(this.mints, this.state.generation);
        expect(this.mints).toBeLessThanOrEqual(4 + this.resumes);
        break;
      case 'reinstate':
      case 'read-adoption':
      case 'notify':
        break;
    }
  }

  answerTo(step: RotationCall, choice: number): RotationAnswer {
    if (choice < 8) return { kind: 'failed', detail: 'away' };
    if (choice < 13) return { kind: 'refused', reason: 'no', detail: 'never' };
    const pick = <T>(...of: T[]): T => of[choice % of.length]!;
    switch (step.kind) {
      case 'mint':
        return {
          kind: 'minted',
          minted: {
            token: `tok_${this.state.generation}` as TokenId,
            replaces: this.hasOld ? [old] : [],
            confirmedBy: 'acknowledgement',
            validators: 3,
          },
        };
      case 'open-slot':
        return {
          kind: 'slot',
          answer: pick<{ kind: 'awaiting-person' } | { kind: 'delivered' } | { kind: 'refused'; reason: string }>(
            { kind: 'awaiting-person' },
            { kind: 'awaiting-person' },
            { kind: 'delivered' },
            { kind: 'refused', reason: 'too long' },
          ),
        };
      case 'read-adoption':
        return {
          kind: 'adoption',
          reading: pick<Extract<RotationAnswer, { kind: 'adoption' }>['reading']>(
            { kind: 'unknown', why: 'stale' },
            { kind: 'known', devices: 0, onNew: 0 },
            { kind: 'known', devices: 100, onNew: 94 },
            { kind: 'known', devices: 100, onNew: 95 },
          ),
        };
      case 'revoke':
        return {
          kind: 'revoke',
          reading: pick<Extract<RotationAnswer, { kind: 'revoke' }>['reading']>(
            { kind: 'refused', reason: 'too-many-devices', detail: '20 devices' },
            { kind: 'revoked', confirmedBy: 'acknowledgement', validators: 3, waitedMs: 12 },
          ),
        };
      default:
        return { kind: 'done' };
    }
  }

  note(step: RotationCall, answer: RotationAnswer): void {
    const isKnown = answer.kind !== 'failed';
    if (step.kind === 'notify' || (isKnown && answer.kind !== 'refused')) {
      if ('step' in step) this.calls.get(step.step)!.isAnswered = true;
    }
    if (answer.kind === 'minted') this.accepted.add(answer.minted.token);
    if (step.kind === 'open-slot' && answer.kind === 'slot') {
      if (step.purpose === 'deliver' && answer.answer.kind === 'refused' && !this.isConfirmedAlready)
        this.mayHold.delete(step.slot.id);
      if (step.purpose === 'restore' && answer.answer.kind === 'delivered') this.mayHold.delete(step.slot.id);
    }
    if (step.kind === 'reinstate' && answer.kind === 'done') this.isRetired = false;
    if (answer.kind === 'adoption' && this.opensByItself && !this.state.paused && this.overlapFrom !== undefined) {
      const { reading } = answer;
      const isOver = this.now >= this.overlapFrom + request.minimumOverlapHours * hour;
      if (isOver && reading.kind === 'known' && reading.devices > 0 && reading.onNew / reading.devices >= request.adoptionShare) {
        this.isGateOpen = true;
      }
    }
    if (step.kind === 'revoke' && step.which === 'old') {
      if (answer.kind === 'revoke' && answer.reading.kind === 'revoked') this.revoking = 'yes';
      else if (isKnown) this.revoking = 'no';
      if (answer.kind === 'revoke' && answer.reading.kind === 'refused') {
        this.isGateOpen = false;
        this.opensByItself = false;
      }
    }
  }

  /** A person confirmed the slot while the call that opens it was still made. */
  private isConfirmedAlready = false;

  step(choice: number | 'best', meanwhile: readonly Command[]): void {
    const step = nextRotationStep(this.state, this.now);
    expect(rotationStatus(this.state, this.now).sentence).toMatch(/\w/);
    if (step.kind === 'wait') {
      if (step.until !== undefined) expect(step.until).toBeGreaterThan(this.now);
      else expect(step.for).toBe('resume');
      return;
    }
    if (step.kind === 'end') return;
    this.judge(step);
    this.state = beginStep(this.state, step, this.now);
    for (const it of meanwhile) this.command(it);
    const answer = choice === 'best' ? this.bestAnswer(step) : this.answerTo(step, choice);
    const before = this.state;
    this.isConfirmedAlready =
      step.kind === 'open-slot' && before.slots.find(({ slot }) => slot.id === step.slot.id)!.state.kind !== 'opening';
    this.note(step, answer);
    this.state = afterStep(before, step, answer, this.now);
    this.noteOverlap(before);
  }

  bestAnswer(step: RotationCall): RotationAnswer {
    if (step.kind === 'open-slot') return { kind: 'slot', answer: { kind: 'delivered' } };
    if (step.kind === 'read-adoption') return this.answerTo(step, 51);
    return this.answerTo(step, 51);
  }
}

const play = (run: Run, moves: readonly Move[]): void => {
  for (const it of moves) {
    if (it.kind === 'time') run.now = instant(run.now + it.hours * hour);
    else if (it.kind === 'command') run.command(it.command);
    else run.step(it.answer, it.meanwhile);
  }
};
const games = fc.tuple(fc.boolean(), fc.array(move, { maxLength: 120 }));
const runs = 1_500;

describe('a rotation, whatever is answered and commanded and in whichever order', () => {
  it('the request of these laws can be carried out', () => {
    expect(rotationRequestProblems(request)).toEqual([]);
  });

  it('M28, M30: hands out no value before it is accepted, revokes no old token before the gate and no new one that may be on a slot; paused it does nothing; a call keeps its name and arguments', () => {
    fc.assert(
      fc.property(games, ([hasOld, moves]) => play(new Run(hasOld), moves)),
      { numRuns: runs },
    );
  });

  it('ends as soon as the world is well, wherever it stands', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(games, ([hasOld, moves]) => {
        const run = new Run(hasOld);
        play(run, moves);
        for (let i = 0; i < 400 && nextRotationStep(run.state, run.now).kind !== 'end'; i += 1) {
          if (run.state.paused || run.state.stage === 'held') run.command('resume');
          for (const { slot, state } of run.state.slots) {
            if (state.kind === 'awaiting')
              run.command({ slot: slot.id as 'a', which: state.token === old ? 'old' : 'new', result: 'done' });
          }
          if (run.state.stage === 'gate') run.command('approve');
          run.step('best', []);
          run.now = instant(run.now + hour);
        }
        ends.add(run.state.stage);
        expect(nextRotationStep(run.state, run.now)).toEqual({ kind: 'end', outcome: run.state.stage });
      }),
      { numRuns: 500 },
    );
    expect([...ends].sort()).toEqual(['finished', 'rolled-back']);
  });
});
