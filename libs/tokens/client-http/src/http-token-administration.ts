import { instantOf } from '@tallystick/kernel-core';
import {
  type AdoptionReading,
  briefFindings,
  type CheckFinding,
  type MintedToken,
  type DeliverySlot,
  type RevokeReading,
  segmentName,
  type SlotCheck,
  type SlotPlan,
  type StepOnTokens,
  type TokenAdministration,
  TokenAdministrationRefusal,
  type TokenId,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { receiptOut, slotAnswer, slotCheck, slotPlan, targetFindings } from './delivery-answers.ts';
import { type Refusal, throwRefusal, TokenServiceCalls, type TokenServiceCallsOptions } from './token-service-calls.ts';

export type HttpTokenAdministrationOptions = TokenServiceCallsOptions;

type Input<Call extends keyof TokenAdministration> = Parameters<TokenAdministration[Call]>[0];

const confirmed = { confirmedBy: z.enum(['acknowledgement', 'lease']), validators: z.int() };
const token = z.object({ id: z.string(), state: z.string(), segmentName: z.string(), valueKept: z.string().optional() });
const minted = z.object({ token: z.object({ id: z.string() }), propagation: z.object(confirmed) });
const tokenPage = z.object({ items: z.array(token), next: z.string().optional() });
const revoked = z.object({ ...confirmed, waitedMs: z.int(), tokens: z.array(token) });
const adoption = z.object({
  state: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('known') }),
    z.object({ kind: z.literal('unknown'), text: z.string() }),
  ]),
  forecast: z.object({ devices: z.int(), onToken: z.int(), at: z.string().nullable() }).optional(),
});
const done = z.looseObject({});

/** Two live tokens of a segment: the old and the new one. */
const mostInSegment = 2;
const mostDetail = 1_000;
const mostReason = 200;

/**
 * What a rotation does to tokens, through the token service's API: the same guards, roles and audit as for people. Steps are idempotent for
 * the 24 hours that the service remembers their keys; their reasons, but that of a revocation, name the step. No value passes through here: the service is asked to show none.
 */
export class HttpTokenAdministration implements TokenAdministration {
  readonly #calls: TokenServiceCalls;
  constructor(options: HttpTokenAdministrationOptions) {
    this.#calls = new TokenServiceCalls(options);
  }

  async inspectTarget({ environment, slot }: Input<'inspectTarget'>): Promise<readonly CheckFinding[]> {
    const body = { platform: slot.platform };
    const { findings } = ok(await this.#calls.call(targetFindings, 'POST', `${targetPath(environment, slot)}/check`, { body }));
    return briefFindings(findings);
  }

  async mint({ request, rotation, step }: Input<'mint'>): Promise<MintedToken> {
    const { environment, segment, label, origin, expiresAfterDays } = request;
    const made = ok(
      await this.#calls.call(minted, 'POST', `${base(environment)}/tokens`, {
        key: [rotation, step],
        body: {
          reason: reasonOf('a new token is made', rotation, step),
          label,
          segment,
          format: origin === 'uuid' ? 'uuid' : 'tsk',
          keepValue: true,
          showValue: false,
          mostInSegment,
          ...(expiresAfterDays === undefined ? {} : { expiresAfterDays }),
        },
      }),
    );
    const { confirmedBy, validators } = made.propagation;
    const live = await this.#liveTokens(environment);
    // Tokens are listed in the order in which they were made, so a repeated step does not count a later one.
    const before = live.slice(
      0,
      Math.max(
        0,
        live.findIndex(({ id }) => id === made.token.id),
      ),
    );
    const replaces = before.filter((one) => one.segmentName === segmentName(segment)).map(({ id }) => id as TokenId);
    return { token: made.token.id as TokenId, replaces, confirmedBy, validators };
  }

  async openSlot({
    environment,
    rotation,
    step,
    token: id,
    slot,
    expected,
  }: Input<'openSlot'>): ReturnType<TokenAdministration['openSlot']> {
    if (slot.kind === 'target') {
      const reason = reasonOf('a target is written to', rotation, step);
      const body = { ...deliveryOf({ rotation, step, token: id, slot }), reason, expected };
      return ok(
        await this.#calls.call(slotAnswer, 'POST', `${targetPath(environment, slot)}/deliver`, { key: [rotation, step], body }),
      );
    }
    const found = ok(await this.#calls.call(token, 'GET', `${base(environment)}/tokens/${id}`));
    if (found.state === 'revoked')
      throw new TokenAdministrationRefusal('token-is-revoked', `${id} is revoked: nobody may deliver it`);
    if (found.valueKept === undefined) return { kind: 'refused', reason: 'its value is not kept' };
    const reason = reasonOf('a slot is opened', rotation, step);
    const body = { reason, what: 'slot-waiting', rotation, token: id, slot };
    ok(await this.#calls.call(done, 'POST', `${base(environment)}/notices`, { key: [rotation, step], body }));
    return { kind: 'awaiting-person' };
  }

  async planSlot({ environment, rotation, step, token: id, slot, known, overwrite }: Input<'planSlot'>): Promise<SlotPlan> {
    const reason = reasonOf('a target is looked at', rotation, step);
    const body = { ...deliveryOf({ rotation, step, token: id, slot }), reason, known, overwrite };
    // A plan is made anew each time: what stands there changes.
    const key = [rotation, step, 'plan', JSON.stringify({ known, overwrite })];
    return ok(await this.#calls.call(slotPlan, 'POST', `${targetPath(environment, slot)}/plan`, { key, body }));
  }

  async checkSlot({ environment, rotation, step, token: id, slot, receipt }: Input<'checkSlot'>): Promise<SlotCheck> {
    const body = { ...deliveryOf({ rotation, step, token: id, slot }), receipt: receiptOut(receipt) };
    return ok(await this.#calls.call(slotCheck, 'POST', `${targetPath(environment, slot)}/verify`, { body }));
  }

  async adoption({ environment, token: id, replaces, threshold }: Input<'adoption'>): Promise<AdoptionReading> {
    const query = new URLSearchParams({ token: id, replaces: replaces.join(','), threshold: threshold.toFixed(6) });
    const { state, forecast } = ok(await this.#calls.call(adoption, 'GET', `${base(environment)}/adoption?${query.toString()}`));
    if (state.kind === 'unknown' || !forecast)
      return { kind: 'unknown', why: state.kind === 'unknown' ? state.text : 'the service gave no figures' };
    const forecastAt = forecast.at === null ? undefined : instantOf(forecast.at);
    const { devices, onToken: onNew } = forecast;
    return { kind: 'known', devices, onNew, ...(forecastAt === undefined ? {} : { forecastAt }) };
  }

  retire(input: StepOnTokens): Promise<void> {
    return this.#mark('retire', input);
  }

  reinstate(input: StepOnTokens): Promise<void> {
    return this.#mark('reinstate', input);
  }

  releaseValues(input: StepOnTokens): Promise<void> {
    return this.#mark('release-values', input);
  }

  async revoke({ environment, rotation, step, tokens, successor, reason }: Input<'revoke'>): Promise<RevokeReading> {
    const answer = await this.#calls.call(revoked, 'POST', `${base(environment)}/tokens/revoke`, {
      // A rotation of before it was named may repeat the step with it: that is another request.
      key: [rotation, step, ...(successor === undefined ? [] : [successor])],
      body: { tokens, ...(successor !== undefined && { successor }), reason },
    });
    if (isRefusal(answer) && answer.isGuard) return { kind: 'refused', reason: answer.reason, detail: answer.detail };
    const { confirmedBy, validators, waitedMs } = ok(answer);
    return { kind: 'revoked', confirmedBy, validators, waitedMs };
  }

  async notify({ environment, rotation, step, what, detail }: Input<'notify'>): Promise<void> {
    const reason = reasonOf(what.replaceAll('-', ' '), rotation, step);
    const body = { reason, what, rotation, detail: detail.slice(0, mostDetail).replaceAll(/\p{Surrogate}/gu, '') };
    ok(await this.#calls.call(done, 'POST', `${base(environment)}/notices`, { key: [rotation, step, what], body }));
  }

  async #mark(
    how: 'retire' | 'reinstate' | 'release-values',
    { environment, rotation, step, tokens }: StepOnTokens,
  ): Promise<void> {
    if (tokens.length === 0) return;
    const body = { reason: reasonOf(stages[how], rotation, step), tokens };
    ok(await this.#calls.call(done, 'POST', `${base(environment)}/tokens/${how}`, { key: [rotation, step], body }));
  }

  async #liveTokens(environment: string): Promise<readonly z.output<typeof token>[]> {
    const live: z.output<typeof token>[] = [];
    for (let cursor = ''; ;) {
      const page = ok(await this.#calls.call(tokenPage, 'GET', `${base(environment)}/tokens?state=live&limit=200${cursor}`));
      live.push(...page.items);
      if (page.next === undefined) return live;
      cursor = `&cursor=${page.next}`;
    }
  }
}

const stages = {
  retire: 'the old tokens are retired',
  reinstate: 'the old tokens are reinstated',
  'release-values': 'kept values are released',
} as const;

/** The same for a repeated step, to the letter. */
const reasonOf = (stage: string, rotation: string, step: string): string =>
  `rotation, ${stage}: ${step} of ${rotation}`.slice(0, mostReason);

const targetPath = (environment: string, { target }: DeliverySlot): string =>
  `${base(environment)}/delivery-targets/${encodeURIComponent(target ?? '')}`;

/** What the routes of targets are asked about; the name is the same for a delivery's plan, its write and its checks. */
const deliveryOf = ({
  rotation,
  step,
  token: id,
  slot: { platform },
}: Pick<Input<'openSlot'>, 'rotation' | 'step' | 'token' | 'slot'>) => ({ platform, token: id, name: `${rotation}/${step}` });

const base = (environment: string): string => `/v1/environments/${environment}`;

const isRefusal = (answer: object): answer is Refusal => 'kind' in answer && answer.kind === 'refusal';

function ok<T extends object>(answer: T | Refusal): T {
  return isRefusal(answer) ? throwRefusal(answer) : answer;
}
