import { z } from 'zod';

const text = (description: string) => z.string().meta({ description });

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

/** What this service tells of one user: never a name, an address or a number. */
export const userView = z
  .object({
    user: text('the hash that stands for the user in ids, logs and outcomes'),
    workflowId: text('look it up in the Temporal UI'),
    outcome: z
      .object({
        kind: z.enum(['in-sync', 'changed', 'partial', 'not-planned']),
        because: z.string().optional(),
        detail: z.string().optional(),
        version: text('version of the source record that was reconciled'),
        steps: z.array(step),
        findings: z.array(finding),
        at: z.iso.datetime(),
      })
      .nullable()
      .meta({ description: 'the last finished reconciliation; null when there was none' }),
  })
  .meta({ id: 'User' });

export const connectionView = z
  .object({
    connection: z.string(),
    topic: z.string(),
    directory: z.string(),
    options: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Connection' });

export const connectionList = z.object({ connections: z.array(connectionView) }).meta({ id: 'ConnectionList' });

/** A source key travels in the body: a path or query lies in access logs, and a key may be a person's e-mail address. */
export const userLookup = z.object({ sourceKey: z.string().min(1).max(1024) }).meta({ id: 'UserLookup' });
