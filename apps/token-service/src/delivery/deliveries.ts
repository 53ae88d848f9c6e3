import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import {
  type Delivery,
  type DeliveryReceipt,
  isAccepted,
  type Platform,
  type Ring,
  type SlotAnswer,
  slotAnswerOf,
  type SlotCheck,
  slotCheckOf,
  type SlotPlan,
  slotPlanOf,
  type Token,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import type { SealedValues } from '../rings/sealed-answers.ts';
import type { Peppers } from '../rings/token-values.ts';
import type { HoldSlot } from './slot-lock.ts';
import type { ConfiguredTarget } from './targets.ts';
import { declareDeliveryMetrics } from '../token-metrics.ts';

export interface DeliveriesNeeds {
  readonly store: Pick<TokenRingStore, 'read' | 'readSealed'>;
  readonly seals: SealedValues;
  readonly peppers: Peppers;
  readonly holdSlot: HoldSlot;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly nowMs: () => number;
}

/** A token's value for a slot of a target. `name`: unique for the delivery; the same for its plan, its write and its checks. */
export interface SlotDelivery {
  readonly environment: EnvironmentId;
  readonly configured: ConfiguredTarget;
  readonly platform: Platform;
  readonly token: TokenId;
  readonly name: string;
}

/** A write ends well before whoever asked for it gives up, and before it may be tried again. */
const writeWithinMs = 40_000;
const readWithinMs = 25_000;

type Failing = Extract<SlotAnswer, { readonly kind: 'failing' }>;
const failing = (reason: string, detail: string, isFinal: boolean): Failing => ({ kind: 'failing', reason, detail, isFinal });

/**
 * Puts values on targets. A value goes from its sealed copy straight to the MDM; nothing of it is in an answer. Only a token that is accepted
 * now is delivered, and only over a value that this rotation knows, unless it was asked to overwrite whatever is there.
 */
export class Deliveries {
  readonly #needs: DeliveriesNeeds;
  readonly #count;
  constructor(needs: DeliveriesNeeds) {
    this.#needs = needs;
    this.#count = declareDeliveryMetrics(needs.metrics);
  }

  /** @param known tokens whose value may be replaced, as long as it is kept: else there would be no way back. */
  async plan(asked: SlotDelivery, known: readonly TokenId[], mayOverwrite: boolean): Promise<SlotPlan> {
    const open = await this.#open(asked);
    if ('kind' in open) return this.#counted(asked, 'plan', open);
    const deadline = AbortSignal.timeout(readWithinMs);
    const { target } = asked.configured;
    const reading = await target.read(asked.platform, deadline);
    if ('kind' in reading) {
      const isByHand = target.describe().by === 'person' && reading.kind === 'refused' && reading.reason === 'unreadable';
      const not: SlotPlan = isByHand ? { kind: 'awaiting-person' } : slotPlanOf(reading);
      return this.#counted(asked, 'plan', not);
    }
    const strange = mayOverwrite ? undefined : this.#strangerAmong(reading.values, open.ring, known);
    if (strange !== undefined) return this.#counted(asked, 'plan', { kind: 'conflict', detail: strange } as const);
    const plan = slotPlanOf(await target.plan(open.delivery, deadline));
    // Between the two readings somebody may have put another value; what was judged is what is written over.
    if (plan.kind === 'planned' && plan.revision !== reading.revision)
      return this.#counted(asked, 'plan', failing('changed-meanwhile', 'somebody is changing it at this moment', false));
    return this.#counted(asked, 'plan', plan);
  }

  /** @param expected the revision that was planned with. */
  async apply(asked: SlotDelivery, expected: string): Promise<SlotAnswer> {
    const release = await this.#needs.holdSlot(`${asked.environment}/${asked.configured.document.id}/${asked.platform}`);
    if (!release) return this.#counted(asked, 'apply', failing('busy', 'another delivery to this slot has not ended yet', false));
    try {
      const open = await this.#open(asked);
      if ('kind' in open) return this.#counted(asked, 'apply', open);
      const { target } = asked.configured;
      const outcome = await target.apply(open.delivery, AbortSignal.timeout(writeWithinMs), expected);
      const after = await this.#accepted(asked);
      if ('kind' in after && outcome.kind !== 'refused' && outcome.kind !== 'try-later')
        return this.#counted(asked, 'apply', {
          kind: 'conflict',
          detail: `${asked.token} was revoked, or expired, while it was delivered: put another value on this target now`,
        });
      return this.#counted(asked, 'apply', slotAnswerOf(outcome));
    } finally {
      await release();
    }
  }

  async check(asked: SlotDelivery, receipt: DeliveryReceipt): Promise<SlotCheck> {
    const open = await this.#open(asked);
    if ('kind' in open) return this.#counted(asked, 'check', open);
    const { target } = asked.configured;
    const deadline = AbortSignal.timeout(readWithinMs);
    const found = await target.verify(open.delivery, receipt, deadline);
    if (found.kind !== 'stored') return this.#counted(asked, 'check', slotCheckOf(found, { kind: 'unknown', why: 'not stored' }));
    const coverage = await target.coverage(open.delivery, found.receipt, deadline);
    return this.#counted(asked, 'check', slotCheckOf(found, coverage));
  }

  /** Which token of this environment a target holds, for people. Never a value. */
  async holds(
    configured: ConfiguredTarget,
    platform: Platform,
  ): Promise<readonly (TokenId | 'nothing' | 'unknown-value')[] | Failing> {
    const reading = await configured.target.read(platform, AbortSignal.timeout(readWithinMs));
    if ('kind' in reading) return failing(reading.kind === 'refused' ? reading.reason : 'try-later', reading.detail, false);
    const ring = await this.#needs.store.read(configured.document.environment);
    return reading.values.map((value) => {
      if (value === undefined) return 'nothing';
      return (ring && this.#needs.peppers.finderOf(value)(ring)?.id) ?? 'unknown-value';
    });
  }

  async #accepted({ environment, token: id }: SlotDelivery): Promise<{ readonly ring: Ring; readonly token: Token } | Failing> {
    const ring = await this.#needs.store.read(environment);
    const token = ring?.tokens.find((one) => one.id === id);
    if (!ring || !token) return failing('unknown-token', `there is no token ${id}`, true);
    if (!isAccepted(token, instant(this.#needs.nowMs())))
      return failing('token-not-accepted', `${id} is not accepted now: it is revoked, expired, or not valid yet`, true);
    return { ring, token };
  }

  async #open(asked: SlotDelivery): Promise<{ readonly ring: Ring; readonly delivery: Delivery } | Failing> {
    const { environment, token: id, platform, name } = asked;
    const found = await this.#accepted(asked);
    if ('kind' in found) return found;
    if ((found.token.segment.platform ?? platform) !== platform)
      return failing('other-platform', `${id} is for ${found.token.segment.platform}, and this slot for ${platform}`, true);
    const copy = await this.#needs.store.readSealed(environment, id);
    const value = copy === undefined ? undefined : this.#needs.seals.open(environment, id, copy);
    if (value === undefined)
      return failing('value-not-kept', `no copy of the value of ${id} is kept that could be delivered or compared with`, true);
    return { ring: found.ring, delivery: { platform, value, name } };
  }

  /** Why what stands there must not be replaced; undefined when nothing is against it. */
  #strangerAmong(values: readonly (string | undefined)[], ring: Ring, known: readonly TokenId[]): string | undefined {
    for (const value of values) {
      if (value === undefined) continue;
      const token = this.#needs.peppers.finderOf(value)(ring);
      if (!token) return 'a value stands there that is no token of this environment: there would be no way back to it';
      if (!known.includes(token.id)) return `${token.id} stands there, which this rotation does not replace`;
      if (token.state.kind === 'revoked' || token.valueKept === undefined)
        return `${token.id} stands there, of which no copy is kept: there would be no way back to it`;
    }
    return undefined;
  }

  #counted<T extends SlotPlan | SlotAnswer | SlotCheck>(
    { environment, configured, token }: SlotDelivery,
    call: string,
    result: T,
  ): T {
    const { vendor, id: target } = configured.document;
    this.#count.inc({ environment, vendor, call, result: result.kind });
    const log = { environment, target, tokenId: token, call, result: result.kind };
    if (result.kind === 'failing' || result.kind === 'conflict') this.#needs.logger.warn(log, 'a delivery needs to be looked at');
    else this.#needs.logger.info(log, 'a delivery target was asked');
    return result;
  }
}
