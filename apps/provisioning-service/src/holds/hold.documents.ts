import { findingReasons, type HeldUser, type Hold, type HoldId, type PlanHash, stepReasons } from '@tallystick/devices-domain';
import { isoOf } from '@tallystick/kernel-core';
import { z } from 'zod';
import { reason } from '../audit/change.documents.ts';
import { counts } from '../passes/pass.documents.ts';
import { guardReasons } from './guard-reasons.ts';

export const holdParameter = z
  .string()
  .regex(/^\d{1,16}-\d{1,16}$/, { error: 'expected the id of a hold' })
  .transform((text) => text as HoldId);

export const holdsQuery = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'expected the cursor of a page before' })
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const heldQuery = z.object({
  cursor: z
    .string()
    .regex(/^[0-9a-f]{32}$/, { error: 'expected the cursor of a page before' })
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const holdView = z
  .object({
    id: z.string(),
    state: z.enum(['open', 'approved', 'rejected', 'expired', 'cancelled']),
    because: z.string().meta({ description: 'why it waits, from a closed list' }),
    text: z.string().meta({ description: 'the same as a sentence' }),
    pass: z.string().optional().meta({ description: 'the pass that waits; absent for changes that came one by one' }),
    users: z.int(),
    counts,
    hash: z.string().meta({ description: 'what an answer is about: it is another when users join or leave' }),
    openedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    requestedBy: z.string().optional(),
    answeredBy: z.string().optional(),
    reason: z.string().optional(),
    answeredAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Hold' });

export const holdList = z.object({ holds: z.array(holdView), next: z.string().optional() }).meta({ id: 'HoldList' });

const step = z.object({
  kind: z.string(),
  reason: z.string(),
  text: z.string(),
  slot: z.string().optional(),
  deviceId: z.string().optional(),
});

export const heldList = z
  .object({
    users: z.array(
      z.object({
        user: z.string(),
        state: z.enum(['held', 'approved', 'done', 'changed', 'rejected']),
        counts,
        planHash: z.string(),
        steps: z.array(step).meta({ description: 'without addresses and names' }),
        findings: z.array(z.looseObject({ kind: z.string(), text: z.string() })),
      }),
    ),
    next: z.string().optional(),
  })
  .meta({ id: 'HeldUsers' });

export const holdAnswer = z
  .strictObject({
    hash: z
      .string()
      .regex(/^[\w-]{1,128}$/, { error: 'expected the hash of the hold' })
      .transform((text) => text as PlanHash),
    reason,
  })
  .meta({ id: 'HoldAnswer' });

export const answeredView = z
  .object({
    hold: holdView,
    woken: z.int().meta({ description: 'users that were told to look again; 0 where a pass goes on by itself' }),
  })
  .meta({ id: 'HoldAnswered' });

export function viewOfHold(hold: Hold): z.input<typeof holdView> {
  const { id, state, because, pass, users, hash, openedAt, expiresAt, requestedBy, answeredBy, reason, answeredAt } = hold;
  return {
    ...{ id, state, because, text: guardReasons[because], users, hash, counts: { ...hold.counts } },
    ...(pass === undefined ? {} : { pass }),
    openedAt: isoOf(openedAt),
    expiresAt: isoOf(expiresAt),
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    ...(reason === undefined ? {} : { reason }),
    ...(answeredAt === undefined ? {} : { answeredAt: isoOf(answeredAt) }),
  };
}

export const viewOfHeld = ({ user, state, planHash, plan, ...held }: HeldUser): z.input<typeof heldList>['users'][number] => ({
  ...{ user, state, planHash, counts: { ...held.counts } },
  steps: plan.steps.map(({ kind, reason, slot, deviceId }) => ({
    ...{ kind, reason, text: stepReasons[reason] },
    ...(slot === undefined ? {} : { slot }),
    ...(deviceId === undefined ? {} : { deviceId }),
  })),
  findings: plan.findings.map((finding) => ({ ...finding, text: findingReasons[finding.kind] })),
});
