import { type EnvironmentId, type Instant, isoOf } from '@tallystick/kernel-core';
import {
  checkedThings,
  type CheckFinding,
  platforms,
  type RotationRequest,
  rotationStages,
  type RotationStatus,
  rotationWaits,
  slotStates,
  type TokenId,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { coverageView, targetParameter, viewOfCoverage } from '../delivery/delivery-documents.ts';
import { appIds, configurationFormats, configurationKey } from '../http/configuration-file.ts';
import { numberText, reason, segment, shortText, wellFormed } from '../http/documents/parameters.ts';
import { rotationEnds, type RotationSummary } from './rotations.port.ts';
import { segmentPath } from './segment-path.ts';

// What comes in.

const slotId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected 1–64 letters, digits and "-"' });
export const slotParameter = slotId;
const year = 8_760;

const slot = z
  .strictObject({
    id: slotId.meta({ description: 'Unique in its rotation' }),
    mdm: shortText,
    platform: z.enum([...platforms, 'any']),
    kind: z.enum(['file', 'person', 'target']).meta({
      description: 'file: somebody imports the exported file; person: somebody types the value in; target: it is delivered',
    }),
    target: targetParameter.exactOptional().meta({ description: 'For target: its id; the platform is ios or android' }),
    overwrite: z.boolean().exactOptional().meta({ description: 'For target: also over a value that there is no way back to' }),
  })
  .meta({ id: 'DeliverySlot', description: 'Where the value is put: one MDM and one platform' });

export const rotationPlan = z
  .strictObject({
    label: shortText.meta({ description: 'Of the new token' }),
    origin: z.enum(['generated', 'uuid']).default('generated'),
    slots: z.array(slot).min(1).max(50),
    adoptionShare: z
      .number()
      .min(0.001)
      .max(1)
      .default(0.95)
      .meta({ description: 'The old tokens are retired when this share of the devices presents the new one…' }),
    minimumOverlapHours: z
      .number()
      .min(0)
      .max(year)
      .default(168)
      .meta({ description: '…and so long after the last slot was confirmed; or when it is approved' }),
    retireForHours: z
      .number()
      .min(0)
      .max(year)
      .default(48)
      .meta({ description: 'How long the old tokens are marked, still accepted, before they are revoked' }),
    watchEveryMinutes: z.number().min(0.01).max(10_080).default(60).meta({ description: 'How often the figures are read' }),
    remindEveryHours: z.number().min(0.001).max(year).default(24),
    expiresAfterDays: z.int().min(1).max(3_650).exactOptional().meta({ description: 'Own expiry of the new token' }),
    reason,
  })
  .meta({ id: 'RotationPlan' });
export const newRotation = rotationPlan.extend({ segment: segment.default({}) }).meta({ id: 'NewRotation' });

const rotation = wellFormed.min(1).max(64).exactOptional().meta({
  description: 'The rotation that is meant, as it calls itself; left out: the one that there is. Another one does not take it',
});
export const operatorWord = z.strictObject({ rotation, reason }).meta({ id: 'OperatorWord' });
export const extension = operatorWord
  .extend({ hours: z.number().min(0.001).max(year) })
  .meta({ id: 'RotationExtension', description: 'More overlap, or more time for the marked tokens' });
export const redelivery = z
  .strictObject({
    slot: slotId,
    token: wellFormed
      .min(1)
      .max(64)
      .transform((text) => text as TokenId)
      .meta({ description: 'The id of the token that is meant' }),
    rotation,
    reason,
  })
  .meta({ id: 'Redelivery', description: 'Writes a target again, over whatever value stands there now' });
export const slotConfirmation = z
  .strictObject({
    slot: slotId,
    token: wellFormed
      .min(1)
      .max(64)
      .transform((text) => text as TokenId)
      .meta({ description: 'The id of the token that is meant, so that a late "done" is never taken for another one' }),
    result: z.enum(['done', 'refused']),
    rotation,
    reason,
  })
  .meta({ id: 'SlotConfirmation' });
export const slotExport = z.strictObject({ format: z.enum(configurationFormats), key: configurationKey, ...appIds });

const cron = z
  .string()
  .trim()
  .max(100)
  .regex(/^[0-9A-Za-z*/,-]+(?: +[0-9A-Za-z*/,-]+){4}$/, { error: 'expected a cron expression with five fields' })
  .meta({ description: 'minute hour day month weekday, in UTC' });
export const schedulePlan = rotationPlan
  .extend({
    cron: z.array(cron).min(1).max(10),
    jitterMinutes: z
      .number()
      .min(0)
      .max(1_440)
      .default(0)
      .meta({ description: 'Each begins up to so many minutes later, at random' }),
  })
  .meta({ id: 'RotationSchedulePlan' });

const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,2000}$/, { error: 'expected the cursor of a page before' })
  .optional();
/** Of a removal, which has no body. */
export const removal = z.strictObject({ reason });
export const pageQuery = z.strictObject({ limit: numberText(1, 200).default(100), cursor });
export const rotationQuery = pageQuery.extend({ state: z.enum(['running', 'over']).optional() });

/** A request as its workflow takes it. */
export const requestOf = (
  environment: EnvironmentId,
  of: RotationRequest['segment'],
  requestedBy: string,
  plan: z.output<typeof rotationPlan>,
): RotationRequest => ({ ...plan, environment, segment: of, requestedBy });

// What goes out.

const moment = z.string().meta({ format: 'date-time' });
const segmentMembers = {
  segment,
  segmentName: z.string(),
  path: z.string().meta({ description: 'The segment as a part of a path' }),
};
const readingView = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unknown'), why: z.string() }),
  z.object({
    kind: z.literal('known'),
    devices: z.int().meta({ description: 'Devices that last presented an old or the new token' }),
    onNew: z.int(),
    forecastAt: moment.optional(),
  }),
]);

const findingView = z.object({ severity: z.enum(['error', 'warning']), what: z.enum(checkedThings), detail: z.string() });

export const rotationView = z
  .object({
    rotation: z.string().meta({ description: 'Unique over all rotations, also of the same segment' }),
    ...segmentMembers,
    label: z.string(),
    stage: z.enum(rotationStages),
    sentence: z.string().meta({ description: 'Where it stands, for people' }),
    paused: z.boolean(),
    startedAt: moment,
    token: z.string().optional().meta({ description: 'The id of the new token, once it is made' }),
    generation: z.int().meta({ description: 'Counts values: one that a target refuses is replaced' }),
    replacements: z.int(),
    replaces: z.array(z.string()),
    slots: z.array(
      z.object({
        ...slot.shape,
        state: z.enum(slotStates),
        token: z.string().optional(),
        since: moment.optional(),
        detail: z.string().optional().meta({ description: 'Of a target that waits or fails' }),
        retryAt: moment.optional(),
        coverage: coverageView.optional().meta({ description: 'Of a target that stores it: how far it has come' }),
        findings: z
          .array(findingView)
          .optional()
          .meta({ description: 'Of a target: what was found before the token was made, until it stores one' }),
      }),
    ),
    figures: z.object({ at: moment, reading: readingView }).optional(),
    adoption: z.number().optional().meta({ description: 'The share of the devices on the new token, 0…1' }),
    overlapEndsAt: moment.optional(),
    retireEndsAt: moment.optional(),
    needsApproval: z.string().optional().meta({ description: 'Why it goes on only when it is approved' }),
    doing: z.string().optional().meta({ description: 'A call that is being made' }),
    waitsFor: z.object({ what: z.enum(rotationWaits), until: moment.optional() }).optional(),
    held: z.object({ from: z.string(), reason: z.string(), detail: z.string(), at: moment }).optional(),
    trouble: z
      .object({ step: z.string(), detail: z.string(), since: moment, attempts: z.int(), retryAt: moment })
      .optional()
      .meta({ description: 'A call fails, and is tried again' }),
    revoked: z.object({ confirmedBy: z.enum(['acknowledgement', 'lease']), validators: z.int(), waitedMs: z.int() }).optional(),
  })
  .meta({ id: 'Rotation' });

export const rotationList = z
  .object({
    items: z.array(
      z.object({
        segmentName: z.string(),
        path: z.string(),
        stage: z.string().meta({ description: 'Or paused; of one that was broken off: where it stood' }),
        state: z.enum(['running', ...rotationEnds]),
        startedAt: moment,
        endedAt: moment.optional(),
      }),
    ),
    next: z.string().optional().meta({ description: 'The cursor of the next page' }),
  })
  .meta({ id: 'RotationList' });

const iso = <K extends string>(name: K, at: Instant | undefined): { readonly [name in K]?: string } =>
  (at === undefined ? {} : { [name]: isoOf(at) }) as { readonly [name in K]?: string };

/** Written member by member: what the workflow's status gets one day is not shown before somebody thought about it. */
export function viewOfRotation(status: RotationStatus): z.input<typeof rotationView> {
  const { rotation, label, stage, sentence, paused, generation, replacements, adoption, needsApproval, doing, revoked } = status;
  const { figures, waitsFor, held, trouble, segment: of, token } = status;
  return {
    ...{ rotation, segment: of, ...namesOf(segmentPath(of)), label, stage, sentence, paused, generation, replacements },
    startedAt: isoOf(status.startedAt),
    ...(token === undefined ? {} : { token }),
    replaces: [...status.replaces],
    slots: status.slots.map(({ id, mdm, platform, kind, target, overwrite, state, token: on, since, ...more }) => ({
      ...{ id, mdm, platform, kind, state },
      ...(target === undefined ? {} : { target }),
      ...(overwrite === undefined ? {} : { overwrite }),
      ...(more.detail === undefined ? {} : { detail: more.detail }),
      ...iso('retryAt', more.retryAt),
      ...(more.coverage === undefined ? {} : { coverage: viewOfCoverage(more.coverage) }),
      ...(more.findings === undefined ? {} : { findings: more.findings.map(viewOfFinding) }),
      ...(on === undefined ? {} : { token: on }),
      ...iso('since', since),
    })),
    ...(figures === undefined ? {} : { figures: viewOfFigures(figures) }),
    ...(adoption === undefined ? {} : { adoption }),
    ...iso('overlapEndsAt', status.overlapEndsAt),
    ...iso('retireEndsAt', status.retireEndsAt),
    ...(needsApproval === undefined ? {} : { needsApproval }),
    ...(doing === undefined ? {} : { doing }),
    ...(waitsFor === undefined ? {} : { waitsFor: { what: waitsFor.what, ...iso('until', waitsFor.until) } }),
    ...(held === undefined ? {} : { held: { ...held, at: isoOf(held.at) } }),
    ...(trouble === undefined ? {} : { trouble: { ...trouble, since: isoOf(trouble.since), retryAt: isoOf(trouble.retryAt) } }),
    ...(revoked === undefined ? {} : { revoked: viewOfRevoked(revoked) }),
  };
}

const viewOfFinding = ({ severity, what, detail }: CheckFinding) => ({ severity, what, detail });

const viewOfRevoked = ({ confirmedBy, validators, waitedMs }: NonNullable<RotationStatus['revoked']>) => ({
  confirmedBy,
  validators,
  waitedMs,
});

function viewOfFigures({ at, reading }: NonNullable<RotationStatus['figures']>): z.input<typeof rotationView>['figures'] {
  if (reading.kind === 'unknown') return { at: isoOf(at), reading: { kind: 'unknown', why: reading.why } };
  const { devices, onNew, forecastAt } = reading;
  return { at: isoOf(at), reading: { kind: 'known', devices, onNew, ...iso('forecastAt', forecastAt) } };
}

/** Both names of a segment, given either. */
export const namesOf = (name: string) => ({ segmentName: name.replaceAll('~', '/'), path: name.replaceAll('/', '~') });

export const viewOfSummary = ({ segmentName, stage, state, startedAt, endedAt }: RotationSummary) => ({
  ...namesOf(segmentName),
  stage,
  state,
  startedAt: isoOf(startedAt),
  ...iso('endedAt', endedAt),
});
