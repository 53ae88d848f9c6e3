import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiTooManyRequestsResponse,
} from '@nestjs/swagger';
import { Roles } from '@tallystick/platform-http';
import { type VerdictAnswer, verdictAnswer, type VerdictRequest, verdictRequest } from './verdict.schema.ts';

export const verdictPath = '/v1/environments/:environment/verdicts';

/** The route as the document shows it, and the role it needs. Its requests are answered by `verdict.route.ts`. */
@ApiTags('verdicts')
@Controller()
export class VerdictController {
  @Post(verdictPath)
  @HttpCode(200)
  @Roles('validator-caller')
  @ApiOperation({ summary: 'May this device pair or authenticate?' })
  @ApiOkResponse({ standardSchema: verdictAnswer })
  @ApiNotFoundResponse({ description: 'The environment is not known, or not to this caller. Treat it as a refusal.' })
  @ApiTooManyRequestsResponse({
    description: '`too-many-refusals`: refused, without saying why. Only refusals are limited, per caller and environment.',
  })
  @ApiServiceUnavailableResponse({
    description:
      '`no-lease`: the validator can not be sure that it knows every revocation. `ring-unreadable`, `pepper-missing`: this validator can not ' +
      'judge this environment, or this presentation. Treat each as a refusal, or ask another validator.',
  })
  verdict(@Param('environment') _environment: string, @Body({ schema: verdictRequest }) _body: VerdictRequest): VerdictAnswer {
    throw new TypeError('the hot route is not installed');
  }
}
