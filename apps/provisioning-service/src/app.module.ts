import { type DynamicModule, Module } from '@nestjs/common';
import { UsersController, type UsersNeeds, usersNeeds } from './users/users.controller.ts';

@Module({})
export class AppModule {
  static of(needs: UsersNeeds): DynamicModule {
    return { module: AppModule, controllers: [UsersController], providers: [{ provide: usersNeeds, useValue: needs }] };
  }
}
