import { environmentId, instant } from '@tallystick/kernel-core';
import type { Member, MemberId, PepperId, Ring, Token, TokenDigest, TokenId } from '@tallystick/tokens-domain';
import { z } from 'zod';

const moment = z.int().transform(instant);
const text = z.string().min(1);

const tokenDocument = z
  .strictObject({
    id: text,
    label: z.string(),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    pepperId: text,
    createdAt: moment,
    createdBy: z.string(),
    state: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('active') }),
      z.strictObject({ kind: z.literal('revoked'), at: moment, by: z.string(), reason: z.string() }),
    ]),
  })
  .transform((token): Token => ({
    ...token,
    id: token.id as TokenId,
    digest: token.digest as TokenDigest,
    pepperId: token.pepperId as PepperId,
  }));

const ringDocument = z
  .strictObject({
    environment: z.string().transform(environmentId),
    version: z.int().min(1),
    requirement: z.strictObject({ enabled: z.boolean(), effectiveAt: moment }),
    tokens: z.array(tokenDocument),
  })
  .transform((ring): Ring => ring);

const memberDocument = z.strictObject({ epoch: z.string(), applied: z.int().min(-1), leaseMs: z.number(), renewals: z.int() });

/** What is stored is not what was written, or not for this version: nothing is guessed. Quotes nothing of it. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

/** @throws UnreadableRecord on anything that is not exactly a document of this version. */
function read<T>(schema: z.ZodType<T>, json: string, what: string): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new UnreadableRecord(`${what} is no JSON`);
  }
  const result = schema.safeParse(parsed);
  if (!result.success)
    throw new UnreadableRecord(`${what} has faults at: ${result.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
  return result.data;
}

export const readRing = (json: string): Ring => read(ringDocument, json, 'a ring document');

/** Written field by field: what a caller's object may hold besides is not stored. */
export const writeRing = ({ environment, version, requirement, tokens }: Ring): string =>
  JSON.stringify({
    environment,
    version,
    requirement: { enabled: requirement.enabled, effectiveAt: requirement.effectiveAt },
    tokens: tokens.map(({ id, label, digest, pepperId, createdAt, createdBy, state }) => ({
      id,
      label,
      digest,
      pepperId,
      createdAt,
      createdBy,
      state,
    })),
  });

export const readMember = (id: string, json: string): Member => ({
  id: id as MemberId,
  ...read(memberDocument, json, 'a member row'),
});
