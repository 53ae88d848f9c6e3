import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import { liveTokens, type RingShard, type TokenId, type TokenRingStore } from '@tallystick/tokens-domain';
import type { PublishedUpTo, RevocationTopic } from '@tallystick/tokens-audit-kafka';
import type { RevokeAgain } from './revoke-again.ts';

export interface ReplayNeeds {
  readonly store: Pick<TokenRingStore, 'shardOf' | 'environments' | 'read'>;
  readonly topic: RevocationTopic;
  readonly revokeAgain: RevokeAgain;
  readonly logger: Logger;
}

export interface Replayed {
  /** Tokens that were live and had been revoked before. */
  readonly revoked: number;
  /** Shards in which not all of it could be done. */
  readonly failed: ReadonlySet<RingShard>;
  /** How far the topic is complete. */
  readonly published: ReadonlyMap<RingShard, PublishedUpTo>;
}

const readAtOnce = 50;

/**
 * Compares the live tokens of these shards with the published revocations, and revokes again what was revoked before. In memory are the live
 * tokens of these shards, never the history. Throws when the store or Kafka is away.
 */
export async function replayRevocations(needs: ReplayNeeds, shards: readonly RingShard[]): Promise<Replayed> {
  const { store, topic, revokeAgain, logger } = needs;
  const live = await readLive(needs, shards);
  const lost = new Map<EnvironmentId, Set<TokenId>>();
  const published = await topic.read(({ environment, token }) => {
    if (!live.get(environment)?.has(token)) return;
    const tokens = lost.get(environment) ?? new Set();
    lost.set(environment, tokens.add(token));
  });
  let revoked = 0;
  const failed = new Set<RingShard>();
  for (const [environment, tokens] of lost) {
    try {
      const again = await revokeAgain(environment, tokens);
      revoked += again;
      if (again > 0)
        logger.warn({ environment, tokens: again }, 'tokens that were revoked before were live again, and are revoked again');
    } catch (error) {
      failed.add(store.shardOf(environment));
      logger.error({ environment, err: error }, 'tokens that were revoked before are live and can not be revoked now');
    }
  }
  return { revoked, failed, published };
}

async function readLive({ store, logger }: ReplayNeeds, shards: readonly RingShard[]): Promise<Map<EnvironmentId, Set<TokenId>>> {
  const live = new Map<EnvironmentId, Set<TokenId>>();
  const readOne = async (environment: EnvironmentId) => {
    try {
      const ring = await store.read(environment);
      const tokens = ring ? liveTokens(ring).map(({ id }) => id) : [];
      if (tokens.length > 0) live.set(environment, new Set(tokens));
    } catch (error) {
      // It gets no verdict from any validator, so nothing of it can be live; it must not keep its neighbours shut.
      if (!(error instanceof Error && error.name === 'UnreadableRecord')) throw error;
      logger.error({ environment }, 'a ring can not be read, so its revocations can not be made again');
    }
  };
  for (const shard of shards) {
    const environments = await store.environments(shard);
    for (let at = 0; at < environments.length; at += readAtOnce)
      await Promise.all(environments.slice(at, at + readAtOnce).map(readOne));
  }
  return live;
}
