import { type EnvironmentId, environmentId, isName } from '@tallystick/kernel-core';
import { auditChainTopicSpecs, type AuditChainTopics, defaultAuditChainTopics } from '@tallystick/platform-audit';
import type { TopicSpec } from '@tallystick/platform-kafka';
import { type OutboxEntry, type RingShard, ringShards, type TokenId } from '@tallystick/tokens-domain';
import { z } from 'zod';

/** The names of the topics. */
export interface AuditTopics extends AuditChainTopics {
  /** Compacted: one record per revoked token, for ever, and one per shard that says how far it is complete. */
  readonly revocations: string;
}

export const defaultAuditTopics: AuditTopics = { ...defaultAuditChainTopics, revocations: 'tallystick.revocations' };

/**
 * How the topics have to be, for an evaluation that makes them itself. None may ever lose a record by age. One partition for the
 * revocations: they are few, and read whole. Who may write to them may revoke any token by it.
 */
export const auditTopicSpecs = ({ revocations, ...chains }: AuditTopics): readonly TopicSpec[] => [
  ...auditChainTopicSpecs(chains),
  { topic: revocations, numPartitions: 1, compact: true, config: { 'max.message.bytes': '4194304' } },
];

// `<environment>/<token>` names a revocation, `:progress/<shard>` how far a shard is complete; no environment has a colon.

export const revocationKey = (environment: EnvironmentId, token: TokenId): string => `${environment}/${token}`;
const progressStart = ':progress/';
export const progressKey = (shard: RingShard): string => `${progressStart}${shard}`;

export type RevocationsKey =
  | { readonly kind: 'revocation'; readonly environment: EnvironmentId; readonly token: TokenId }
  | { readonly kind: 'progress'; readonly shard: RingShard };

/** What a key of the revocations names; undefined when nothing that this version knows. */
export function readRevocationsKey(key: string): RevocationsKey | undefined {
  if (key.startsWith(progressStart)) {
    const shard = ringShards.find((one) => one === key.slice(progressStart.length));
    return shard && { kind: 'progress', shard };
  }
  const slash = key.indexOf('/');
  const [environment, token] = [key.slice(0, slash), key.slice(slash + 1)];
  if (slash < 0 || !isName(environment) || token === '') return undefined;
  return { kind: 'revocation', environment: environmentId(environment), token: token as TokenId };
}

/** Every entry of the shard up to `seq`, under this head epoch, is in the topics. */
export const progressValue = z.object({ headEpoch: z.string().min(1), seq: z.int().min(0) });

const auditObject = z.record(z.string(), z.unknown());
const revokedTokens = z.union([
  z.array(z.string().min(1)),
  z
    .string()
    .min(1)
    .transform((token) => [token]),
]);

export interface NamedEntry {
  readonly headEpoch: string;
  readonly entry: OutboxEntry;
}

/** One record per token that the entry revoked; `isReadable` is false when it can't be told whether there are any. */
export function revocationRecords({ headEpoch, entry }: NamedEntry): {
  readonly records: readonly { readonly key: string; readonly value: string }[];
  readonly isReadable: boolean;
} {
  const { environment, seq, audit } = entry;
  const parsed = auditObject.safeParse(parse(audit));
  if (!parsed.success || environment === undefined) return { records: [], isReadable: false };
  const { revoked, at } = parsed.data;
  if (revoked === undefined) return { records: [], isReadable: true };
  const tokens = revokedTokens.safeParse(revoked);
  if (!tokens.success) return { records: [], isReadable: false };
  const records = tokens.data.map((token) => ({
    key: revocationKey(environment, token as TokenId),
    value: JSON.stringify({ environment, token, at, headEpoch, seq }),
  }));
  return { records, isReadable: true };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
