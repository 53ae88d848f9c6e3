import { describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import {
  environmentsOfOneShard,
  exampleRing,
  InMemoryAuditOutbox,
  InMemoryRingWitness,
  InMemoryTokenRingStore,
} from '@tallystick/tokens-testing';
import { monotonicClock } from '../propagation/clock.ts';
import { RegistryWatch } from '../propagation/registry-watch.ts';
import { auditAndRecovery } from './audit-and-recovery.ts';
import { testSigner } from '../recovery/test-support/test-signer.ts';
import { tellingStore } from './telling-store.ts';

const { shard, environments } = environmentsOfOneShard(1, uniqueName('e'));
const environment = environments[0]!;

async function parts(brokers: readonly string[] | undefined) {
  const store = new InMemoryTokenRingStore();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const metrics = createMetrics({ service: 'test' });
  const watch = new RegistryWatch({ store, clock: monotonicClock, logger });
  const topics = { audit: uniqueName('audit'), heads: uniqueName('heads'), revocations: uniqueName('revocations') };
  const both = auditAndRecovery({
    kafka: brokers && { address: { brokers }, topics, createTopics: true, signer: testSigner },
    ...{ store, watch, logger, metrics, clock: monotonicClock, nowMs: Date.now },
    outbox: new InMemoryAuditOutbox(store),
    witness: new InMemoryRingWitness(),
  });
  await watch.start();
  await both.start();
  const change = () =>
    tellingStore(store, both.wake).change({
      ring: exampleRing(environment, 1),
      expectedVersion: 0,
      audit: '{}',
      mayUseReserve: false,
    });
  const stop = async () => {
    await both.stop();
    await watch.stop();
  };
  return { store, metrics, change, stop };
}

describe('relay and recovery together', () => {
  it('make their topics, publish what is changed, and stop', async () => {
    const { store, metrics, change, stop } = await parts(endpoints().kafka);
    await change();
    await eventually(() => store.outbox(shard).length === 0, { withinMs: 60_000, what: 'the change is published' });
    expect(await metrics.registry.metrics()).toMatch(/tallystick_audit_published_total\{[^}]*\} 1/);
    await stop();
  }, 90_000);

  it('start, leave the audit where it is, and stop, without Kafka', async () => {
    const { store, change, stop } = await parts(undefined);
    await change();
    await stop();
    expect(store.outbox(shard)).toHaveLength(1);
  }, 30_000);
});
