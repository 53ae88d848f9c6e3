import { type DynamicModule, Module } from '@nestjs/common';
import { RequirementController } from './http/requirement.controller.ts';
import { RingApi, type RingApiNeeds } from './http/ring-api.ts';
import { TokensController } from './http/tokens.controller.ts';
import { ValidatorsController } from './http/validators.controller.ts';

@Module({})
export class AppModule {
  static of(needs: RingApiNeeds): DynamicModule {
    return {
      module: AppModule,
      controllers: [RequirementController, TokensController, ValidatorsController],
      providers: [{ provide: RingApi, useValue: new RingApi(needs) }],
    };
  }
}
