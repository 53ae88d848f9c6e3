import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentPrincipal, notFound, type Principal, ProblemException, Public, Roles } from './index.ts';

// How a route is written: a schema for what comes in, the roles that may call, a schema for what goes out.
const newSegment = z
  .object({ label: z.string().min(1).max(20), weight: z.int().positive().optional() })
  .meta({ id: 'NewSegment' });
const segment = newSegment.extend({ id: z.uuid(), note: z.string().nullable() }).meta({ id: 'Segment' });
const paging = z.object({ limit: z.coerce.number().int().max(50).default(10) });

@ApiTags('segments')
@Controller('v1/environments/:environment/segments')
class SegmentsController {
  @Post()
  @Roles('token-admin')
  @ApiCreatedResponse({ standardSchema: segment })
  create(
    @Param('environment') environment: string,
    @Body({ schema: newSegment }) body: z.output<typeof newSegment>,
    @CurrentPrincipal() by: Principal,
  ) {
    return { ...body, environment, by: by.subject };
  }

  @Get()
  @Roles('viewer', 'token-admin')
  list(@Query({ schema: paging }) { limit }: z.output<typeof paging>) {
    return { limit };
  }

  @Get('broken')
  @Roles('viewer')
  broken() {
    throw new Error('connect to secret-host failed', { cause: new Error('inner cause') });
  }

  @Get('gone')
  @Roles('viewer')
  gone() {
    throw new ProblemException('segment-retired', 410, 'The segment is retired', 'Use another one.', {
      retiredAt: '2026-01-01T00:00:00Z',
    });
  }

  @Get('unknown')
  @Roles('viewer')
  unknown() {
    throw notFound();
  }
}

@Controller()
class OtherController {
  @Get('v1/everywhere')
  @Roles('viewer')
  everywhere() {
    return { ok: true };
  }

  @Get('open')
  @Public()
  open() {
    return { open: true };
  }

  @Get('forgotten')
  forgotten() {
    return { secret: true };
  }
}

@Module({ controllers: [SegmentsController, OtherController] })
export class ExampleModule {}
