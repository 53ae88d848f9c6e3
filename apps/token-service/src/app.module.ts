import { type DynamicModule, Module } from '@nestjs/common';
import { DeliveryApi, DeliveryTargetsController } from './delivery/delivery-targets.controller.ts';
import { AdoptionController } from './http/adoption.controller.ts';
import { DeviceRequirementsController } from './http/compatible/device-requirements.controller.ts';
import { LeakReportsController } from './http/leak-reports.controller.ts';
import { NoticesController } from './http/notices.controller.ts';
import { ProposalsController } from './http/proposals.controller.ts';
import { RequirementController } from './http/requirement.controller.ts';
import { RingApi, type RingApiNeeds } from './http/ring-api.ts';
import { SettingsController } from './http/settings.controller.ts';
import { SiblingRequirementsController } from './http/sibling-requirements.controller.ts';
import { TokenActionsController } from './http/token-actions.controller.ts';
import { TokenValuesController } from './http/token-values.controller.ts';
import { TokensController } from './http/tokens.controller.ts';
import { ValidatorsController } from './http/validators.controller.ts';
import { ShardRecovery, ShardsController } from './recovery/shards.controller.ts';
import { RotationCommandsController } from './rotations/rotation-commands.controller.ts';
import { RotationSchedulesController } from './rotations/rotation-schedules.controller.ts';
import { RotationsApi } from './rotations/rotations-api.ts';
import { RotationsController } from './rotations/rotations.controller.ts';
import type { RotationEngine } from './rotations/rotations.port.ts';

@Module({})
export class AppModule {
  /** @param rotations left out: their routes say that there is no engine for them. */
  static of(needs: RingApiNeeds, recovery: ShardRecovery, delivery: DeliveryApi, rotations?: RotationEngine): DynamicModule {
    const api = new RingApi(needs);
    return {
      module: AppModule,
      controllers: [
        RequirementController,
        SiblingRequirementsController,
        SettingsController,
        TokensController,
        TokenActionsController,
        TokenValuesController,
        ProposalsController,
        AdoptionController,
        ValidatorsController,
        LeakReportsController,
        NoticesController,
        DeviceRequirementsController,
        ShardsController,
        RotationsController,
        RotationCommandsController,
        RotationSchedulesController,
        DeliveryTargetsController,
      ],
      providers: [
        { provide: RingApi, useValue: api },
        { provide: RotationsApi, useValue: new RotationsApi(api, delivery.targets, rotations) },
        { provide: DeliveryApi, useValue: delivery },
        { provide: ShardRecovery, useValue: recovery },
      ],
    };
  }
}
