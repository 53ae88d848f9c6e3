import { randomUUID } from 'node:crypto';
import { RedisAuditTrail, RedisOpenIntents } from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import type { AuditDigest } from '@tallystick/platform-audit';
import type { Ending } from '@tallystick/platform-config';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import { connectRedis, type Redis, type RedisAddress } from '@tallystick/platform-redis';
import { declareAuditMetrics } from '../provisioning-metrics.ts';
import { startClosingIntents } from './close-intents.ts';

interface TrailGround {
  readonly redis: Redis;
  readonly address: RedisAddress;
  /** That must have a note before what it is about is done. */
  readonly replicas: number;
  readonly digest: AuditDigest | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The outbox of this process, with an alarm for what could not be written into it, and with an end for what a process left without one. */
export async function openAuditTrail(
  { redis, address, replicas, digest, metrics, logger }: TrailGround,
  ending: Ending,
): Promise<RedisAuditTrail> {
  const refused = declareAuditMetrics(metrics);
  const now = () => instant(Date.now());
  const writer = randomUUID();
  // To wait for replicas blocks a connection, and must not hold up anything else.
  const own = replicas > 0 ? await connectRedis({ ...address, name: 'provisioning-audit', logger }) : redis;
  if (own !== redis) ending.add('the Redis of the audit', () => own.close());
  const trail = new RedisAuditTrail({
    ...{ redis: own, digest, now, writer, replicas },
    onFault: (because, cause) => {
      refused.inc({ because });
      const what =
        because === 'not-replicated'
          ? 'too few replicas have a note of the audit: what needs it is refused, but what stops or takes back goes on'
          : 'the audit can not be written: what needs it is refused';
      logger.error({ because, err: cause }, what);
    },
  });
  const intents = new RedisOpenIntents({ redis, writer, now, isUnderWay: (intent) => trail.isUnderWay(intent) });
  const closing = startClosingIntents({ intents, logger });
  ending.add('the look for what was begun and never ended', () => closing.stop());
  return trail;
}
