// Random rotations: answers, failures, commands (also while a call is being made) and time come in any order. A ghost beside the machine
// knows what was said and done outside, and judges every step before it is taken.
import { describe, expect, it } from '@jest/globals';
import { environmentId, type Instant, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import type { CheckFinding, DeliveryReceipt } from './delivery/delivery-ports.ts';
import type { TokenId } from './ring.ts';
import type { RotationRequest, SlotAnswer, SlotCheck, SlotPlan } from './rotation-ports.ts';
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
  type SlotCall,
  type SlotState,
  startRotation,
  takeCommand,
} from './rotation.ts';

const [minute, hour] = [60_000, 3_600_000];
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

const onTarget: RotationRequest = {
  ...request,
  slots: [...request.slots, { id: 'c', mdm: 'jamf', platform: 'ios', kind: 'target', target: 'jamf' }],
};
const receipt: DeliveryReceipt = { at: instant(1_700_000_000_000), rest: 'r', before: ['b'] };
const finding: CheckFinding = { severity: 'error', what: 'permission-missing', detail: 'it may not write' };

const by = 'op';
const reason = 'because';
type Move =
  | { readonly kind: 'step'; readonly answer: number; readonly meanwhile: readonly Command[] }
  | { readonly kind: 'well'; readonly most: number }
  | { readonly kind: 'time'; readonly hours: number }
  | { readonly kind: 'command'; readonly command: Command };
type Command =
  | Exclude<RotationCommand['kind'], 'confirm-slot' | 'redeliver'>
  | { readonly redeliver: 'old' | 'new' }
  | { readonly slot: 'a' | 'b' | 'c'; readonly which: 'old' | 'new'; readonly result: 'done' | 'refused' };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('approve', 'pause', 'resume', 'resume', 'extend') },
  { weight: 1, arbitrary: fc.constant('roll-back') },
  { weight: 2, arbitrary: fc.record({ redeliver: fc.constantFrom('new', 'new', 'old') }) },
  {
    weight: 8,
    arbitrary: fc.record({
      slot: fc.constantFrom('a', 'b', 'c'),
      which: fc.constantFrom('new', 'new', 'old'),
      result: fc.constantFrom('done', 'done', 'done', 'refused'),
    }),
  },
);
const commandOnTarget: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('approve', 'approve', 'pause', 'resume', 'resume') },
  { weight: 1, arbitrary: fc.constant('roll-back') },
  { weight: 2, arbitrary: fc.record({ redeliver: fc.constantFrom('new', 'old') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      slot: fc.constant('c'),
      which: fc.constantFrom('new', 'old'),
      result: fc.constantFrom('done', 'refused', 'refused'),
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

/** Of a target alone, and mostly well: so that many of them come to a revocation. */
const moveOnTarget: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('well' as const), most: fc.constantFrom(1, 2, 6, 6) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      answer: fc.nat(99),
      meanwhile: fc.array(commandOnTarget, { maxLength: 2 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('time' as const), hours: fc.constantFrom(0.001, 0.01, 0.3, 11, 11) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('command' as const), command: commandOnTarget }) },
);

interface World {
  /** A live token from before. */
  readonly hasOld: boolean;
  /** A slot of a target, too; and whether it is looked at first. */
  readonly targets: 'none' | 'not-inspected' | 'inspected' | 'alone';
}

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
  inspections = 0;
  /** Of the target: when its last write of the new value ends, as far as anybody can know. */
  isWriting = false;
  writeLastsUntil = 0;
  /** When it was last read to hold the new value; when the old one was put back there, and last read. */
  newReadAt: number | undefined;
  oldBackAt: number | undefined;
  oldReadAt = 0;
  /** Whose slots a person accepted as they are. */
  approved: TokenId | undefined;
  readonly hasOld: boolean;
  readonly isInspected: boolean;

  constructor({ hasOld, targets }: World) {
    this.hasOld = hasOld;
    this.isInspected = targets === 'inspected' || targets === 'alone';
    const alone = { ...onTarget, slots: onTarget.slots.slice(-1) };
    this.state = startRotation(
      targets === 'none' ? request : targets === 'alone' ? alone : onTarget,
      'r1',
      this.now,
      ...(this.isInspected ? (['due'] as const) : []),
    );
  }

  get token(): TokenId | undefined {
    return this.state.minted?.token;
  }

  get isBusy(): boolean {
    return !['wait', 'end'].includes(nextRotationStep(this.state, this.now).kind);
  }

  given(it: Command): RotationCommand {
    const named = (which: 'old' | 'new') => (which === 'old' ? old : (this.token ?? old));
    if (it === 'extend') return { kind: it, hours: 3, by, reason };
    if (typeof it === 'string') return { kind: it, by, reason };
    if ('redeliver' in it) return { kind: 'redeliver', slot: 'c', token: named(it.redeliver), by, reason };
    return { kind: 'confirm-slot', slot: it.slot, token: named(it.which), result: it.result, by, reason };
  }

  command(it: Command): void {
    const given = this.given(it);
    const { kind } = given;
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
    const isAtGate = before.stage === 'watching' || before.stage === 'gate';
    if (kind === 'approve' && isAtGate) {
      expect(before.paused).toBe(false);
      expect(before.slots.every(({ slot, state }) => state.kind === 'confirmed' || slot.kind === 'target')).toBe(true);
      this.isGateOpen = true;
    }
    // What is stored needs no approval at the gate, and gets none.
    const isAccepted = before.stage === 'retiring' || (isAtGate && this.target?.kind !== 'stored');
    if (kind === 'approve' && isAccepted) this.approved = this.token;
    if (kind === 'resume') this.resumes += 1;
    if (given.kind === 'confirm-slot') this.said(given);
    this.noteOverlap(before);
  }

  /** A person knows what stands there; that a value is refused says nothing of what was written by us, where it can be put back. */
  said({ slot, token, result }: Extract<RotationCommand, { kind: 'confirm-slot' }>): void {
    if (result === 'done' && token === this.token) this.mayHold.add(slot);
    if (result === 'done' && token === old && this.hasOld) {
      this.mayHold.delete(slot);
      if (slot === 'c') this.oldBackAt = undefined;
    }
    if (result === 'refused' && token === old && slot === 'c') this.mayHold.add(slot);
    if (result !== 'refused' || token !== this.token || (slot === 'c' && this.hasOld)) return;
    // Whoever looked while it is written to saw what stood there before.
    if (slot !== 'c' || (!this.isWriting && this.now >= this.writeLastsUntil)) this.mayHold.delete(slot);
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
      case 'inspect':
        // Once, and before everything: it can change nothing that is accepted or handed out.
        expect([this.isInspected, this.inspections, this.calls.size]).toEqual([true, 0, 0]);
        this.inspections += 1;
        break;
      case 'slots':
        for (const call of step.calls) this.judgeCall(call);
        break;
      case 'retire':
        expect(this.isGateOpen).toBe(true);
        this.isRetired = true;
        break;
      case 'revoke':
        if (step.which === 'old') {
          expect(step.tokens).toEqual([old]);
          expect(this.isGateOpen && this.isRetired && this.state.rollBack === undefined).toBe(true);
          if (this.revoking === 'no') this.judgeReading();
          this.revoking = 'unknown';
        } else {
          expect(step.tokens).toEqual([this.token]);
          expect(this.revoking).toBe('no');
          expect(this.isRetired).toBe(false);
          if (this.hasOld) expect([...this.mayHold]).toEqual([]);
          else expect([...this.mayHold]).not.toContain('c');
          // A write of the new value that came late was seen.
          if (this.isInspected && this.oldBackAt !== undefined)
            expect(this.oldReadAt).toBeGreaterThanOrEqual(this.oldBackAt + minute);
        }
        break;
      case 'release-values':
        if (step.tokens.includes(old)) expect(this.revoking).toBe('yes');
        else if (this.hasOld) expect([...this.mayHold]).toEqual([]);
        break;
      case 'mint':
        expect(this.inspections).toBe(this.isInspected ? 1 : 0);
        this.newReadAt = this.oldBackAt = undefined;
        this.mints = Math.max(this.mints, this.state.generation);
        expect(this.mints).toBeLessThanOrEqual(4 + this.resumes);
        break;
      case 'reinstate':
      case 'read-adoption':
      case 'notify':
        break;
    }
  }

  /** The old tokens are revoked by what the target shows then, by what a person says of it, or by what one accepted of this token. */
  judgeReading(): void {
    const target = this.target;
    if (target === undefined || target.kind === 'confirmed' || this.approved === this.token) return;
    expect(this.newReadAt).toBeGreaterThan(this.now - 15 * minute);
  }

  get target(): SlotState | undefined {
    return this.state.slots.find(({ slot }) => slot.kind === 'target')?.state;
  }

  judgeCall(call: SlotCall): void {
    expect(call.slot.id).toBe('c');
    if (call.purpose === 'restore') expect([this.hasOld, call.token]).toEqual([true, old]);
    else expect(this.accepted).toContain(call.token); // M28
    if (call.kind === 'apply' && call.purpose === 'deliver') {
      this.mayHold.add('c');
      this.isWriting = true;
    }
  }

  answerToCall(call: SlotCall, choice: number): RotationAnswer {
    const pick = <T>(...of: T[]): T => of[choice % of.length]!;
    const failing = { kind: 'failing', reason: 'no', detail: 'not now', isFinal: choice % 4 === 3 } as const;
    const conflict = { kind: 'conflict', detail: 'somebody else' } as const;
    switch (call.kind) {
      case 'plan': {
        const planned = { kind: 'planned', revision: 'v1', receipt } as const;
        return {
          kind: 'planned',
          plan: pick<SlotPlan>(
            { ...planned, settlesWithinMs: 0 },
            { ...planned, settlesWithinMs: 120_000 },
            { ...planned, settlesWithinMs: 0 },
            failing,
            { kind: 'awaiting-person' },
            conflict,
          ),
        };
      }
      case 'apply':
        return {
          kind: 'slot',
          answer: pick<SlotAnswer>(
            { kind: 'stored', receipt },
            { kind: 'unknown', receipt },
            { kind: 'stored', receipt },
            { kind: 'accepted', receipt },
            failing,
            conflict,
          ),
        };
      case 'check': {
        const stored: SlotCheck = { kind: 'stored', receipt, coverage: { kind: 'unknown', why: 'no signal' } };
        return {
          kind: 'checked',
          check: pick<SlotCheck>(stored, { kind: 'unchanged' }, stored, { kind: 'not-yet' }, failing, conflict),
        };
      }
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
      case 'inspect': {
        const findings = pick<readonly CheckFinding[]>([], [finding], [{ ...finding, severity: 'warning' }]);
        return { kind: 'slots', answers: [{ kind: 'inspected', findings }] };
      }
      case 'slots':
        return { kind: 'slots', answers: step.calls.map((call) => this.answerToCall(call, choice)) };
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
    if (step.kind === 'slots') {
      for (const [at, call] of step.calls.entries()) {
        if (answer.kind === 'slots') this.noteCall(call, answer.answers[at]!);
        else if (this.isWriting) this.noteWrite(minute);
      }
    }
    if (step.kind === 'reinstate' && answer.kind === 'done') this.isRetired = false;
    if (answer.kind === 'adoption' && this.opensByItself && !this.state.paused && this.overlapFrom !== undefined) {
      const { reading } = answer;
      const isOver = this.now >= this.overlapFrom + request.minimumOverlapHours * hour;
      if (isOver && reading.kind === 'known' && reading.devices > 0 && reading.onNew / reading.devices >= request.adoptionShare) {
        this.isGateOpen = true;
      }
    }
    // What may still stand there is dead.
    if (step.kind === 'revoke' && step.which === 'new' && answer.kind === 'revoke' && answer.reading.kind === 'revoked')
      this.mayHold.clear();
    if (step.kind === 'revoke' && step.which === 'old') {
      if (answer.kind === 'revoke' && answer.reading.kind === 'revoked') this.revoking = 'yes';
      else if (isKnown) this.revoking = 'no';
      if (answer.kind === 'revoke' && answer.reading.kind === 'refused') {
        this.isGateOpen = false;
        this.opensByItself = false;
        this.approved = undefined;
      }
    }
  }

  /** It was answered, or not: until then, and so long after, it may have been written. */
  noteWrite(lastsMs: number): void {
    this.isWriting = false;
    this.mayHold.add('c');
    this.writeLastsUntil = this.now + lastsMs;
  }

  noteCall(call: SlotCall, answer: RotationAnswer): void {
    const { target } = this;
    if (answer.kind === 'planned') {
      const isTaken = target?.kind === 'opening' && call.purpose === 'deliver';
      if (isTaken && answer.plan.kind === 'awaiting-person') this.mayHold.add('c');
      return;
    }
    const found = answer.kind === 'slot' ? answer.answer.kind : answer.kind === 'checked' ? answer.check.kind : 'none';
    if (this.isWriting) this.noteWrite(found === 'accepted' || found === 'unknown' ? minute / 4 : 0);
    // Of a slot of which a person said something meanwhile, an answer says nothing.
    const expected: readonly (SlotState['kind'] | undefined)[] = call.kind === 'apply' ? ['applying'] : ['accepted', 'stored'];
    if (!expected.includes(target?.kind)) return;
    if (call.purpose === 'deliver') {
      if (found === 'stored') this.newReadAt = this.now;
      return;
    }
    // What is not the old value may be the new one, whose write came late.
    if (call.kind === 'check' && (found === 'conflict' || found === 'unchanged')) this.mayHold.add('c');
    if (found !== 'stored') return;
    this.oldReadAt = this.now;
    if (this.mayHold.delete('c')) this.oldBackAt = this.now;
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
    return this.answerTo(step, step.kind === 'slots' ? 54 : 51);
  }
}

const play = (run: Run, moves: readonly Move[]): void => {
  for (const it of moves) {
    if (it.kind === 'time') run.now = instant(run.now + it.hours * hour);
    else if (it.kind === 'command') run.command(it.command);
    else if (it.kind === 'well') for (let steps = 0; steps < it.most && run.isBusy; steps += 1) run.step('best', []);
    else run.step(it.answer, it.meanwhile);
  }
};
const worlds: fc.Arbitrary<World> = fc.record({
  hasOld: fc.boolean(),
  targets: fc.constantFrom('none', 'not-inspected', 'inspected'),
});
const games = fc.tuple(worlds, fc.array(move, { maxLength: 120 }));

/** What people do so that it can go on. */
function help(run: Run): void {
  const { paused, stage, slots } = run.state;
  if (paused || stage === 'held') run.command('resume');
  for (const { slot, state, mayHoldNew } of slots) {
    const which = 'token' in state && state.token === old ? 'old' : 'new';
    const isOnTheWayBack = stage === 'rolling-back' || stage === 'replacing';
    if (isOnTheWayBack && !run.hasOld && slot.id === 'c' && mayHoldNew)
      run.command({ slot: 'c', which: 'new', result: 'refused' });
    else if (state.kind === 'awaiting') run.command({ slot: slot.id as 'a', which, result: 'done' });
    else if (state.kind === 'failing' && state.isConflict) run.command({ redeliver: which });
    else if (state.kind === 'failing') run.command('resume');
  }
  if (stage === 'gate') run.command('approve');
}

const runs = 1_500;

describe('a rotation, whatever is answered and commanded and in whichever order', () => {
  it('the request of these laws can be carried out', () => {
    expect(rotationRequestProblems(request)).toEqual([]);
  });

  it('M28, M30: hands out no value before it is accepted, revokes no old token before the gate and no new one that may be on a slot; paused it does nothing; a call keeps its name and arguments', () => {
    fc.assert(
      fc.property(games, ([world, moves]) => play(new Run(world), moves)),
      { numRuns: runs },
    );
  });

  it('the same of a target alone, which also decides by what was read there a moment ago, after what may have been written', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(moveOnTarget, { minLength: 30, maxLength: 50, size: 'max' }), (hasOld, moves) =>
        // The first value of all is the one that only a person can take out: also while it is written.
        play(
          new Run({ hasOld, targets: 'alone' }),
          hasOld ? [{ kind: 'well', most: 6 }, ...moves] : [{ kind: 'well', most: 3 }, ...moves],
        ),
      ),
      { numRuns: 500 },
    );
  });

  it('ends as soon as the world is well, wherever it stands', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(games, ([world, moves]) => {
        const run = new Run(world);
        play(run, moves);
        for (let i = 0; i < 400 && nextRotationStep(run.state, run.now).kind !== 'end'; i += 1) {
          help(run);
          for (let steps = 0; steps < 8 && run.isBusy; steps += 1) run.step('best', []);
          run.now = instant(run.now + hour);
        }
        ends.add(run.state.stage);
        expect(nextRotationStep(run.state, run.now)).toEqual({ kind: 'end', outcome: run.state.stage });
      }),
      { numRuns: 500 },
    );
    expect([...ends].sort()).toEqual(['finished', 'rolled-back']);
  });

  it('after a look at its targets is the rotation that it would have been without one, whatever was found and said meanwhile', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(99), fc.array(command, { maxLength: 4 }), (hasOld, choice, meanwhile) => {
        const inspected = new Run({ hasOld, targets: 'inspected' });
        const plain = new Run({ hasOld, targets: 'not-inspected' });
        inspected.step(choice, meanwhile);
        for (const it of meanwhile) plain.command(it);
        const { inspection, notices, slots, ...rest } = inspected.state;
        expect(inspection).toBe('done');
        expect({
          ...rest,
          notices: notices.filter(({ what }) => what !== 'target-warnings'),
          slots: slots.map(({ findings: _findings, ...progress }) => progress),
        }).toEqual(plain.state);
      }),
    );
  });
});
