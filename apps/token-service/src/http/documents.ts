import { type EnvironmentId, environmentId, instantOf, isName, isoOf } from '@tallystick/kernel-core';
import { ringWarnings, type RingWarning, type Token, type TokenId } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { Propagation } from '../propagation/propagation.ts';

// What comes in.

/** A text that can't be an environment's id is answered like an unknown one. */
export const environmentParameter = z
  .string()
  .refine(isName, { error: 'expected an environment id: 1–63 characters of a–z, 0–9 and "-"' })
  .transform((text): EnvironmentId => environmentId(text));

export const tokenParameter = z
  .string()
  .max(64)
  .transform((text) => text as TokenId);

const moment = z
  .string()
  .max(40)
  .meta({ format: 'date-time', description: 'A moment with its zone, e.g. 2027-01-31T08:00:00Z' })
  .transform((text, context) => {
    const at = instantOf(text);
    if (at === undefined)
      context.addIssue({ code: 'custom', message: 'expected a date and time with a zone, e.g. 2027-01-31T08:00:00Z' });
    return at ?? z.NEVER;
  });

const force = z
  .boolean()
  .optional()
  .meta({ description: 'Do it although devices will be refused; the answer to the refusal says which.' });
const shortText = z.string().trim().min(1).max(200);

export const requirementChange = z
  .strictObject({
    enabled: z.boolean(),
    effectiveAt: moment.optional(),
    force,
    version: z.int().min(0).optional().meta({ description: 'The version that you have seen, 0 for none; like If-Match' }),
  })
  .meta({ id: 'RequirementChange' });

export const newToken = z
  .strictObject({
    label: shortText,
    value: z.string().max(512).optional().meta({ description: 'Your own value instead of a generated one' }),
    format: z.enum(['tsk', 'uuid']).optional(),
  })
  .refine(({ value, format }) => value === undefined || format === undefined, { error: 'give a value or a format, not both' })
  .meta({ id: 'NewToken' });

export const revocation = z.strictObject({ reason: shortText, force }).meta({ id: 'Revocation' });

/** Read by hand: a missing header gets an answer of its own. */
export const idempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, { error: 'expected 1–128 letters, digits, ".", "_", ":" and "-"' });
export const entityTag = z
  .string()
  .regex(/^"\d{1,15}"$/, { error: 'expected the ETag of the requirement, e.g. "3"' })
  .transform((tag) => Number(tag.slice(1, -1)));

// What goes out. No schema here has a place for a digest.

const propagationView = z
  .object({
    confirmedBy: z.enum(['acknowledgement', 'lease']),
    validators: z.int(),
    waitedMs: z.int(),
    bounded: z.boolean(),
  })
  .meta({ id: 'Propagation' });
const warningView = z.object({ kind: z.string(), text: z.string() }).meta({ id: 'Warning' });
export const tokenView = z
  .object({
    id: z.string(),
    label: z.string(),
    state: z.enum(['active', 'revoked']),
    createdAt: z.string(),
    createdBy: z.string(),
    pepper: z.string().meta({ description: 'The id of the pepper that its digest was made with' }),
    revoked: z.object({ at: z.string(), by: z.string(), reason: z.string() }).optional(),
  })
  .meta({ id: 'Token' });
const createdToken = tokenView
  .extend({
    value: z
      .string()
      .optional()
      .meta({ description: 'Shown once, and for ten minutes to the same caller who repeats the request' }),
  })
  .meta({ id: 'CreatedToken' });
export const tokenList = z.object({ version: z.int(), items: z.array(tokenView) }).meta({ id: 'TokenList' });
export const requirementView = z
  .object({ enabled: z.boolean(), effectiveAt: z.string(), inForce: z.boolean(), version: z.int(), activeTokens: z.int() })
  .meta({ id: 'Requirement' });
const outcome = { outcome: z.enum(['changed', 'replayed', 'unchanged']), warnings: z.array(warningView) };
export const requirementChanged = requirementView
  .extend({ ...outcome, created: createdToken.optional(), propagation: propagationView })
  .meta({ id: 'RequirementChanged' });
export const tokenCreated = z
  .object({ ...outcome, token: tokenView, value: z.string().optional(), propagation: propagationView })
  .meta({ id: 'TokenCreated' });
export const tokenRevoked = propagationView
  .extend({ ...outcome, token: tokenView, replacement: createdToken.optional() })
  .meta({ id: 'TokenRevoked' });
export const validatorList = z
  .object({
    shard: z.string(),
    changes: z.int(),
    trusted: z.boolean().meta({ description: 'A revocation may rely on this list; else it waits until every lease has run out' }),
    items: z.array(
      z.object({
        id: z.string(),
        state: z.enum(['following', 'loading']),
        lag: z.int().nullable().meta({ description: 'Changes that it has not applied yet; null while it loads' }),
        leaseMs: z.number(),
      }),
    ),
  })
  .meta({ id: 'ValidatorList' });

export const viewOfToken = ({ id, label, state, createdAt, createdBy, pepperId }: Token): z.input<typeof tokenView> => ({
  id,
  label,
  state: state.kind,
  createdAt: isoOf(createdAt),
  createdBy,
  pepper: pepperId,
  ...(state.kind === 'revoked' ? { revoked: { at: isoOf(state.at), by: state.by, reason: state.reason } } : {}),
});

export const viewOfPropagation = ({
  confirmedBy,
  validators,
  waitedMs,
  bounded,
}: Propagation): z.input<typeof propagationView> => ({
  confirmedBy,
  validators,
  waitedMs,
  bounded,
});

export const viewOfWarnings = (warnings: readonly RingWarning[]) => warnings.map((kind) => ({ kind, text: ringWarnings[kind] }));
