import { instant } from '@tallystick/kernel-core';
import { type GuardVerdict, guardChange } from './guard-change.ts';
import { isLive, liveTokens, type Proposal, type Ring, type RingSettings, type Token } from './ring.ts';
import {
  type GuardFigures,
  type GuardRefusal,
  maxProposals,
  proposalsKept,
  proposalsOfOne,
  maxTokens,
  proposalHours,
  type ProposalCommand,
  type RingChangeCommand,
  type RingCommand,
  type RingContext,
  type RingDecision,
} from './ring-command.ts';
import { emptyRing, hasUsableToken, isSame, isTaken, newToken, refused, type Wanted, wantedRing } from './wanted-ring.ts';

// The requirement:                                      A token:
//
//   (no ring) ──add-token──▶ off                          add-token, or made by the requirement
//       │                    │ ▲                                    │
//       └──set on──┐  set on │ │ set off                            ▼        reinstate
//                  ▼         ▼ │                                  active ◀──────────────┐
//     ┌── on: observe or enforce, ≥ 1 live token┐                   │  └──retire──▶ retiring (still accepted)
//     │ waiting ──effectiveAt comes──▶ in force │                   │                   │
//     │    ▲                             │      │                   └──────revoke───────┴──▶ revoked (for ever;
//     │    └──── effectiveAt moved on ───┘      │                                its digest is never taken again)
//     └─────────────────────────────────────────┘
//
//   command ─▶ wanted ring ─▶ guardChange(before, wanted) ─ no refusal ─────────────▶ changed
//                                   │ refusal, no force ────────────────────────────▶ refused, with the figures
//                                   │ forced, one person suffices, has the role ────▶ changed, `forced`
//                                   └ forced, two people needed ──▶ proposed ─approve by another, same refusal─▶ changed

/**
 * The ring after a command: pure, total, one version on per change. Keeps: at least one live token while the requirement is on (M23), unless
 * the ring is full; no value twice, revoked ones included (M21); a revoked token stays revoked; value and generation date of a token never
 * change (M17). Whatever could leave devices without a way in meets {@link guardChange}.
 */
export function nextRing(ring: Ring | undefined, command: RingCommand, context: RingContext): RingDecision {
  const before = ring ?? emptyRing(context);
  if (isAboutProposal(command)) return decideProposal(before, command, context);
  const wanted = wantedRing(before, command, context);
  if (wanted.kind === 'refused') return wanted;
  if (wanted.kind === 'unchanged') return { kind: 'unchanged', ring };
  return judged(before, wanted, command, context);
}

const isAboutProposal = (command: RingCommand): command is ProposalCommand =>
  command.kind === 'approve' || command.kind === 'withdraw';

/** The guards, force, and the second person. */
function judged(
  before: Ring,
  wanted: Wanted,
  command: RingChangeCommand,
  context: RingContext,
  approved?: Proposal,
): RingDecision {
  const { twoPeople } = before.settings;
  if (command.kind === 'change-settings' && !twoPeople && !context.mayForce) return refused('force-not-allowed');
  const verdict = verdictOf(before, wanted.ring, command, context);
  const { refusal, figures } = verdict;
  const shown = figures === undefined ? {} : { figures };
  if (refusal === undefined) return finish(before, wanted, context, verdict);
  if (command.kind === 'report-leak') return keepLeaked(before, command, context, verdict);
  const force = 'force' in command ? command.force : undefined;
  if (!force) return { kind: 'refused', reason: refusal, ...shown };
  if (approved) {
    if (approved.refusal !== refusal || isWorse(approved, figures, before.settings))
      return { kind: 'refused', reason: 'proposal-outdated', ...shown };
  } else if (twoPeople) {
    return propose(before, wanted, command, force.reason, refusal, context, figures);
  } else if (!context.mayForce) return { kind: 'refused', reason: 'force-not-allowed', ...shown };
  const forced = { refusal, reason: force.reason, ...(approved ? { proposal: approved } : {}) };
  const decision = finish(before, wanted, context, verdict);
  return decision.kind === 'changed' ? { ...decision, forced } : decision;
}

function verdictOf(before: Ring, after: Ring, command: RingChangeCommand, { adoption, now }: RingContext): GuardVerdict {
  // Settings as they are *before* the change: nobody loosens the guard and passes it in one step.
  const { settings } = before;
  // The reference has no leak reports: there is nothing to be true to, and a report must not lock a company out anywhere.
  const asked: RingSettings = command.kind === 'report-leak' ? { ...settings, compatibility: 'safe' } : settings;
  const verdict = guardChange(before, { ...after, settings: asked }, adoption, now);
  const isUnasked = verdict.refusal === undefined && command.kind === 'change-settings' && settings.twoPeople;
  return isUnasked ? { ...verdict, refusal: 'needs-approval' } : verdict;
}

/** One version on; and a replacement where a requirement that is on would stand without any token (M2, M24). */
function finish(before: Ring, { ring, used }: Wanted, context: RingContext, { warnings, figures }: GuardVerdict): RingDecision {
  const { now } = context;
  // Settings are proposed whole: those that were proposed before these would silently take them back.
  const isOvertaken = ({ command }: Proposal): boolean =>
    !isSame(ring.settings, before.settings) && commandOf(command)?.kind === 'change-settings';
  const proposals = ring.proposals.filter((one) => one.expiresAt > now && !isOvertaken(one));
  let after: Ring = { ...ring, proposals, version: before.version + 1, tokens: ring.tokens.map(withoutCopy) };
  let created = used;
  const takesLast = hasUsableToken(before, now) && !hasUsableToken(after, now);
  const needsToken = after.requirement.mode !== 'off' && (liveTokens(after).length === 0 || takesLast);
  const spare = context.fresh.find((fresh) => !used.includes(fresh));
  const hasRoom = spare !== undefined && after.tokens.length < maxTokens && !isTaken(after.tokens, spare);
  if (needsToken && hasRoom) {
    after = {
      ...after,
      tokens: [...after.tokens, newToken(spare, { label: 'replacement', segment: {} }, after.settings, context)],
    };
    created = [...used, spare];
  }
  return {
    kind: 'changed',
    ring: after,
    created: after.tokens.filter(({ id }) => created.some((fresh) => fresh.id === id)),
    warnings: needsToken && !hasRoom ? [...warnings, 'no-replacement'] : warnings,
    ...(figures === undefined ? {} : { figures }),
  };
}

/** Nothing is delivered of a token that is revoked. */
function withoutCopy(token: Token): Token {
  if (isLive(token) || token.valueKept === undefined) return token;
  const { valueKept: _valueKept, ...rest } = token;
  return rest;
}

/** A leak is not a reason to lock a company out: the token stays, marked, and somebody has to decide. */
function keepLeaked(
  before: Ring,
  { token: id }: RingChangeCommand & { kind: 'report-leak' },
  context: RingContext,
  { refusal, figures }: GuardVerdict,
): RingDecision {
  const shown = figures === undefined ? {} : { figures };
  const target = before.tokens.find((token) => token.id === id);
  if (!target || refusal === undefined) return refused('unknown-token');
  if (target.leakReportedAt !== undefined) return { kind: 'refused', reason: refusal, ...shown };
  const tokens = before.tokens.map((token) => (token === target ? { ...token, leakReportedAt: context.now } : token));
  const ring: Ring = { ...before, tokens, version: before.version + 1 };
  return { kind: 'changed', ring, created: [], warnings: [], stoppedBy: refusal, ...shown };
}

function propose(
  before: Ring,
  { used }: Wanted,
  command: RingChangeCommand,
  reason: string,
  refusal: GuardRefusal,
  context: RingContext,
  figures: GuardFigures | undefined,
): RingDecision {
  const { now, actor, proposal: id } = context;
  // A proposal holds no value: what is approved would have another one.
  const givesValues = command.kind === 'replace-all' ? used.length > 0 : used.some(({ origin }) => origin === 'own');
  if (givesValues) return refused('values-need-single-steps');
  const waiting = before.proposals.filter(({ expiresAt }) => expiresAt > now);
  const json = JSON.stringify(command);
  const isOwn = (one: Proposal): boolean => one.by === actor && one.command === json;
  const own = waiting.find(isOwn);
  // Said again it waits already: nothing is written, however often somebody says it.
  const isFresh = own !== undefined && own.refusal === refusal && now - own.at < renewedAfterMs;
  const shown = figures === undefined ? {} : { figures };
  if (isFresh && !isWorse(own, figures, before.settings)) return { kind: 'proposed', ring: before, proposal: own, ...shown };
  const others = waiting.filter((one) => !isOwn(one)); // proposed again, it takes its own place
  const isOverOwn = others.filter(({ by }) => by === actor).length >= proposalsOfOne;
  const isOverAll = others.length >= maxProposals - (context.mayForce ? 0 : proposalsKept);
  if (isOverOwn || isOverAll) return refused('too-many-proposals');
  const proposal: Proposal = {
    id,
    command: json,
    refusal,
    ...shareOf(figures),
    reason,
    by: actor,
    at: now,
    expiresAt: instant(now + proposalHours * 3_600_000),
  };
  const ring: Ring = { ...before, version: before.version + 1, proposals: [...others, proposal] };
  return { kind: 'proposed', ring, proposal, ...shown };
}

const renewedAfterMs = 3_600_000;

const shareOf = (figures: GuardFigures | undefined): { readonly refusedShare?: number } =>
  figures?.kind === 'known' ? { refusedShare: (figures.byToken + figures.bySiblings + figures.unjudged) / figures.devices } : {};

/** Who approves agrees to what was proposed: not to many more devices, nor to figures that nobody knows any more. */
function isWorse({ refusedShare: was }: Proposal, figures: GuardFigures | undefined, { guards }: RingSettings): boolean {
  const { refusedShare: is } = shareOf(figures);
  return was !== undefined && (is === undefined || is > was + guards.refusedShare);
}

/** Approving does what was proposed, judged anew, as if it were forced now; withdrawing needs no second person. */
function decideProposal(before: Ring, { kind, proposal: id }: ProposalCommand, context: RingContext): RingDecision {
  const proposal = before.proposals.find((one) => one.id === id);
  if (!proposal || proposal.expiresAt <= context.now) return refused('unknown-proposal');
  const ring: Ring = { ...before, proposals: before.proposals.filter((one) => one !== proposal) };
  if (kind === 'withdraw') {
    if (proposal.by !== context.actor && !context.mayForce) return refused('force-not-allowed');
    return { kind: 'changed', ring: { ...ring, version: before.version + 1 }, created: [], warnings: [] };
  }
  if (!context.mayForce) return refused('force-not-allowed');
  if (proposal.by === context.actor) return refused('own-proposal');
  const command = commandOf(proposal.command);
  if (!command) return refused('proposal-outdated');
  const wanted = wantedRing(ring, command, context);
  if (wanted.kind === 'refused') return wanted;
  if (wanted.kind === 'unchanged' || takesUnnamed(ring, wanted.ring, proposal)) return refused('proposal-outdated');
  return judged(ring, wanted, command, context, proposal);
}

/** Kinds whose guards can be forced: the only ones that are ever proposed. */
const proposable: ReadonlySet<string> = new Set<RingChangeCommand['kind']>([
  'set-requirement',
  'set-siblings',
  'change-settings',
  'edit-token',
  'replace-value',
  'revoke-tokens',
  'revoke-others',
  'replace-all',
  'clear',
]);

/** Undefined for what this version would not have proposed. */
function commandOf(json: string): RingChangeCommand | undefined {
  try {
    const command = JSON.parse(json) as RingChangeCommand;
    return proposable.has(command.kind) ? command : undefined;
  } catch {
    return undefined;
  }
}

/** "Everything but this one" is agreed to about what was there: nobody looked at a token that was made since. */
const takesUnnamed = (before: Ring, after: Ring, { at, command }: Proposal): boolean =>
  before.tokens.some(
    (token) =>
      token.createdAt >= at &&
      isLive(token) &&
      !command.includes(token.id) &&
      !after.tokens.some((one) => one.id === token.id && isLive(one)),
  );
