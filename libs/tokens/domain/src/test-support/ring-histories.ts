import { type Instant, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import type { Adoption } from '../adoption.ts';
import { nextRing } from '../next-ring.ts';
import { defaultRingSettings, type ProposalId, requirementModes, type Ring, type RingSettings, type TokenId } from '../ring.ts';
import type { RingChangeCommand, RingCommand, RingContext, RingDecision } from '../ring-command.ts';
import type { SiblingRules } from '../sibling-requirements.ts';
import type { SightedGroup } from '../sighting-ports.ts';
import { environment, fresh, group, hours, known, now, unknown } from './ring-builders.ts';

const hourMs = 3_600_000;

/** Plain numbers and words, so that a failure shrinks; what they mean depends on the ring that they meet. */
export interface Draw {
  readonly kind: RingCommand['kind'];
  readonly actor: 'ann' | 'bob' | 'cid';
  readonly tokens: readonly number[];
  readonly mode: (typeof requirementModes)[number];
  /** Hours from the moment of the command; undefined: left out. */
  readonly date: number | undefined;
  readonly otherDate: number | null | undefined;
  readonly isForced: boolean;
  readonly isEnforcing: boolean;
  readonly rules: SiblingRules;
  readonly settings: RingSettings;
  readonly addsFresh: boolean;
  readonly keepValue: boolean;
  readonly site: string | undefined;
  /** Few values, so that duplicates are tried; fewer than a command may need, so that they run out. */
  readonly values: readonly number[];
  readonly isOwn: boolean;
  readonly adoption: readonly { readonly on: number; readonly devices: number; readonly met: boolean | undefined }[] | undefined;
  readonly advanceHours: number;
}

const rules: fc.Arbitrary<SiblingRules> = fc.constantFrom<SiblingRules>(
  {},
  { deviceLock: true },
  { deviceLock: true, biometrics: true },
  { minimumOsVersion: { ios: '17' } },
);
export const settings: fc.Arbitrary<RingSettings> = fc.record({
  compatibility: fc.constantFrom('safe' as const, 'safe' as const, 'reference' as const),
  twoPeople: fc.boolean(),
  readableValues: fc.boolean(),
  guards: fc.record({
    windowDays: fc.constant(14),
    refusedShare: fc.constantFrom(0, 0.02, 0.2),
    minimumObservationHours: fc.constant(24),
    staleAfterHours: fc.constant(24),
    noticeHours: fc.constantFrom(0, 12),
  }),
});
const dates = [-30, -1, 0, 0.5, 5, 12, 12.5, 40];
export const adoption = fc.option(
  fc.array(
    fc.record({
      on: fc.integer({ min: -2, max: 5 }),
      devices: fc.constantFrom(1, 1, 10, 100),
      met: fc.constantFrom(undefined, true, false),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  { nil: undefined, freq: 8 },
);

const kinds: readonly RingCommand['kind'][] = [
  ...(['add-token', 'add-token', 'add-token', 'set-requirement', 'set-requirement', 'edit-token', 'edit-token'] as const),
  ...(['revoke-tokens', 'revoke-tokens', 'replace-value', 'revoke-others', 'report-leak', 'replace-all', 'clear'] as const),
  ...(['retire-tokens', 'reinstate-tokens', 'release-values', 'set-siblings', 'set-siblings', 'change-settings'] as const),
  ...(['approve', 'approve', 'approve', 'withdraw'] as const),
];

export const draw: fc.Arbitrary<Draw> = fc.record({
  kind: fc.constantFrom(...kinds),
  actor: fc.constantFrom('ann' as const, 'bob' as const, 'cid' as const),
  tokens: fc.array(fc.nat(7), { minLength: 1, maxLength: 3 }),
  mode: fc.constantFrom(...requirementModes),
  date: fc.option(fc.constantFrom(...dates), { nil: undefined }),
  otherDate: fc.constantFrom(undefined, null, ...dates),
  isForced: fc.boolean(),
  isEnforcing: fc.boolean(),
  rules,
  settings,
  addsFresh: fc.boolean(),
  keepValue: fc.boolean(),
  site: fc.constantFrom(undefined, undefined, 'x'),
  values: fc.array(fc.nat(60), { maxLength: 3 }),
  isOwn: fc.boolean(),
  adoption,
  advanceHours: fc.constantFrom(0, 0, 0, 1, 13, 25),
});

/** Only `cid` has not the role for force. */
export const mayForce = (actor: string): boolean => actor !== 'cid';

export function commandOf(drawn: Draw, ring: Ring | undefined, at: Instant): RingCommand {
  const known = ring?.tokens ?? [];
  const tokens = drawn.tokens.map((number) => (known[number % Math.max(known.length, 1)]?.id ?? 'tok_nobody') as TokenId);
  const [token = 'tok_nobody' as TokenId] = tokens;
  const later = (count: number): Instant => instant(at + count * hourMs);
  const force = drawn.isForced ? { force: { reason: 'forced' } } : {};
  const effectiveAt = drawn.date === undefined ? {} : { effectiveAt: later(drawn.date) };
  const own = {
    ...(drawn.date === undefined ? {} : { notBefore: later(drawn.date) }),
    ...(drawn.otherDate === undefined || drawn.otherDate === null ? {} : { expiresAt: later(drawn.otherDate) }),
  };
  const segment = drawn.site === undefined ? {} : { site: drawn.site };
  const reason = 'a reason';
  const { kind, mode } = drawn;
  switch (kind) {
    case 'approve':
    case 'withdraw':
      return {
        kind,
        proposal: ring?.proposals[drawn.tokens[0]! % Math.max(ring.proposals.length, 1)]?.id ?? ('prp_none' as ProposalId),
      };
    case 'set-requirement':
      return { kind, mode, ...effectiveAt, ...force };
    case 'set-siblings':
      return { kind, mode: drawn.isEnforcing ? 'enforce' : 'observe', rules: drawn.rules, ...force };
    case 'change-settings':
      return { kind, settings: drawn.settings, ...force };
    case 'add-token':
      return { kind, label: 'added', segment, ...own, keepValue: drawn.keepValue };
    case 'edit-token': {
      const expiresAt =
        drawn.otherDate === undefined ? {} : { expiresAt: drawn.otherDate === null ? null : later(drawn.otherDate) };
      const notBefore = drawn.date === undefined ? {} : { notBefore: later(drawn.date) };
      return { kind, token, segment, ...notBefore, ...expiresAt, ...force };
    }
    case 'replace-value':
      return { kind, token, reason, ...force };
    case 'retire-tokens':
    case 'reinstate-tokens':
    case 'release-values':
      return { kind, tokens };
    case 'revoke-tokens':
      return { kind, tokens, reason, ...force };
    case 'revoke-others':
      return { kind, keep: token, reason, ...force };
    case 'report-leak':
      return { kind, token, source: 'a scan' };
    case 'replace-all': {
      const entries = [...new Set(tokens)].map((keep) => ({ keep }));
      return {
        kind,
        mode,
        ...effectiveAt,
        rules: drawn.rules,
        tokens: drawn.addsFresh ? [...entries, { fresh: 0 }] : entries,
        reason,
        ...force,
      };
    }
    case 'clear':
      return { kind, reason, ...force };
  }
}

/** Groups over the tokens that the ring has; -1: nothing, -2: unknown. Their rules were those of the ring. */
export function adoptionOf(drawn: Draw['adoption'], ring: Ring | undefined): Adoption {
  if (!drawn) return unknown;
  const tokens = ring?.tokens ?? [];
  const revision = ring?.siblings.revision ?? 0;
  const groups = drawn.map(({ on, devices, met }): SightedGroup => {
    const presented =
      on === -1 || tokens.length === 0 ? 'nothing' : on === -2 ? 'unknown' : tokens[on % tokens.length]!.id.slice(4);
    return group(presented, devices, met === undefined ? undefined : { revision, met });
  });
  return known(groups);
}

/** Each step has names of its own, so that ids never clash but by wish. */
export function contextOf(drawn: Draw, ring: Ring | undefined, at: Instant, step: number): RingContext {
  const origin = drawn.isOwn ? ('own' as const) : ('generated' as const);
  return {
    environment,
    now: at,
    actor: drawn.actor,
    mayForce: mayForce(drawn.actor),
    fresh: drawn.values.map((value, index) => ({ ...fresh(`v${value}`, { origin }), id: fresh(`${step}_${index}`).id })),
    proposal: `prp_${step}` as ProposalId,
    adoption: adoptionOf(drawn.adoption, ring),
  };
}

export interface Step {
  readonly before: Ring | undefined;
  readonly after: Ring | undefined;
  readonly command: RingCommand;
  readonly context: RingContext;
  readonly decision: RingDecision;
}

/** Runs the commands one after the other, and gives every ring on the way with its decision. */
export function run(draws: readonly Draw[], start?: { readonly ring: Ring | undefined; readonly at: Instant }): readonly Step[] {
  let ring = start?.ring;
  let at = start?.at ?? now;
  return draws.map((drawn, step): Step => {
    at = instant(at + drawn.advanceHours * hourMs);
    const [before, command] = [ring, commandOf(drawn, ring, at)];
    const context = contextOf(drawn, ring, at, step + (start ? 1_000 : 0));
    const decision = nextRing(before, command, context);
    if (decision.kind === 'changed' || decision.kind === 'proposed') ring = decision.ring;
    return { before, after: ring, command, context, decision };
  });
}

/** The command that a decision is about: of a proposal the one that was proposed. */
export function meant({ before, command }: Pick<Step, 'before' | 'command'>): RingChangeCommand | undefined {
  if (command.kind === 'withdraw') return undefined;
  if (command.kind !== 'approve') return command as RingChangeCommand;
  const proposal = before?.proposals.find(({ id }) => id === command.proposal);
  return proposal && (JSON.parse(proposal.command) as RingChangeCommand);
}

/** A ring in the middle of its life: several tokens with dates, on, with settings; half of them at the defaults. */
export const grownRing: fc.Arbitrary<Ring> = fc
  .tuple(
    fc.array(draw, { minLength: 3, maxLength: 12 }),
    fc.constantFrom(...requirementModes, 'enforce' as const),
    fc.option(settings),
    fc.nat(3),
  )
  .map(([draws, mode, some, count]): Ring => {
    const forced = draws.map((one): Draw => ({ ...one, isForced: true, actor: 'ann', values: [...one.values, 1, 2] }));
    const adds = Array.from({ length: count + 1 }, (_, at): Draw => ({
      ...forced[0]!,
      kind: 'add-token',
      date: undefined,
      otherDate: undefined,
      values: [100 + at],
    }));
    const grown = run([...adds, ...forced.filter(({ kind }) => kind !== 'clear' && kind !== 'change-settings')]).at(-1)!.after!;
    const effectiveAt = mode === 'enforce' ? hours(-500) : grown.requirement.effectiveAt;
    return { ...grown, isDefined: true, requirement: { mode, effectiveAt }, settings: some ?? defaultRingSettings };
  });
