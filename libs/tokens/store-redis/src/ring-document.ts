import { type EnvironmentId, instant, isName } from '@tallystick/kernel-core';
import {
  type GuardSettings,
  type PepperId,
  platforms,
  type Proposal,
  type ProposalId,
  requirementModes,
  type Ring,
  type RingSettings,
  type SiblingRules,
  type Token,
  type TokenDigest,
  type TokenId,
  tokenOrigins,
  type UnreadableRing,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { readRecord, UnreadableRecord } from './unreadable-record.ts';

const moment = z.int().transform(instant);
const text = z.string().min(1);
const optionalText = z.string().exactOptional();
const optionalTrue = z.literal(true).exactOptional();
const texts = z.array(z.string());

const tokenDocument = z.strictObject({
  id: text.transform((id) => id as TokenId),
  label: z.string(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .transform((digest) => digest as TokenDigest),
  pepperId: text.transform((id) => id as PepperId),
  origin: z.enum(tokenOrigins),
  segment: z.strictObject({ platform: z.enum(platforms).exactOptional(), site: optionalText, mdm: optionalText }),
  createdAt: moment,
  createdBy: z.string(),
  notBefore: moment.exactOptional(),
  expiresAt: moment.exactOptional(),
  valueKept: z.enum(['delivery', 'readable']).exactOptional(),
  leakReportedAt: moment.exactOptional(),
  state: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('active') }),
    z.strictObject({ kind: z.literal('retiring'), at: moment, by: z.string() }),
    z.strictObject({ kind: z.literal('revoked'), at: moment, by: z.string(), reason: z.string() }),
  ]),
});

const minimums = z.strictObject({ ios: optionalText, android: optionalText }).exactOptional();

const rulesDocument = z.strictObject({
  deviceLock: optionalTrue,
  notRootedOrJailbroken: optionalTrue,
  biometrics: optionalTrue,
  minimumOsVersion: minimums,
  minimumAppVersion: minimums,
  brands: z
    .strictObject({ brandsAllowed: texts, brandsDisallowed: texts, modelsAllowed: texts, modelsDisallowed: texts })
    .exactOptional(),
});

const settingsDocument = z.strictObject({
  compatibility: z.enum(['safe', 'reference']),
  twoPeople: z.boolean(),
  readableValues: z.boolean(),
  enrolmentLink: optionalText,
  guards: z.strictObject({
    windowDays: z.number(),
    refusedShare: z.number(),
    minimumObservationHours: z.number(),
    staleAfterHours: z.number(),
    noticeHours: z.number(),
  }),
});

const proposalDocument = z.strictObject({
  id: text.transform((id) => id as ProposalId),
  command: z.string(),
  refusal: z.string(),
  refusedShare: z.number().exactOptional(),
  reason: z.string(),
  by: z.string(),
  at: moment,
  expiresAt: moment,
});

/** Of the document. Its settings have none of their own: they are a part of it. */
const ringFormat = 2;

const ringDocument = z
  .strictObject({
    format: z.literal(ringFormat),
    environment: z
      .string()
      .refine(isName)
      .transform((id) => id as EnvironmentId),
    version: z.int().min(1),
    isDefined: z.boolean(),
    requirement: z.strictObject({ mode: z.enum(requirementModes), effectiveAt: moment }),
    siblings: z.strictObject({ mode: z.enum(['observe', 'enforce']), rules: rulesDocument, revision: z.int().min(0) }),
    settings: settingsDocument,
    tokens: z.array(tokenDocument),
    proposals: z.array(proposalDocument),
  })
  .transform(({ format: _, ...ring }): Ring => ring);

/** Half of a surrogate pair; whole pairs are no match. */
const halfPair = /\p{Surrogate}/u;

/** The document with U+FFFD for each half of a surrogate pair, which in JSON is an escape. What is no JSON stays as it is. */
function wellFormed(json: string): string {
  if (!/\\ud[89a-f]/i.test(json)) return json;
  const mend = (_: string, value: unknown) => (typeof value === 'string' ? value.replaceAll(/\p{Surrogate}/gu, '\ufffd') : value);
  try {
    return JSON.stringify(JSON.parse(json, mend));
  } catch {
    return json;
  }
}

/**
 * Half a surrogate pair, which none but JavaScript can read, is read as U+FFFD: so the next change of such a ring can be made.
 * @throws UnreadableRecord on anything that is not exactly a ring of this environment, in the format of this version. */
export function readRing(json: string, environment: EnvironmentId): Ring {
  const [, format] = /^\{"format":(\d+),/.exec(json) ?? [];
  if (Number(format ?? 0) > ringFormat)
    throw new UnreadableRecord(
      `a ring document, settings and all, was written by a newer version (format ${format}; this one knows ${ringFormat}): run that version again, or restore a backup from before it`,
    );
  const ring = readRecord(ringDocument, wellFormed(json), 'a ring document');
  if (ring.environment !== environment) throw new UnreadableRecord('a ring document is of another environment');
  return ring;
}

/** As {@link readRing}, for readers of many rings: one that can't be read, or is not there, must not keep them from the others. */
export function readOrMark(json: string | null | undefined, environment: EnvironmentId): Ring | UnreadableRing {
  try {
    return readRing(json ?? '', environment);
  } catch (error) {
    if (error instanceof UnreadableRecord) return { environment, isUnreadable: true };
    throw error;
  }
}

/** Every field by name, those that may be left out too: a new one that nobody writes does not compile. */
type Written<T> = { readonly [Field in keyof T]-?: unknown };

/**
 * Written field by field: what a caller's object may hold besides is not stored.
 * @throws UnreadableRecord rather than to write what could not be read again, which would shut the environment; RangeError on a text with
 * half a surrogate pair.
 */
export function writeRing(ring: Ring): string {
  const { environment, version, isDefined, requirement, siblings, settings, tokens, proposals } = ring;
  const document: Written<Ring & { format: typeof ringFormat }> = {
    format: ringFormat,
    environment,
    version,
    isDefined,
    requirement: { mode: requirement.mode, effectiveAt: requirement.effectiveAt } satisfies Written<Ring['requirement']>,
    siblings: {
      mode: siblings.mode,
      rules: writeRules(siblings.rules),
      revision: siblings.revision,
    } satisfies Written<Ring['siblings']>,
    settings: writeSettings(settings),
    tokens: tokens.map(writeToken),
    proposals: proposals.map(writeProposal),
  };
  const json = JSON.stringify(document, (_, value: unknown) => {
    if (typeof value === 'string' && halfPair.test(value)) throw new RangeError('a text of the ring is not well-formed');
    return value;
  });
  readRing(json, environment);
  return json;
}

const writeToken = (token: Token): Written<Token> => ({
  id: token.id,
  label: token.label,
  digest: token.digest,
  pepperId: token.pepperId,
  origin: token.origin,
  segment: {
    platform: token.segment.platform,
    site: token.segment.site,
    mdm: token.segment.mdm,
  } satisfies Written<Token['segment']>,
  createdAt: token.createdAt,
  createdBy: token.createdBy,
  notBefore: token.notBefore,
  expiresAt: token.expiresAt,
  valueKept: token.valueKept,
  leakReportedAt: token.leakReportedAt,
  state: writeState(token.state),
});

function writeState(state: Token['state']): Written<Token['state']> {
  switch (state.kind) {
    case 'active':
      return { kind: state.kind };
    case 'retiring':
      return { kind: state.kind, at: state.at, by: state.by } satisfies Written<typeof state>;
    case 'revoked':
      return { kind: state.kind, at: state.at, by: state.by, reason: state.reason } satisfies Written<typeof state>;
  }
}

const writeRules = (rules: SiblingRules): Written<SiblingRules> => ({
  deviceLock: rules.deviceLock,
  notRootedOrJailbroken: rules.notRootedOrJailbroken,
  biometrics: rules.biometrics,
  minimumOsVersion: rules.minimumOsVersion && { ios: rules.minimumOsVersion.ios, android: rules.minimumOsVersion.android },
  minimumAppVersion: rules.minimumAppVersion && { ios: rules.minimumAppVersion.ios, android: rules.minimumAppVersion.android },
  brands:
    rules.brands &&
    ({
      brandsAllowed: rules.brands.brandsAllowed,
      brandsDisallowed: rules.brands.brandsDisallowed,
      modelsAllowed: rules.brands.modelsAllowed,
      modelsDisallowed: rules.brands.modelsDisallowed,
    } satisfies Written<NonNullable<SiblingRules['brands']>>),
});

const writeSettings = ({ guards, ...settings }: RingSettings): Written<RingSettings> => ({
  compatibility: settings.compatibility,
  twoPeople: settings.twoPeople,
  readableValues: settings.readableValues,
  enrolmentLink: settings.enrolmentLink,
  guards: {
    windowDays: guards.windowDays,
    refusedShare: guards.refusedShare,
    minimumObservationHours: guards.minimumObservationHours,
    staleAfterHours: guards.staleAfterHours,
    noticeHours: guards.noticeHours,
  } satisfies Written<GuardSettings>,
});

const writeProposal = (proposal: Proposal): Written<Proposal> => ({
  id: proposal.id,
  command: proposal.command,
  refusal: proposal.refusal,
  refusedShare: proposal.refusedShare,
  reason: proposal.reason,
  by: proposal.by,
  at: proposal.at,
  expiresAt: proposal.expiresAt,
});
