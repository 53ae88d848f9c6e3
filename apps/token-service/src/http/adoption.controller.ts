import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { invalidRequest } from '@tallystick/platform-http';
import {
  adoptionReport,
  countDevices,
  dayOf,
  forEnforcing,
  forecastThreshold,
  isLive,
  judgeAdoption,
  type Ring,
  type SightingCounts,
  type TokenId,
} from '@tallystick/tokens-domain';
import type { z } from 'zod';
import { inTime } from '../rings/in-time.ts';
import { readCounts } from '../rings/read-adoption.ts';
import { Reads } from './documented.ts';
import {
  adoptionQuery,
  adoptionView,
  laggardList,
  laggardsQuery,
  previewQuery,
  previewView,
  queryOf,
  viewOfLaggard,
  viewOfPreview,
  viewOfReport,
  viewOfSpan,
  viewOfState,
} from './documents/adoption.ts';
import { environmentParameter } from './documents/parameters.ts';
import { sightingsUnavailable } from './problems.ts';
import { RingApi } from './ring-api.ts';

const laggardsTimeoutMs = 5_000;
const tokensSchema = { type: 'string' as const, pattern: '^tok_[a-z2-7]{16}(,tok_[a-z2-7]{16}){0,99}$' };

@ApiTags('adoption')
@Controller('v1/environments/:environment')
export class AdoptionController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get('preview')
  @Reads('If everything were enforced now: how many of the devices seen would be refused', previewView)
  @ApiQuery(queryOf.windowDays)
  async preview(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Query({ schema: previewQuery }) query: z.output<typeof previewQuery>,
  ): Promise<z.input<typeof previewView>> {
    const { ring, now, windowDays, adoption: seen } = await this.#gather(environment, query.windowDays);
    const adoption = forEnforcing(seen);
    return {
      state: viewOfState(adoption),
      windowDays,
      ...(adoption.kind === 'known' ? { ifEnforcedNow: viewOfPreview(ring, adoption.groups, now) } : {}),
    };
  }

  @Get('adoption')
  @Reads(
    'What the recently seen devices presented last: by token, segment, platform and day; and when a threshold will be met',
    adoptionView,
  )
  @ApiQuery(queryOf.windowDays)
  @ApiQuery({
    name: 'token',
    required: false,
    schema: { type: 'string', pattern: '^tok_[a-z2-7]{16}$' },
    description: 'For a forecast',
  })
  @ApiQuery({
    name: 'replaces',
    required: false,
    schema: tokensSchema,
    description: 'What the token replaces; default: live tokens of its segment',
  })
  @ApiQuery({ name: 'threshold', required: false, schema: { type: 'number', minimum: 0, maximum: 1, default: 0.95 } })
  async adoption(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Query({ schema: adoptionQuery }) { windowDays: asked, token, replaces, threshold = 0.95 }: z.output<typeof adoptionQuery>,
  ): Promise<z.input<typeof adoptionView>> {
    const { ring, now, windowDays, adoption, counts } = await this.#gather(environment, asked);
    if (!counts) return { state: viewOfState(adoption), windowDays };
    const toDay = dayOf(now);
    const window = { fromDay: toDay - windowDays + 1, toDay };
    const seen = new Set<string>(counts.current.map(({ presented }) => presented));
    const tokens = ring.tokens.filter((one) => isLive(one) || seen.has(one.id));
    return {
      state: viewOfState(adoption),
      windowDays,
      ...viewOfSpan(counts),
      figures: viewOfReport(adoptionReport({ counts, window, tokens })),
      ...(token
        ? { forecast: forecastOf(ring, counts, token[0] as TokenId, replaces as TokenId[] | undefined, threshold, window) }
        : {}),
    };
  }

  @Get('adoption/laggards')
  @Reads('Devices whose last sighting is none of these tokens; in no order, page by page until there is no next', laggardList)
  @ApiQuery(queryOf.windowDays)
  @ApiQuery({ name: 'token', required: false, schema: tokensSchema, description: 'Default: all active tokens' })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string', maxLength: 100 } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 } })
  async laggards(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Query({ schema: laggardsQuery }) { windowDays, token, cursor, limit }: z.output<typeof laggardsQuery>,
  ): Promise<z.input<typeof laggardList>> {
    const ring = await this.#api.read(environment);
    const active = ring.tokens.flatMap(({ id, state }) => (state.kind === 'active' ? [id] : []));
    const call = this.#api.needs.sightings.laggards({
      environment,
      presented: (token as TokenId[] | undefined) ?? active,
      fromDay: dayOf(this.#api.now()) - (windowDays ?? ring.settings.guards.windowDays) + 1,
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = await inTime(call, laggardsTimeoutMs).catch((cause: unknown) => {
      if (cause instanceof RangeError)
        throw invalidRequest('query', [{ message: 'expected the cursor of a page before', path: ['cursor'] }]);
      throw sightingsUnavailable(cause);
    });
    if (!page) throw sightingsUnavailable(new Error('the sightings did not come in time'));
    const { devices, next } = page.value;
    return { items: devices.map(viewOfLaggard), ...(next === undefined ? {} : { next }) };
  }

  async #gather(environment: EnvironmentId, asked: number | undefined) {
    const ring = await this.#api.read(environment);
    const now = this.#api.now();
    const { guards } = ring.settings;
    const windowDays = asked ?? guards.windowDays;
    const counts = await readCounts(this.#api.needs, environment, windowDays, now);
    return { ring, now, windowDays, counts, adoption: judgeAdoption(counts, { ...guards, windowDays }, now) };
  }
}

function forecastOf(
  ring: Ring,
  counts: SightingCounts,
  token: TokenId,
  asked: readonly TokenId[] | undefined,
  threshold: number,
  { fromDay, toDay }: { readonly fromDay: number; readonly toDay: number },
): NonNullable<z.input<typeof adoptionView>['forecast']> {
  const segment = ring.tokens.find(({ id }) => id === token)?.segment;
  const isNeighbour = (one: Ring['tokens'][number]) =>
    one.id !== token && isLive(one) && segment !== undefined && JSON.stringify(one.segment) === JSON.stringify(segment);
  const replaces = asked ?? ring.tokens.filter(isNeighbour).map(({ id }) => id);
  const concerned = new Set<string>([token, ...replaces]);
  const groups = counts.current.filter(({ day, presented }) => day >= fromDay && concerned.has(presented));
  const at = forecastThreshold({ series: counts.series, token, replaces, threshold, today: toDay });
  return {
    token,
    replaces: [...replaces],
    threshold,
    devices: countDevices(groups),
    onToken: countDevices(groups.filter(({ presented }) => presented === token)),
    at: at === undefined ? null : new Date(at).toISOString(),
  };
}
