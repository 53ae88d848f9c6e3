import { z } from 'zod';
import { counts } from '../passes/pass.documents.ts';
import { outcomeView, workflowLink } from '../users/users.documents.ts';

const profile = z.object({ email: z.string().optional(), firstName: z.string().optional(), lastName: z.string().optional() });
const attribute = z.union([z.string(), z.number(), z.boolean(), z.null(), z.object({ kind: z.literal('unavailable') })]);

/** From the source record to the plan that would be made now. */
export const explanationView = z
  .object({
    user: z.string(),
    known: z.boolean().meta({
      description:
        'false: nothing is kept of such a user, no record, no outcome, nothing under way. The key may be misspelled, of another connection, or of a person who was erased',
    }),
    masked: z.boolean().meta({ description: 'false for auditors; each such reading is logged' }),
    workflow: workflowLink,
    at: z.iso.datetime(),
    connectionVersion: z.int(),
    record: z
      .object({
        position: z.string(),
        deleted: z.boolean(),
        movedTo: z.string().optional(),
        pending: z.boolean().meta({ description: 'a change that nobody has acted on yet' }),
        attributes: z.record(z.string(), attribute),
      })
      .optional(),
    scope: z.enum(['in', 'out', 'unreadable']).optional(),
    targets: z.array(
      z.object({
        target: z.string(),
        result: z.enum(['value', 'absent', 'unknown', 'failed', 'invalid']),
        from: z.string().optional(),
        raw: z.string().optional(),
        value: z.string().optional(),
        because: z.string().optional(),
        createOnly: z
          .literal(true)
          .optional()
          .meta({ description: 'used when the account is created, and not looked at for one that is there' }),
      }),
    ),
    desired: z
      .object({
        kind: z.enum(['present', 'gone', 'unmappable']),
        because: z.string().optional(),
        username: z.string().optional(),
        enabled: z.boolean().optional(),
        profile: profile.optional(),
        slots: z
          .record(z.string(), z.object({ kind: z.string(), address: z.string().optional(), because: z.string().optional() }))
          .optional(),
      })
      .optional(),
    owner: z.enum(['this-user', 'nobody', 'another-user']).optional().meta({ description: 'whom the account belongs to' }),
    observed: z
      .object({
        kind: z.enum(['present', 'absent', 'fault']),
        fault: z.string().optional(),
        status: z.string().optional(),
        profile: profile.optional(),
        devices: z
          .array(
            z.object({
              id: z.string(),
              nickname: z.string(),
              slot: z.string().optional(),
              type: z.string(),
              address: z.string().optional(),
              primary: z.boolean(),
              unusable: z.boolean().optional(),
              enrolledAt: z.string(),
            }),
          )
          .optional(),
      })
      .optional(),
    notPlanned: z.string().optional(),
    plan: z
      .object({
        steps: z.array(
          z.object({
            kind: z.string(),
            reason: z.string(),
            text: z.string(),
            slot: z.string().optional(),
            deviceId: z.string().optional(),
            from: z.string().optional(),
            profile: profile.optional(),
            address: z.string().optional(),
            replaces: z.string().optional(),
          }),
        ),
        findings: z.array(z.looseObject({ kind: z.string(), text: z.string() })),
        needs: z.array(z.object({ need: z.string(), text: z.string() })).optional(),
        replanAt: z.iso.datetime().optional(),
      })
      .optional()
      .meta({
        description:
          'what would be done now, at the wanted account and then at each other one of theirs that is closed beside it; nothing was',
      }),
    planHash: z.string().optional().meta({ description: 'of the first part of the plan that the guards are asked about' }),
    counts: counts.optional(),
    guard: z
      .object({
        kind: z.enum(['pass', 'approved', 'rejected', 'hold']),
        because: z.string().optional(),
        text: z.string().optional(),
        hold: z.string().optional(),
      })
      .optional()
      .meta({ description: 'what the guards would say now' }),
    unfinished: z.boolean().meta({ description: 'an attempt is under way or was left unfinished' }),
    outcomes: z.array(outcomeView).meta({ description: 'the last ones, newest first' }),
  })
  .meta({ id: 'Explanation' });
