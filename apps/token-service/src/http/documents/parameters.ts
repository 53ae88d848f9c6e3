import { type EnvironmentId, environmentId, instantOf, isName } from '@tallystick/kernel-core';
import { platforms, type ProposalId, type TokenId } from '@tallystick/tokens-domain';
import { z } from 'zod';

/** A text that can't be an environment's id is a fault of the request. */
export const environmentParameter = z
  .string()
  .refine(isName, { error: 'expected an environment id: 1–63 characters of a–z, 0–9 and "-"' })
  .transform((text): EnvironmentId => environmentId(text));

export const tokenParameter = z
  .string()
  .max(64)
  .transform((text) => text as TokenId);

export const proposalParameter = z
  .string()
  .max(64)
  .transform((text) => text as ProposalId);

export const moment = z
  .string()
  .max(40)
  .meta({ format: 'date-time', description: 'A moment with its zone, e.g. 2027-01-31T08:00:00Z' })
  .transform((text, context) => {
    const at = instantOf(text);
    if (at === undefined)
      context.addIssue({ code: 'custom', message: 'expected a date and time with a zone, e.g. 2027-01-31T08:00:00Z' });
    return at ?? z.NEVER;
  });

/** For every text that is kept: half a surrogate pair is no Unicode text, and not everything that reads it later takes it. */
export const wellFormed = z
  .string()
  .refine((text) => !/\p{Surrogate}/u.test(text), { error: 'expected well-formed Unicode text' });

/** Kept with the token or in the audit, for everybody who may read them: a value that was pasted by mistake is refused. */
export const shortText = wellFormed
  .trim()
  .min(1)
  .max(200)
  .refine((text) => !/tsk_[A-Za-z0-9]{20}/.test(text), { error: 'expected a text without a token value in it' });

/** Why something is changed. Every change has one. */
export const reason = shortText.meta({ description: 'Why; kept in the audit with the change' });
/** The body of a change that needs nothing else. */
export const justification = z.strictObject({ reason }).meta({ id: 'Justification' });

export const force = z.strictObject({ reason: shortText }).meta({
  id: 'Force',
  description:
    'Do it although the guards say no; the answer to the refusal has the figures. Needs the role approver, or a second person.',
});

const segmentPart = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  error: 'expected 1–63 letters, digits, ".", "_" and "-", with a letter or digit first',
});
export const segment = z
  .strictObject({
    platform: z.enum(platforms).exactOptional(),
    site: segmentPart.exactOptional(),
    mdm: segmentPart.exactOptional(),
  })
  .meta({
    id: 'Segment',
    description: 'Which devices the token is handed to; what is left out means all. It organises, and is not judged.',
  });

export const tokenId = z
  .string()
  .min(1)
  .max(64)
  .transform((text) => text as TokenId);

export const tokenIds = z.array(tokenId).min(1).max(100);

/** Proxies that compress weaken a tag; the version in it is the same. */
export const entityTag = z
  .string()
  .regex(/^(?:W\/)?"\d{1,15}"$/, { error: 'expected the ETag that you were given, e.g. "3"' })
  .transform((tag) => Number(tag.replace(/^W\//, '').slice(1, -1)));

/** A whole number in a query. */
export const numberText = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, { error: `expected a whole number from ${least} to ${most}` })
    .transform(Number)
    .refine((number) => number >= least && number <= most, { error: `expected a whole number from ${least} to ${most}` });
