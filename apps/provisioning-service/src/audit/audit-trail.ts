import { RedisAuditTrail } from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import type { AuditDigest } from '@tallystick/platform-audit';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import type { Redis } from '@tallystick/platform-redis';
import { declareAuditMetrics } from '../provisioning-metrics.ts';

interface TrailGround {
  readonly redis: Redis;
  readonly digest: AuditDigest | undefined;
  readonly metrics: Metrics;
  readonly logger: Pick<Logger, 'error'>;
}

/** The outbox of this process, with an alarm for what could not be written into it. */
export function openAuditTrail({ redis, digest, metrics, logger }: TrailGround): RedisAuditTrail {
  const refused = declareAuditMetrics(metrics);
  return new RedisAuditTrail({
    redis,
    digest,
    now: () => instant(Date.now()),
    onFault: (because, cause) => {
      refused.inc({ because });
      logger.error({ because, err: cause }, 'the audit can not be written: what needs it is refused');
    },
  });
}
