import { type Instant, isoOf } from '@tallystick/kernel-core';
import type { Ring, RingCommand, TokenId } from '@tallystick/tokens-domain';

/** The record of one change (M38): who, what, why, when; ids instead of values, nothing secret. */
export function auditEntry(entry: {
  readonly before: Ring | undefined;
  readonly after: Ring;
  readonly command: RingCommand;
  readonly created: TokenId | undefined;
  readonly actor: string;
  readonly at: Instant;
}): string {
  const { before, after, command, created, actor, at } = entry;
  const requirementOf = (ring: Ring | undefined) =>
    ring && { enabled: ring.requirement.enabled, effectiveAt: isoOf(ring.requirement.effectiveAt) };
  return JSON.stringify({
    at: isoOf(at),
    actor,
    action: command.kind,
    environment: after.environment,
    version: after.version,
    ...(command.kind === 'revoke-token' ? { revoked: command.token, reason: command.reason } : {}),
    ...(command.kind === 'set-requirement' ? { before: requirementOf(before) ?? null, after: requirementOf(after) } : {}),
    ...(command.kind !== 'add-token' && command.force === true ? { forced: true } : {}),
    ...(created === undefined ? {} : { created }),
  });
}
