import { type Instant, instant, instantOf } from '@tallystick/kernel-core';
import type { Coverage, DeliveryReceipt, Platform } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { Graph } from './graph-calls.ts';
import { nameOf } from './intune-configurations.ts';
import { isFault } from './intune-faults.ts';
import { graphVersionOf, policyPath } from './intune-policy.ts';

const count = z.int().nonnegative();
const summary = z.looseObject({
  configurationVersion: z.int(),
  lastUpdateDateTime: z.string(),
  pendingCount: count,
  notApplicableCount: count,
  successCount: count,
  errorCount: count,
  failedCount: count,
});
type Counted = Pick<
  z.infer<typeof summary>,
  'pendingCount' | 'notApplicableCount' | 'successCount' | 'errorCount' | 'failedCount'
>;

const unknown = (why: string): Coverage => ({ kind: 'unknown', why });

/**
 * Sums the policies' device summaries, once each of them is about the version that was written or a later one and newer than the write:
 * before that it counts who has the value of before.
 */
export async function coverageOf(
  graph: Graph,
  ids: readonly string[],
  platform: Platform,
  { at, version }: DeliveryReceipt,
  deadline: AbortSignal,
): Promise<Coverage> {
  const versions = version?.split(' ') ?? [];
  if (ids.length === 0 || versions.length !== ids.length || !versions.every((one) => /^\d{1,15}$/.test(one)))
    return unknown("Intune gave no version to this write, so that its counts can't be told from those of before");
  const counted: Counted[] = [];
  let asOf: Instant | undefined;
  for (const [index, id] of ids.entries()) {
    const what = nameOf(id, platform);
    const answer = await graph.get(
      graphVersionOf(platform),
      `${policyPath(id)}/deviceStatusSummary`,
      `${what}, its counts`,
      deadline,
    );
    if (isFault(answer)) return unknown(answer.detail);
    const read = summary.safeParse(answer.body);
    if (!read.success) return unknown(`${what}: Intune gave no counts as are known`);
    // Microsoft writes seven digits of a second.
    const updatedAt = instantOf(read.data.lastUpdateDateTime);
    if (read.data.configurationVersion < Number(versions[index]) || updatedAt === undefined || updatedAt <= at)
      return unknown(
        `${what}: Intune's counts are still those from before the write; if nobody is assigned to it, it never counts`,
      );
    counted.push(read.data);
    asOf = instant(Math.min(asOf ?? updatedAt, updatedAt));
  }
  const sum = (of: (one: Counted) => number): number => counted.reduce((total, one) => total + of(one), 0);
  const delivered = sum((one) => one.successCount);
  const pending = sum((one) => one.pendingCount);
  const failed = sum((one) => one.errorCount + one.failedCount);
  const notApplicable = sum((one) => one.notApplicableCount);
  const of = delivered + pending + failed;
  // Seen over there for a while after changes: all zero, and the devices come later.
  if (of === 0) return unknown('Intune counts no device yet');
  return { kind: 'known', signal: 'versioned', of, delivered, pending, failed, notApplicable, asOf: asOf! };
}
