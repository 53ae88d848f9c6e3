import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Identities } from '@tallystick/devices-store-redis';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { Roles } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { z } from 'zod';
import { type Asking, Changing, CurrentChange } from '../audit/changing.ts';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import { type EraseNeeds, eraseUser } from './erase-user.ts';
import { erasedView, eraseUserBody, viewOfErased } from './erasure.documents.ts';

/** What the controller needs, handed in by the composition root. */
export interface ErasureNeeds extends EraseNeeds {
  readonly identities: Pick<Identities, 'userOf'>;
  readonly logger: Pick<Logger, 'info'>;
}

export const erasureNeeds = Symbol('ErasureNeeds');

@ApiTags('users')
@Controller('v1/environments/:environment/connections/:connection/users/erase')
export class ErasureController {
  readonly #needs: ErasureNeeds;
  constructor(@Inject(erasureNeeds) needs: ErasureNeeds) {
    this.#needs = needs;
  }

  @Post()
  @HttpCode(200)
  @Roles('approver')
  @ApiOperation({
    summary:
      'Erases what is kept of one person, by their key in the datastore, and their runs in Temporal; not what is at the provider',
  })
  @ApiOkResponse({ standardSchema: erasedView })
  @ApiResponse({ status: 503, description: 'Not all is erased, or the audit can not be written; `type` says which. Repeat it.' })
  @Changing()
  async erase(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: eraseUserBody }) { sourceKey, reason }: z.output<typeof eraseUserBody>,
    @CurrentChange() asking: Asking,
  ): Promise<z.input<typeof erasedView>> {
    const user = this.#needs.identities.userOf(environment, connection, sourceKey);
    const { body } = await eraseUser(this.#needs, { user, sourceKey }, { ...asking, reason });
    this.#needs.logger.info({ environment, connection, by: asking.by, known: body.known }, 'a person was erased');
    return viewOfErased(body);
  }
}
