import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
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
  @ApiServiceUnavailableResponse({
    description: '`no-lease`: the validator can not be sure that it knows every revocation. Treat it as a refusal.',
  })
  verdict(@Param('environment') _environment: string, @Body({ schema: verdictRequest }) _body: VerdictRequest): VerdictAnswer {
    throw new TypeError('the hot route is not installed');
  }
}
