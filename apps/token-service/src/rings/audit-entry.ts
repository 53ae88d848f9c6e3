import { type EnvironmentId, type Instant, isoOf } from '@tallystick/kernel-core';
import type { AuditDigest } from '@tallystick/platform-audit';
import {
  liveTokens,
  type GuardRefusal,
  type Proposal,
  type ProposalCommand,
  type Ring,
  type RingCommand,
  type RingDecision,
  segmentName,
  type Token,
  type TokenId,
} from '@tallystick/tokens-domain';
import { commandDone, revokedBy } from './commit-of.ts';
import type { KnownBy } from './ring-request.ts';

type Done = Extract<RingDecision, { readonly kind: 'changed' | 'proposed' }>;

/** The record of one change (M38): who, when, what, before and after, why, and what the guards went by. Ids only: no value, no digest of one. */
export function auditEntry(entry: {
  readonly before: Ring | undefined;
  readonly decision: Done;
  readonly command: RingCommand;
  readonly actor: string;
  readonly reason: string;
  readonly known?: KnownBy | undefined;
  readonly at: Instant;
  /** Of the request that asked for it. */
  readonly requestId?: string | undefined;
  /** Makes the keyed digests of the ring before and after: whoever has the document can be shown to have it, and nobody can guess it. */
  readonly digest?: AuditDigest | undefined;
}): string {
  const { before, decision, command, actor, known, reason, at, requestId, digest } = entry;
  const { ring: after, figures } = decision;
  const done = commandDone(command, before);
  return JSON.stringify({
    format: 1,
    at: isoOf(at),
    actor,
    ...known,
    reason,
    action: command.kind,
    ...(requestId === undefined ? {} : { requestId }),
    ...(digest && {
      ...(before && { before: digest(before, 'ring', before.environment) }),
      after: digest(after, 'ring', after.environment),
    }),
    ...(done === command ? {} : { approved: done.kind }),
    result: decision.kind,
    environment: after.environment,
    version: after.version,
    ...changesOf(before, after),
    ...('source' in done ? { source: done.source } : {}),
    ...(decision.kind === 'proposed' ? { proposal: proposalFacts(decision.proposal) } : {}),
    ...(command.kind === 'approve' || command.kind === 'withdraw' ? { proposal: decidedFacts(command, done) } : {}),
    ...(decision.kind === 'changed' ? forceFacts(decision) : {}),
    ...(decision.kind === 'changed' && decision.warnings.length > 0 ? { warnings: decision.warnings } : {}),
    ...(figures === undefined ? {} : { figures }),
  });
}

/** The record of something that changes no ring, such as reading a value. */
export const auditNote = (note: {
  readonly environment: EnvironmentId;
  readonly at: Instant;
  readonly actor: string;
  /** Left out for a reading. */
  readonly reason?: string;
  readonly action: string;
  readonly requestId?: string | undefined;
  /** Default `noted`. */
  readonly result?: 'noted' | 'refused';
  readonly facts: Readonly<Record<string, unknown>>;
}): string => {
  const { at, facts, result = 'noted', ...rest } = note;
  const said = { format: 1, at: isoOf(at), ...rest, result };
  return JSON.stringify({ ...said, ...facts, ...said }); // in this order, and no fact may stand for what every entry says
};

/** Whoever decides has a reason of its own; that of what is done stays beside it. */
const decidedFacts = ({ proposal: id }: ProposalCommand, done: RingCommand) => ({
  id,
  ...('reason' in done ? { reason: done.reason } : {}),
});

const proposalFacts = ({ id, refusal, reason }: Proposal) => ({ id, refusal, reason });

function forceFacts({ forced, stoppedBy }: Extract<Done, { readonly kind: 'changed' }>) {
  return {
    ...(forced
      ? {
          forced: {
            refusal: forced.refusal,
            reason: forced.reason,
            ...(forced.proposal ? { proposal: forced.proposal.id, proposedBy: forced.proposal.by } : {}),
          },
        }
      : {}),
    ...(stoppedBy === undefined ? {} : { stoppedBy: stoppedBy satisfies GuardRefusal }),
  };
}

const requirementFacts = ({ requirement: { mode, effectiveAt } }: Ring) => ({ mode, effectiveAt: isoOf(effectiveAt) });

const tokenFacts = ({ label, segment, origin, notBefore, expiresAt, valueKept, leakReportedAt, state }: Token) => ({
  label,
  segment: segmentName(segment),
  origin,
  state: state.kind,
  ...(notBefore === undefined ? {} : { notBefore: isoOf(notBefore) }),
  ...(expiresAt === undefined ? {} : { expiresAt: isoOf(expiresAt) }),
  ...(valueKept === undefined ? {} : { valueKept }),
  ...(leakReportedAt === undefined ? {} : { leakReportedAt: isoOf(leakReportedAt) }),
});

/** Everything that is different, each as it was and as it is. */
function changesOf(before: Ring | undefined, after: Ring) {
  const parts = {
    requirement: requirementFacts,
    siblings: (ring: Ring) => ring.siblings,
    settings: (ring: Ring) => ring.settings,
  };
  const ring = Object.entries(parts).flatMap(([name, factsOf]) => {
    const [was, is] = [before && factsOf(before), factsOf(after)];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [[name, { before: was ?? null, after: is }] as const];
  });
  const known = new Map<TokenId, Token>(before?.tokens.map((token) => [token.id, token]));
  const tokens = after.tokens.flatMap((token) => {
    const was = known.get(token.id);
    if (was === token) return [];
    const [from, to] = [was && tokenFacts(was), tokenFacts(token)];
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ token: token.id, before: from ?? null, after: to }];
  });
  const revoked = revokedBy(before, after);
  return {
    ...(ring.length === 0 ? {} : { changes: Object.fromEntries(ring) }),
    ...(tokens.length === 0 ? {} : { tokens }),
    ...(revoked.length === 0 ? {} : { revoked }),
    live: liveTokens(after).length,
  };
}
