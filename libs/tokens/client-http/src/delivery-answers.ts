import { instantOf, isoOf } from '@tallystick/kernel-core';
import { checkedThings, type DeliveryReceipt } from '@tallystick/tokens-domain';
import { z } from 'zod';

const moment = z.string().transform((text, context) => {
  const at = instantOf(text);
  if (at !== undefined) return at;
  context.addIssue('expected a moment');
  return z.NEVER;
});
const receipt = z.object({
  at: moment,
  rest: z.string(),
  before: z.array(z.string()),
  version: z.string().exactOptional(),
});
const failing = z.object({
  kind: z.literal('failing'),
  reason: z.string(),
  detail: z.string(),
  isFinal: z.boolean(),
  retryAfterMs: z.int().exactOptional(),
});
const conflict = z.object({ kind: z.literal('conflict'), detail: z.string() });

export const targetFindings = z.object({
  findings: z.array(z.object({ severity: z.enum(['error', 'warning']), what: z.enum(checkedThings), detail: z.string() })),
});
export const slotPlan = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('planned'), revision: z.string(), receipt, settlesWithinMs: z.int() }),
  z.object({ kind: z.literal('awaiting-person') }),
  failing,
  conflict,
]);
export const slotAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stored'), receipt }),
  z.object({ kind: z.enum(['accepted', 'unknown']), receipt }),
  z.object({ kind: z.literal('awaiting-person') }),
  failing,
  conflict,
]);
const count = z.int().exactOptional();
const coverage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unknown'), why: z.string() }),
  z.object({
    kind: z.literal('known'),
    signal: z.enum(['exact', 'versioned', 'proxy']),
    ...{ of: count, delivered: count, pending: count, failed: count, notApplicable: count },
    asOf: moment,
  }),
]);
export const slotCheck = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stored'), receipt, coverage }),
  z.object({ kind: z.enum(['not-yet', 'unchanged']) }),
  failing,
  conflict,
]);

export const receiptOut = ({ at, ...rest }: DeliveryReceipt) => ({ ...rest, at: isoOf(at) });
