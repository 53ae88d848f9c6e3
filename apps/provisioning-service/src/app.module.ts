import { type DynamicModule, Module } from '@nestjs/common';
import { Audit } from './audit/audit.ts';
import { ConnectionChecksController } from './connections/connection-checks.controller.ts';
import { ConnectionsApi } from './connections/connections-api.ts';
import { ConnectionsController } from './connections/connections.controller.ts';
import { ErasureController, type ErasureNeeds, erasureNeeds } from './erasure/erasure.controller.ts';
import { ExplainController, type ExplainNeeds, explainNeeds } from './explain/explain.controller.ts';
import { HoldsApi } from './holds/holds-api.ts';
import { HoldsController } from './holds/holds.controller.ts';
import type { ParkedRecords } from './parking/parked-records.ts';
import { ParkedController, parkedRecords } from './parking/parked.controller.ts';
import { PassSchedulesController } from './passes/pass-schedules.controller.ts';
import { PassesApi } from './passes/passes-api.ts';
import { PassesController } from './passes/passes.controller.ts';
import { SourcesController, type SourcesNeeds, sourcesNeeds } from './sources/sources.controller.ts';
import { UsersController, type UsersNeeds, usersNeeds } from './users/users.controller.ts';

/** What the controllers need, handed in by the composition root. */
export interface AppNeeds {
  readonly audit: Audit;
  readonly connections: ConnectionsApi;
  readonly users: UsersNeeds;
  readonly sources: SourcesNeeds;
  readonly parked: ParkedRecords;
  readonly holds: HoldsApi;
  readonly passes: PassesApi;
  readonly explain: ExplainNeeds;
  readonly erasure: ErasureNeeds;
}

@Module({})
export class AppModule {
  static of({ audit, connections, users, sources, parked, holds, passes, explain, erasure }: AppNeeds): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        ConnectionsController,
        ConnectionChecksController,
        SourcesController,
        ParkedController,
        UsersController,
        ExplainController,
        ErasureController,
        PassesController,
        PassSchedulesController,
        HoldsController,
      ],
      providers: [
        { provide: Audit, useValue: audit },
        { provide: ConnectionsApi, useValue: connections },
        { provide: usersNeeds, useValue: users },
        { provide: sourcesNeeds, useValue: sources },
        { provide: parkedRecords, useValue: parked },
        { provide: HoldsApi, useValue: holds },
        { provide: PassesApi, useValue: passes },
        { provide: explainNeeds, useValue: explain },
        { provide: erasureNeeds, useValue: erasure },
      ],
    };
  }
}
