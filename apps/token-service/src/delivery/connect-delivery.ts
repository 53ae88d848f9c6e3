import { dirname } from 'node:path';
import type { Metrics } from '@tallystick/platform-observability';
import type { Redis } from '@tallystick/platform-redis';
import { createSecretResolver, currentKey, keyedHash, type KeyRing, ringFor } from '@tallystick/platform-secrets';
import type { TokenServiceConfig } from '../config.ts';
import type { SecondRedis } from '../sightings/second-redis.ts';
import { Deliveries, type DeliveriesNeeds } from './deliveries.ts';
import { DeliveryApi } from './delivery-targets.controller.ts';
import { slotLock } from './slot-lock.ts';
import { readTargets } from './targets-file.ts';
import { Targets } from './targets.ts';
import { Webhooks } from './webhooks.ts';

interface ConnectNeeds extends Omit<DeliveriesNeeds, 'holdSlot'> {
  readonly redis: Redis;
  readonly prefix: string;
  readonly journalOf: SecondRedis['journalOf'];
  readonly metrics: Metrics;
  readonly keys: KeyRing;
}

/** @throws Error naming every fault of the targets file. */
export function connectDelivery(
  config: Pick<TokenServiceConfig, 'TOKENS_DELIVERY_TARGETS_FILE' | 'TOKENS_SECRETS_FOLDER' | 'TOKENS_DELIVERY_INSECURE_HOSTS'>,
  { redis, prefix, keys, journalOf, ...needs }: ConnectNeeds,
): { readonly api: DeliveryApi; readonly webhooks: Webhooks; readonly close: () => Promise<void> } {
  const path = config.TOKENS_DELIVERY_TARGETS_FILE;
  const { key } = currentKey(ringFor(keys, 'delivery-receipt'));
  const targets = new Targets({
    documents: path === undefined ? [] : readTargets(path),
    resolveSecret: createSecretResolver({
      folder: config.TOKENS_SECRETS_FOLDER ?? (path === undefined ? undefined : dirname(path)),
      variables: process.env,
    }),
    insecureHosts: config.TOKENS_DELIVERY_INSECURE_HOSTS,
    digest: (value, text) => keyedHash(key, value, text),
    journalOf: ({ environment, id: target }) =>
      journalOf({ environment, target, nameOf: (device) => keyedHash(key, 'device', environment, target, device) }),
    deviceDigestOf:
      ({ environment, id: target }) =>
      (text) =>
        keyedHash(key, 'device-value', environment, target, text),
    nowMs: needs.nowMs,
  });
  const deliveries = new Deliveries({ ...needs, holdSlot: slotLock(redis, prefix) });
  const webhooks = new Webhooks({ targets, logger: needs.logger, metrics: needs.metrics, nowMs: needs.nowMs });
  return { api: new DeliveryApi(targets, deliveries), webhooks, close: () => targets.close() };
}
