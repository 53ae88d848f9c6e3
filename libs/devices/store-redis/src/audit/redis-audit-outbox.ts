import type { AuditNote } from '@tallystick/devices-domain';
import { RedisChainedOutbox } from '@tallystick/platform-audit';
import type { Redis } from '@tallystick/platform-redis';
import { auditedEnvironmentsKey, auditKeys, isAuditedPlace } from './audit-keys.ts';

/**
 * What `RedisAuditTrail` has written, one outbox for each environment, for the relay. A name that it has seen is listed again should Redis
 * have lost it; what is no name of an environment is left out.
 */
export function redisAuditOutbox(client: Redis): RedisChainedOutbox {
  const seen = new Set<string>();
  const outboxes = async (): Promise<readonly string[]> => {
    const listed = new Set(await client.sMembers(auditedEnvironmentsKey));
    const lost = [...seen].filter((name) => !listed.has(name));
    if (lost.length > 0) await client.sAdd(auditedEnvironmentsKey, lost);
    for (const name of listed) if (isAuditedPlace(name)) seen.add(name);
    return [...seen];
  };
  return new RedisChainedOutbox({
    client,
    outboxes,
    placeOf: (outbox) => outbox,
    keysOf: (outbox) => {
      const { outbox: stream, claim, head } = auditKeys(outbox as AuditNote['environment']);
      return { outbox: stream, claim, heads: head };
    },
  });
}
