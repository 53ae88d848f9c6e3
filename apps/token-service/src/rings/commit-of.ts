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

/**
 * Whether a command is done also while the service's clock and the store's disagree. Everything else is refused then: the guards judge dates
 * by the one, validators by the other, so a date "beyond the notice" may have come already.
 *
 * What must not wait for a clock is taking a value away from whoever has it. That needs no date judged: what a change revokes is judged at
 * every moment there is, however far, and it is revoked at once.
 * - A forced revocation: who may force has decided over the guards, so it does not matter by which clock they spoke. Without that role
 *   `force` is but a word that anybody may send along, and opens nothing; in an environment of two people it makes a proposal, which takes
 *   nothing yet, and is approved by somebody with the role.
 * - A reported leak: the guards keep a token whose devices have no other, and only mark it. A clock that is off by more than an hour or a day
 *   makes the figures stale, and so unknown, which keeps it as well: nobody is locked out by it.
 * - An unforced revocation is not among them: its figures may be those of another time, and there is the forced one.
 */
export const isClockless = (command: RingCommand, decision: Done, before: Ring | undefined, mayForce: boolean): boolean => {
  const done = commandDone(command, before);
  if (done.kind === 'report-leak') return true;
  return isRevocation(done) && 'force' in done && done.force !== undefined && (mayForce || decision.kind === 'proposed');
};

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
