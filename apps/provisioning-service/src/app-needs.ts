import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditTrail, ConnectionRef, ConnectionStore, InspectionId, UserRef } from '@tallystick/devices-domain';
import {
  type Identities,
  RedisChangeLedger,
  RedisErasure,
  RedisGuardStore,
  RedisInspectionStore,
  type RedisParkedStore,
  RedisPassStore,
  RedisReconciliationStore,
  type RedisSourceRecordStore,
  RedisUserIndex,
} from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import type { Redis } from '@tallystick/platform-redis';
import type { KeyRing } from '@tallystick/platform-secrets';
import type { TemporalClient } from '@tallystick/platform-temporal';
import type { AppNeeds } from './app.module.ts';
import { Audit } from './audit/audit.ts';
import type { Source } from './bridge/bridge.ts';
import type { SourceWatch } from './bridge/source-watch.ts';
import type { ProvisioningConfig } from './config.ts';
import { ConnectionsApi } from './connections/connections-api.ts';
import { createForgetParked } from './erasure/forget-parked.ts';
import { TemporalUserRuns } from './erasure/temporal-user-runs.ts';
import { createInspect, startInspection } from './explain/inspections.ts';
import { createConnectionInspector } from './explain/test-connection.ts';
import { linksTo } from './explain/workflow-links.ts';
import { HoldsApi } from './holds/holds-api.ts';
import { createParkedRecords } from './parking/parked-records.ts';
import { PassesApi } from './passes/passes-api.ts';
import { createRetirement } from './passes/retire-connection.ts';
import { TemporalPassSchedules } from './passes/temporal-pass-schedules.ts';
import { TemporalPasses } from './passes/temporal-passes.ts';

/** What runs already, and what this is put together from. */
export interface Ground {
  readonly redis: Redis;
  readonly sealKeys: KeyRing;
  readonly identities: Identities;
  readonly documents: ConnectionStore;
  readonly temporal: TemporalClient;
  readonly store: RedisSourceRecordStore;
  readonly parked: RedisParkedStore;
  /** Where changes and readings are noted before they are done. */
  readonly trail: AuditTrail;
  readonly watch: Pick<SourceWatch, 'lag'>;
  /** How a connection reads its topic now. */
  readonly sourceOf: (ref: ConnectionRef) => Source | undefined;
  readonly wake: (user: UserRef) => Promise<void>;
  readonly logger: Logger;
}

type Settings = Pick<
  ProvisioningConfig,
  'PROVISIONING_TEMPORAL_NAMESPACE' | 'PROVISIONING_TEMPORAL_UI_URL' | 'PROVISIONING_TOPICS'
>;

const inspectionWaitMs = 15_000;

/** Puts the HTTP half of the service together. */
export function appNeedsOf(
  config: Settings,
  ground: Ground,
): AppNeeds & { readonly holds: HoldsApi; readonly retire: (ref: ConnectionRef) => Promise<void> } {
  const { redis, sealKeys, identities, documents, temporal, store, parked, trail, watch, sourceOf, wake, logger } = ground;
  const now = () => instant(Date.now());
  const elapsedMs = () => performance.now();
  const records = new RedisReconciliationStore(redis, sealKeys);
  const inspect = createInspect({
    start: startInspection(temporal),
    answers: new RedisInspectionStore({ redis, ring: sealKeys }),
    newId: () => randomUUID() as string as InspectionId,
    pause,
    elapsedMs,
    waitMs: inspectionWaitMs,
  });
  const index = new RedisUserIndex(redis);
  const audit = new Audit({
    trail,
    ledger: new RedisChangeLedger({ redis, ring: sealKeys, digest: identities.digestOf }),
    logger,
    newRun: randomUUID,
  });
  const connections = new ConnectionsApi({
    store: documents,
    audit,
    records,
    index,
    inspector: createConnectionInspector(inspect, documents),
    anyTopic: config.PROVISIONING_TOPICS === 'any',
    logger,
    now,
    elapsedMs,
  });
  const passStore = new RedisPassStore({ redis, ring: sealKeys });
  const engine = new TemporalPasses(temporal);
  const schedules = new TemporalPassSchedules(temporal);
  const guards = new RedisGuardStore({ redis, ring: sealKeys });
  const passes = new PassesApi({
    connections,
    audit,
    passes: passStore,
    usersOf: (ref) => index.count(ref),
    engine,
    schedules,
    guards,
    logger,
    now,
  });
  const linkTo = linksTo(config.PROVISIONING_TEMPORAL_UI_URL, config.PROVISIONING_TEMPORAL_NAMESPACE);
  return {
    audit,
    connections,
    users: { connections, audit, identities, records, outcomes: records, wake, pause, elapsedMs, linkTo, logger },
    sources: { connections, audit, store, lag: (ref, topic) => watch.lag(ref, topic), parked, logger, now },
    parked: createParkedRecords({ index: parked, store, wake, sourceOf, now }),
    holds: new HoldsApi({
      connections,
      audit,
      guards,
      passes,
      wake,
      remind: (user) => store.remind(user),
      logger,
      now,
    }),
    passes,
    retire: createRetirement({ engine, schedules, passes: passStore, guards, now }),
    explain: { connections, audit, inspect, linkTo },
    erasure: {
      ...{ audit, identities, pause, elapsedMs, logger, passes: passStore },
      erasure: new RedisErasure({ redis, ring: sealKeys }),
      runs: new TemporalUserRuns(temporal),
      forgetParked: createForgetParked({ index: parked, sourceOf }),
      connectionIsThere: (ref) => connections.read(ref),
    },
  };
}
