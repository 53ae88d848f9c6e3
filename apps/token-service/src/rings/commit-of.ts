import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Ring, RingChange, RingCommand, RingDecision, TokenId } from '@tallystick/tokens-domain';
import type { Decided } from './ring-request.ts';
import type { SealedValues } from './sealed-answers.ts';

type Done = Extract<RingDecision, { readonly kind: 'changed' | 'proposed' }>;

const revoking: ReadonlySet<RingCommand['kind']> = new Set<RingCommand['kind']>([
  'revoke-tokens',
  'revoke-others',
  'report-leak',
  'clear',
]);

/** What is done by a command: for an approval what was proposed. */
export function commandDone(command: RingCommand, before: Ring | undefined): RingCommand {
  if (command.kind !== 'approve') return command;
  const proposal = before?.proposals.find(({ id }) => id === command.proposal);
  return proposal ? (JSON.parse(proposal.command) as RingCommand) : command; // written by nextRing
}

/** Whether a command takes tokens away, and so must get through where others need not. */
export const isRevocation = ({ kind }: RingCommand): boolean => revoking.has(kind);

/** Tokens that are revoked in `after` and were not in `before`. */
export function revokedBy(before: Ring | undefined, after: Ring): readonly TokenId[] {
  const was = new Set(before?.tokens.flatMap(({ id, state }) => (state.kind === 'revoked' ? [id] : [])));
  return after.tokens.flatMap(({ id, state }) => (state.kind === 'revoked' && !was.has(id) ? [id] : []));
}

/** What of a decision is told again to a repeated request. */
export function decidedOf(before: Ring | undefined, decision: Done): Decided {
  const { ring, figures } = decision;
  const shown = figures === undefined ? {} : { figures };
  if (decision.kind === 'proposed') return { created: [], revoked: [], warnings: [], proposal: decision.proposal, ...shown };
  const { created, warnings, forced, stoppedBy } = decision;
  return {
    created: created.map(({ id }) => id),
    revoked: revokedBy(before, ring),
    warnings,
    ...shown,
    ...(forced ? { forced: { refusal: forced.refusal, reason: forced.reason } } : {}),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}

/** Copies that come and go with the change, by what the ring says is kept before and after it. Undefined: none. */
export function sealedOf(
  environment: EnvironmentId,
  before: Ring | undefined,
  after: Ring,
  values: ReadonlyMap<TokenId, string>,
  seals: SealedValues,
): RingChange['sealed'] {
  const kept = new Set(before?.tokens.flatMap(({ id, valueKept }) => (valueKept === undefined ? [] : [id])));
  const keep = after.tokens.flatMap(({ id, valueKept }) => {
    const value = values.get(id);
    return valueKept === undefined || kept.has(id) || value === undefined
      ? []
      : [{ token: id, copy: seals.seal(environment, id, value) }];
  });
  const still = new Set(after.tokens.flatMap(({ id, valueKept }) => (valueKept === undefined ? [] : [id])));
  const erase = [...kept].filter((id) => !still.has(id));
  return keep.length + erase.length === 0 ? undefined : { keep, erase };
}
