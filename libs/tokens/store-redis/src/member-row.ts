import { createHash } from 'node:crypto';
import { maxLeaseMs, type Member, type MemberId, type PepperId } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { readRecord, UnreadableRecord } from './unreadable-record.ts';

/** What a newer version may say besides is no reason to overlook a member. */
const memberRow = z.object({
  epoch: z.string(),
  applied: z.int().min(-1),
  leaseMs: z.number(),
  peppers: z.array(z.string().transform((id) => id as PepperId)).optional(),
  renewals: z.int(),
});

/**
 * A row that can't be read is a member that has applied nothing: a revoke then waits for the slow bound, and no look fails. Its `renewals`
 * is a negative number made from the row's text: it changes when the row does, so a member that nobody here can read but that renews is
 * not taken for a silent one, and one that is silent can be dropped.
 */
export function readMember(id: string, json: string): Member {
  try {
    const { epoch, applied, leaseMs, peppers, renewals } = readRecord(memberRow, json, 'a member row');
    return { id: id as MemberId, epoch, applied, leaseMs, peppers, renewals };
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    // Computed the same way in the script that drops members; Redis has SHA-1.
    const renewals = -Number.parseInt(createHash('sha1').update(json).digest('hex').slice(0, 12), 16);
    return { id: id as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: undefined, renewals };
  }
}

/** A JSON object that is not empty, without the count of renewals: the script adds it. */
export const writeMember = ({
  epoch,
  applied,
  leaseMs,
  peppers,
}: {
  readonly epoch: string;
  readonly applied: number;
  readonly leaseMs: number;
  readonly peppers: readonly PepperId[];
}): string => JSON.stringify({ epoch, applied, leaseMs, peppers });
