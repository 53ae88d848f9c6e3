import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import {
  type AdoptionReading,
  briefFindings,
  type CheckFinding,
  type DeliverySlot,
  type DeliveryTarget,
  type MintedToken,
  type RevokeReading,
  type RotationNotice,
  segmentName,
  slotAnswerOf,
  slotCheckOf,
  slotPlanOf,
  type RevokeStep,
  type StepOnTokens,
  type TokenAdministration,
  TokenAdministrationRefusal,
  type TokenId,
} from '@tallystick/tokens-domain';

export interface KnownToken {
  readonly id: TokenId;
  readonly environment: EnvironmentId;
  readonly segment: string;
  state: 'active' | 'retiring' | 'revoked';
  /** Nobody has given its value back yet: it can be delivered. */
  isValueKept: boolean;
}

type Inspection = Parameters<TokenAdministration['inspectTarget']>[0];
type Slot = Parameters<TokenAdministration['openSlot']>[0];
type Plan = Parameters<TokenAdministration['planSlot']>[0];
type Check = Parameters<TokenAdministration['checkSlot']>[0];
type Mint = Parameters<TokenAdministration['mint']>[0];
type Notice = Parameters<TokenAdministration['notify']>[0];

/** Rings, validators and devices in a few maps; what tests want to happen is set beforehand. */
export class InMemoryTokenAdministration implements TokenAdministration {
  readonly tokens: KnownToken[] = [];
  readonly opened: Slot[] = [];
  readonly notices: { readonly what: RotationNotice; readonly detail: string }[] = [];
  /** Each call that was made, in order: `mint mint-1`. */
  readonly calls: string[] = [];
  /** Looked at before each call: what it throws is thrown. */
  before: (call: keyof TokenAdministration, input: object) => void = () => undefined;
  /** Looked at after the effect of a call and before its answer: a crash in between. */
  after: (call: keyof TokenAdministration, input: object) => Promise<void> | void = () => undefined;
  reading: (token: TokenId) => AdoptionReading = () => ({ kind: 'unknown', why: 'no sightings' });
  slotAnswer: (input: Slot) => Awaited<ReturnType<TokenAdministration['openSlot']>> = () => ({ kind: 'awaiting-person' });
  /** Delivery targets by `<environment>/<id>`, or by the id alone: then they are there in every environment. */
  readonly targets = new Map<string, DeliveryTarget>();
  /** What the guards of the ring say of a revocation; undefined: nothing against it. */
  guard: (tokens: readonly TokenId[]) => { readonly reason: string; readonly detail: string } | undefined = () => undefined;
  private readonly answers = new Map<string, unknown>();
  private minted = 0;

  inspectTarget(input: Inspection): Promise<readonly CheckFinding[]> {
    return this.call('inspectTarget', input, ` ${input.slot.id}`, async () => {
      const open = this.target(input.environment, input.slot);
      if (isFailing(open)) throw new TokenAdministrationRefusal(open.reason, open.detail);
      return briefFindings(await open.target.check(open.platform, AbortSignal.timeout(10_000)));
    });
  }

  mint(input: Mint): Promise<MintedToken> {
    return this.once('mint', input.rotation, input.step, input, () => {
      const { environment, segment } = input.request;
      const name = segmentName(segment);
      const live = this.tokens.filter((it) => it.environment === environment && it.segment === name && it.state !== 'revoked');
      if (live.length >= 2) {
        throw new TokenAdministrationRefusal(
          'two-generations',
          'the segment already has two live tokens: revoke one of them first',
        );
      }
      const id = `tok_${String((this.minted += 1)).padStart(16, '0')}` as TokenId;
      this.tokens.push({ id, environment, segment: name, state: 'active', isValueKept: true });
      return { token: id, replaces: live.map((it) => it.id), confirmedBy: 'acknowledgement' as const, validators: 3 };
    });
  }

  openSlot(input: Slot): ReturnType<TokenAdministration['openSlot']> {
    if (input.slot.kind === 'target') {
      return this.call('openSlot', input, ` ${input.step}`, async () => {
        const open = this.delivery(input);
        if (isFailing(open)) return open;
        return slotAnswerOf(await open.target.apply(open.delivery, AbortSignal.timeout(10_000), input.expected));
      });
    }
    return this.once('openSlot', input.rotation, input.step, input, () => {
      const token = this.token(input.environment, input.token);
      if (token.state === 'revoked')
        throw new TokenAdministrationRefusal('revoked', `${token.id} is revoked: nobody may deliver it`);
      this.opened.push(input);
      return token.isValueKept ? this.slotAnswer(input) : { kind: 'refused' as const, reason: 'its value is not kept' };
    });
  }

  planSlot(input: Plan): ReturnType<TokenAdministration['planSlot']> {
    return this.call('planSlot', input, ` ${input.step}`, async () => {
      const open = this.delivery(input);
      if (isFailing(open)) return open;
      const { target, delivery } = open;
      const reading = await target.read(delivery.platform, AbortSignal.timeout(10_000));
      if ('kind' in reading) return slotPlanOf(reading);
      const plan = await target.plan(delivery, AbortSignal.timeout(10_000));
      if ('kind' in plan) return slotPlanOf(plan);
      const kept = this.tokens.filter((it) => it.environment === input.environment && it.isValueKept).map(({ id }) => id);
      const known = kept.filter((id) => input.known.includes(id)).map(valueOf);
      if (!input.overwrite && reading.values.some((value) => value !== undefined && !known.includes(value)))
        return { kind: 'conflict', detail: 'a value stands there that this rotation does not know' };
      return slotPlanOf(plan);
    });
  }

  checkSlot(input: Check): ReturnType<TokenAdministration['checkSlot']> {
    return this.call('checkSlot', input, ` ${input.step}`, async () => {
      const open = this.delivery(input);
      if (isFailing(open)) return open;
      const { target, delivery } = open;
      const found = await target.verify(delivery, input.receipt, AbortSignal.timeout(10_000));
      if (found.kind !== 'stored') return slotCheckOf(found, { kind: 'unknown', why: 'it is not stored' });
      return slotCheckOf(found, await target.coverage(delivery, found.receipt, AbortSignal.timeout(10_000)));
    });
  }

  adoption(input: Parameters<TokenAdministration['adoption']>[0]): Promise<AdoptionReading> {
    return this.call('adoption', input, '', () => {
      this.token(input.environment, input.token);
      return this.reading(input.token);
    });
  }

  retire(input: StepOnTokens): Promise<void> {
    return this.each('retire', input, (token) => {
      if (token.state === 'revoked') throw new TokenAdministrationRefusal('revoked', `${token.id} is revoked`);
      token.state = 'retiring';
    });
  }

  reinstate(input: StepOnTokens): Promise<void> {
    return this.each('reinstate', input, (token) => {
      if (token.state === 'revoked') throw new TokenAdministrationRefusal('revoked', `${token.id} is revoked: that is for ever`);
      token.state = 'active';
    });
  }

  revoke(input: RevokeStep): Promise<RevokeReading> {
    return this.once('revoke', input.rotation, input.step, input, () => {
      const { environment, successor } = input;
      const tokens = input.tokens.map((id) => this.token(environment, id));
      if (successor !== undefined && this.token(environment, successor).state === 'revoked')
        throw new TokenAdministrationRefusal('successor-not-accepted', `${successor} is revoked`);
      const delivered = tokens.find(({ state, isValueKept }) => state === 'active' && isValueKept);
      const no =
        delivered === undefined
          ? this.guard(input.tokens)
          : { reason: 'being-delivered', detail: `${delivered.id} is being delivered` };
      if (no !== undefined) return { kind: 'refused' as const, ...no };
      for (const token of tokens) Object.assign(token, { state: 'revoked', isValueKept: false });
      return { kind: 'revoked' as const, confirmedBy: 'acknowledgement' as const, validators: 3, waitedMs: 12 };
    });
  }

  releaseValues(input: StepOnTokens): Promise<void> {
    return this.each('releaseValues', input, (token) => {
      token.isValueKept = false;
    });
  }

  notify(input: Notice): Promise<void> {
    return this.once('notify', input.rotation, input.step, input, () => {
      this.notices.push({ what: input.what, detail: input.detail });
    });
  }

  /** @throws TokenAdministrationRefusal `unknown-token` */
  token(environment: EnvironmentId, id: TokenId): KnownToken {
    const token = this.tokens.find((it) => it.environment === environment && it.id === id);
    if (token === undefined) throw new TokenAdministrationRefusal('unknown-token', `there is no token ${id} in ${environment}`);
    return token;
  }

  /** Which target, and what would be put there; or why nothing is. */
  private delivery({ environment, slot, token: id, step, rotation }: Slot | Plan | Check) {
    const found = this.target(environment, slot);
    if (isFailing(found)) return found;
    const token = this.tokens.find((it) => it.environment === environment && it.id === id);
    if (!token) return failing('unknown-token', `there is no token ${id}`);
    if (token.state === 'revoked') return failing('token-not-accepted', `${id} is revoked`);
    if (!token.isValueKept) return failing('value-not-kept', `no copy of the value of ${id} is kept`);
    return { target: found.target, delivery: { platform: found.platform, value: valueOf(id), name: `${rotation}/${step}` } };
  }

  private target(environment: EnvironmentId, { target: named = '', platform }: DeliverySlot) {
    const target = this.targets.get(`${environment}/${named}`) ?? this.targets.get(named);
    if (!target || platform === 'any') return failing('no-target', 'there is no such target');
    return { target, platform };
  }

  private each(call: keyof TokenAdministration, input: StepOnTokens, change: (token: KnownToken) => void): Promise<void> {
    return this.once(call, input.rotation, input.step, input, () => {
      for (const token of input.tokens.map((id) => this.token(input.environment, id))) change(token);
    });
  }

  /** The same step is answered as it was before; a refusal is not remembered, for it had no effect. */
  private once<R>(call: keyof TokenAdministration, rotation: string, step: string, input: object, act: () => R): Promise<R> {
    const key = `${rotation}/${step}`;
    return this.call(call, input, ` ${step}`, () => {
      if (!this.answers.has(key)) this.answers.set(key, act());
      return this.answers.get(key) as R;
    });
  }

  private async call<R>(call: keyof TokenAdministration, input: object, step: string, act: () => R | Promise<R>): Promise<R> {
    this.calls.push(`${call}${step}`);
    this.before(call, input);
    const answer = await act();
    await this.after(call, input);
    return answer;
  }
}

/** The value of a token in memory: made of its id. */
export const valueOf = (token: TokenId): string => `value-of-${token}`;

const failing = (reason: string, detail: string) => ({ kind: 'failing', reason, detail, isFinal: true }) as const;
const isFailing = (open: object): open is ReturnType<typeof failing> => 'kind' in open;

/** Gives figures: so many devices, so many of them on the new token. */
export const knownAdoption = (devices: number, onNew: number, forecastAt?: Instant): AdoptionReading => ({
  kind: 'known',
  devices,
  onNew,
  ...(forecastAt === undefined ? {} : { forecastAt }),
});
