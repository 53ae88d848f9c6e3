import { instantOf, isoOf } from '@tallystick/kernel-core';
import { guideOf } from '@tallystick/tokens-delivery-guided';
import {
  checkedThings,
  type Coverage,
  type DeliveryReceipt,
  type Platform,
  platforms,
  type TokenId,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { reason, shortText, wellFormed } from '../http/documents/parameters.ts';
import type { ConfiguredTarget } from './targets.ts';
import { addressesOf, type TargetDocument } from './targets-file.ts';

export const targetParameter = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'expected the id of a delivery target' });
const platform = z.enum(platforms);
/** Both stand in the audit and the log: a value that was pasted by mistake is neither. */
const token = z
  .string()
  .regex(/^tok_[a-z0-9]{1,60}$/, { error: 'expected the id of a token' })
  .transform((text) => text as TokenId);
const name = shortText.meta({ description: 'Of the delivery: the same for its plan, its write and its checks' });
const revision = z.string().regex(/^[a-f0-9]{1,128}$/, { error: 'expected the revision of a plan' });
const digest = z.string().regex(/^[a-f0-9]{0,128}$/);

const moment = z
  .string()
  .refine((text) => instantOf(text) !== undefined, { error: 'expected a moment' })
  .meta({ format: 'date-time' });
const receipt = z
  .strictObject({
    at: moment,
    rest: digest,
    before: z.array(digest).max(1_000),
    version: wellFormed.max(1_000).optional(),
  })
  .meta({ id: 'DeliveryReceipt', description: 'What a later reading is compared with; holds no value' });

export const receiptIn = ({ at, rest, before, version }: z.output<typeof receipt>): DeliveryReceipt => ({
  ...{ at: instantOf(at)!, rest, before },
  ...(version === undefined ? {} : { version }),
});

export const platformAsked = z.strictObject({ platform }).meta({ id: 'SlotOfTarget' });
const delivery = { platform, token, name };
export const planAsked = z
  .strictObject({
    ...delivery,
    reason,
    known: z.array(token).max(100).meta({ description: 'Tokens whose value may be replaced' }),
    overwrite: z.boolean().default(false).meta({ description: 'Also a value that there is no way back to' }),
  })
  .meta({ id: 'DeliveryPlanRequest' });
export const deliveryAsked = z.strictObject({ ...delivery, reason, expected: revision }).meta({ id: 'DeliveryRequest' });
export const checkAsked = z.strictObject({ ...delivery, receipt }).meta({ id: 'DeliveryCheckRequest' });

const failing = z.object({
  kind: z.literal('failing'),
  reason: z.string(),
  detail: z.string(),
  isFinal: z.boolean(),
  retryAfterMs: z.int().optional(),
});
const conflict = z.object({ kind: z.literal('conflict'), detail: z.string() });
export const slotPlan = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('planned'), revision: z.string(), receipt, settlesWithinMs: z.int() }),
    z.object({ kind: z.literal('awaiting-person') }),
    failing,
    conflict,
  ])
  .meta({ id: 'SlotPlan' });
export const slotAnswer = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.enum(['stored', 'accepted', 'unknown']), receipt }),
    z.object({ kind: z.enum(['awaiting-person', 'delivered']) }),
    z.object({ kind: z.literal('refused'), reason: z.string() }),
    failing,
    conflict,
  ])
  .meta({ id: 'SlotAnswer' });
const count = z.int().min(0).optional();
export const coverageView = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('unknown'), why: z.string() }),
    z.object({
      kind: z.literal('known'),
      signal: z.enum(['exact', 'versioned', 'proxy']),
      ...{ of: count, delivered: count, pending: count, failed: count, notApplicable: count },
      asOf: z.string().meta({ format: 'date-time' }),
    }),
  ])
  .meta({ id: 'Coverage', description: 'A count that the vendor does not give is left out: absent is not zero' });
export const slotCheck = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('stored'), receipt, coverage: coverageView }),
    z.object({ kind: z.enum(['not-yet', 'unchanged']) }),
    failing,
    conflict,
  ])
  .meta({ id: 'SlotCheck' });

export const viewOfCoverage = (coverage: Coverage): z.input<typeof coverageView> =>
  coverage.kind === 'unknown' ? coverage : { ...coverage, asOf: isoOf(coverage.asOf) };

/** Moments go out as text. */
export function viewOf<T extends object>(answer: T): T {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) =>
      (key === 'at' || key === 'asOf') && typeof value === 'number' ? isoOf(value as never) : value,
    ),
  ) as T;
}

export const targetView = z
  .object({
    id: z.string(),
    vendor: z.string(),
    platforms: z.array(platform),
    by: z.enum(['api', 'person']),
    writes: z.enum(['key', 'app', 'rule-set', 'nothing']),
    signal: z.enum(['exact', 'versioned', 'proxy', 'none']).meta({ description: 'What is known of devices' }),
    isAsynchronous: z.boolean(),
    app: z.object({ key: z.string(), iosBundleId: z.string(), androidPackage: z.string() }),
    hosts: z.array(z.string()).meta({ description: 'Where the value is sent' }),
    guides: z
      .array(
        z.object({
          platform,
          title: z.string(),
          steps: z.array(z.string()),
          formats: z.array(z.string()).meta({ description: 'Of the export of a slot, the fitting one first' }),
          variables: z.string(),
          notes: z.array(z.string()),
          pages: z.array(z.string()),
        }),
      )
      .optional()
      .meta({ description: 'Where a person puts it: what to do' }),
  })
  .meta({ id: 'DeliveryTarget' });
export const targetList = z.object({ items: z.array(targetView) }).meta({ id: 'DeliveryTargets' });

export const viewOfTarget = ({ document, target }: ConfiguredTarget): z.input<typeof targetView> => {
  const { platforms: of, by, writes, signal, isAsynchronous } = target.describe();
  const hosts = addressesOf(document).map((url) => new URL(url).host);
  return {
    id: document.id,
    vendor: document.vendor,
    platforms: [...of],
    by,
    writes,
    signal,
    isAsynchronous,
    app: document.app,
    hosts,
    ...(document.vendor === 'guided' ? { guides: guidesOf(document, of) } : {}),
  };
};

const guidesOf = (
  { settings: { product }, app }: Extract<TargetDocument, { vendor: 'guided' }>,
  of: readonly Platform[],
): z.input<typeof targetView>['guides'] =>
  of.flatMap((platform) => {
    const guide = guideOf(product, platform, app);
    if (!guide) return [];
    const { title, steps, formats, variables, notes, pages } = guide;
    return [{ platform, title, steps: [...steps], formats: [...formats], variables, notes: [...notes], pages: [...pages] }];
  });

export const findings = z
  .object({
    holds: z
      .union([z.array(z.string()), failing])
      .meta({ description: 'Per place: the id of a token of this environment, `nothing`, or `unknown-value`' }),
    findings: z.array(z.object({ severity: z.enum(['error', 'warning']), what: z.enum(checkedThings), detail: z.string() })),
  })
  .meta({ id: 'DeliveryFindings' });
