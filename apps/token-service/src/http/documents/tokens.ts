import { type Instant, isoOf } from '@tallystick/kernel-core';
import { isAccepted, type Ring, segmentName, type Token, tokenOrigins } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { RingDone } from '../../rings/ring-request.ts';
import { outcomeMembers, propagationView, viewOfOutcome, viewOfPropagation } from './outcomes.ts';
import { force, moment, numberText, reason, segment, shortText, tokenId, tokenIds, wellFormed } from './parameters.ts';

// What comes in.

export const newToken = z
  .strictObject({
    reason,
    label: shortText,
    value: wellFormed.max(512).optional().meta({ description: 'Your own value instead of a generated one' }),
    format: z.enum(['tsk', 'uuid']).optional(),
    segment: segment.optional(),
    notBefore: moment.optional(),
    expiresAt: moment.optional(),
    expiresAfterDays: z.int().min(1).max(3_650).optional().meta({ description: 'Instead of expiresAt: counted from its making' }),
    showValue: z.boolean().optional().meta({ description: 'false: the answer has no value; export it from its kept copy' }),
    keepValue: z.boolean().optional().meta({ description: 'Keep a sealed copy, for a delivery; release it when it is done' }),
    mostInSegment: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Refused when the segment already has so many live tokens (a rotation allows two)' }),
  })
  .refine(({ value, format }) => value === undefined || format === undefined, { error: 'give a value or a format, not both' })
  .refine(({ expiresAt, expiresAfterDays }) => expiresAt === undefined || expiresAfterDays === undefined, {
    error: 'give expiresAt or expiresAfterDays, not both',
  })
  .refine(({ showValue, keepValue }) => showValue !== false || keepValue === true, {
    error: 'a value that is not shown must be kept, or nobody could ever have it',
    path: ['keepValue'],
  })
  .meta({ id: 'NewToken' });

export const tokenEdit = z
  .strictObject({
    reason,
    label: shortText.optional(),
    segment: segment.optional(),
    notBefore: moment.nullable().optional(),
    expiresAt: moment.nullable().optional(),
    force: force.optional(),
  })
  .refine((edit) => ['label', 'segment', 'notBefore', 'expiresAt'].some((name) => name in edit), {
    error: 'give at least one of label, segment, notBefore and expiresAt',
  })
  .meta({ id: 'TokenEdit', description: 'What is left out stays; null takes a date away' });

export const revocation = z.strictObject({ reason, force: force.optional() }).meta({ id: 'Revocation' });
export const revocations = revocation
  .extend({
    tokens: tokenIds,
    successor: tokenId
      .exactOptional()
      .meta({ description: 'The id of the token that takes their place: nothing is revoked unless it is accepted now' }),
  })
  .meta({ id: 'Revocations' });
export const revocationOfOthers = revocation
  .extend({ keep: tokenId.meta({ description: 'The id of the only token that stays' }) })
  .meta({ id: 'RevocationOfOthers' });
export const tokenSelection = z.strictObject({ reason, tokens: tokenIds }).meta({ id: 'TokenSelection' });
export const replacement = z
  .strictObject({
    reason,
    value: wellFormed.max(512).optional(),
    format: z.enum(['tsk', 'uuid']).optional(),
    force: force.optional(),
  })
  .refine(({ value, format }) => value === undefined || format === undefined, { error: 'give a value or a format, not both' })
  .meta({ id: 'Replacement' });

export const tokenPage = z.strictObject({
  limit: numberText(1, 200).default(100),
  cursor: z.string().max(64).optional(),
  state: z.enum(['live', 'revoked']).optional(),
});

// What goes out.

const happened = { at: z.string(), by: z.string() };
export const tokenView = z
  .object({
    id: z.string(),
    label: z.string(),
    state: z.enum(['active', 'retiring', 'revoked']),
    accepted: z.boolean().meta({ description: 'By its state and its own dates, now' }),
    origin: z.enum(tokenOrigins),
    segment: z.object({ platform: z.string().optional(), site: z.string().optional(), mdm: z.string().optional() }),
    segmentName: z.string(),
    createdAt: z.string(),
    createdBy: z.string(),
    notBefore: z.string().optional(),
    expiresAt: z.string().optional(),
    valueKept: z.enum(['delivery', 'readable']).optional().meta({ description: 'A sealed copy of the value exists, for this' }),
    leakReportedAt: z.string().optional(),
    pepper: z.string().meta({ description: 'The id of the pepper that its digest was made with' }),
    retiring: z.object(happened).optional(),
    revoked: z.object({ ...happened, reason: z.string() }).optional(),
  })
  .meta({ id: 'Token' });
export const createdToken = tokenView
  .extend({
    value: z
      .string()
      .optional()
      .meta({ description: 'Shown once, and for ten minutes to the same caller who repeats the request' }),
  })
  .meta({ id: 'CreatedToken' });
export const tokenList = z
  .object({
    version: z.int(),
    items: z.array(tokenView),
    next: z.string().optional().meta({ description: 'The cursor of the next page' }),
  })
  .meta({ id: 'TokenList' });

export const tokenCreated = z
  .object({ ...outcomeMembers, token: tokenView, value: z.string().optional(), propagation: propagationView })
  .meta({ id: 'TokenCreated' });
export const tokenChanged = z
  .object({ ...outcomeMembers, token: tokenView, propagation: propagationView })
  .meta({ id: 'TokenChanged' });
export const tokensChanged = z
  .object({ ...outcomeMembers, tokens: z.array(tokenView), propagation: propagationView })
  .meta({ id: 'TokensChanged' });
export const tokenRevoked = propagationView
  .extend({ ...outcomeMembers, token: tokenView, replacement: createdToken.optional() })
  .meta({ id: 'TokenRevoked' });
export const tokensRevoked = propagationView
  .extend({ ...outcomeMembers, tokens: z.array(tokenView), replacement: createdToken.optional() })
  .meta({ id: 'TokensRevoked' });

export const viewOfToken = (token: Token, now: Instant): z.input<typeof tokenView> => {
  const {
    id,
    label,
    state,
    origin,
    segment: of,
    createdAt,
    createdBy,
    notBefore,
    expiresAt,
    valueKept,
    leakReportedAt,
    pepperId,
  } = token;
  return {
    id,
    label,
    state: state.kind,
    accepted: isAccepted(token, now),
    origin,
    segment: of,
    segmentName: segmentName(of),
    createdAt: isoOf(createdAt),
    createdBy,
    ...(notBefore === undefined ? {} : { notBefore: isoOf(notBefore) }),
    ...(expiresAt === undefined ? {} : { expiresAt: isoOf(expiresAt) }),
    ...(valueKept === undefined ? {} : { valueKept }),
    ...(leakReportedAt === undefined ? {} : { leakReportedAt: isoOf(leakReportedAt) }),
    pepper: pepperId,
    ...(state.kind === 'retiring' ? { retiring: { at: isoOf(state.at), by: state.by } } : {}),
    ...(state.kind === 'revoked' ? { revoked: { at: isoOf(state.at), by: state.by, reason: state.reason } } : {}),
  };
};

/** The first token that a change made, with its value while that is shown; undefined when it made none. */
export function viewOfCreated({ ring, created }: RingDone, now: Instant): z.input<typeof createdToken> | undefined {
  const [first] = created;
  const token = ring.tokens.find(({ id }) => id === first?.token);
  return token && { ...viewOfToken(token, now), ...(first?.value === undefined ? {} : { value: first.value }) };
}

const tokensOf = (ring: Ring, ids: readonly string[], now: Instant) =>
  ring.tokens.filter(({ id }) => ids.includes(id)).map((token) => viewOfToken(token, now));

export const viewOfSelection = (done: RingDone, ids: readonly string[], now: Instant): z.input<typeof tokensChanged> => ({
  ...viewOfOutcome(done),
  tokens: tokensOf(done.ring, ids, now),
  propagation: viewOfPropagation(done.propagation),
});

export function viewOfRevocations(done: RingDone, ids: readonly string[], now: Instant): z.input<typeof tokensRevoked> {
  const made = viewOfCreated(done, now);
  return {
    ...viewOfPropagation(done.propagation),
    ...viewOfOutcome(done),
    tokens: tokensOf(done.ring, ids, now),
    ...(made ? { replacement: made } : {}),
  };
}
