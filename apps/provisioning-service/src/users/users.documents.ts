import type { Outcome, UserHash } from '@tallystick/devices-domain';
import { isoOf } from '@tallystick/kernel-core';
import { z } from 'zod';

const text = (description: string) => z.string().meta({ description });

/** A user's hash, as the look-up gives it. */
export const userParameter = z
  .string()
  .regex(/^[0-9a-f]{32}$/, { error: 'expected the hash of a user, as the look-up gives it' })
  .transform((hash) => hash as UserHash);

const step = z
  .object({
    kind: text('what was done: create-user, edit-user, unpair, pair, …'),
    reason: text('why, from a closed list'),
    slot: z.string().optional(),
    deviceId: z.string().optional().meta({ description: "the directory's id of the device, as text" }),
    result: z.enum(['done', 'device-limit', 'address-refused', 'refused', 'skipped']),
    code: z.string().optional().meta({ description: "the directory's error id when it refused" }),
  })
  .meta({ id: 'Step' });

const finding = z.looseObject({ kind: z.string() }).meta({ id: 'Finding', description: 'something noted and not touched' });

export const outcomeView = z
  .object({
    kind: z.enum(['in-sync', 'changed', 'partial', 'not-planned', 'held', 'quarantined']),
    because: z.string().optional(),
    hold: z.string().optional().meta({ description: 'of held: the id of the hold that the user waits in' }),
    detail: z.string().optional(),
    version: text('version of the source record that was reconciled'),
    steps: z.array(step),
    findings: z.array(finding),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Outcome' });

/** What this service tells of one user: never a name, an address or a number. */
export const userView = z
  .object({
    user: text('the hash that stands for the user in ids, logs and outcomes'),
    workflowId: text('look it up in the Temporal UI'),
    outcome: outcomeView.nullable().meta({ description: 'the last finished reconciliation; null when there was none' }),
  })
  .meta({ id: 'User' });

export const workflowLink = z
  .object({ id: text('look it up in the Temporal UI'), url: z.url().optional().meta({ description: 'where this is' }) })
  .meta({ id: 'WorkflowLink' });

export const reconciledView = z
  .object({
    user: z.string(),
    workflow: workflowLink,
    outcome: outcomeView.nullable().meta({ description: 'newer than the request; null: there is none yet' }),
  })
  .meta({ id: 'Reconciled' });

/** A source key travels in the body: a path or query lies in access logs, and a key may be a person's e-mail address. */
export const userLookup = z.object({ sourceKey: z.string().min(1).max(1024) }).meta({ id: 'UserLookup' });

export const viewOfOutcome = (outcome: Outcome): z.input<typeof outcomeView> => ({
  kind: outcome.kind,
  ...(outcome.because === undefined ? {} : { because: outcome.because }),
  ...(outcome.hold === undefined ? {} : { hold: outcome.hold }),
  ...(outcome.detail === undefined ? {} : { detail: outcome.detail }),
  version: outcome.version,
  steps: outcome.steps.map((one) => ({ ...one })),
  findings: outcome.findings.map((one) => ({ ...one })),
  at: isoOf(outcome.at),
});
