import { findDevice } from '../core/account.ts';
import { refusals } from '../core/refusals.ts';
import { type PolicyEvent, type Simulator } from '../state/simulator.ts';
import { type PairingValidator, type PresentedDevice, type Verdict } from './pairing-validator.ts';

export interface FlowRequest {
  readonly environment: string;
  readonly username: string;
  readonly presentedToken: string;
  /** Index of the validator to ask; left out: round robin. */
  readonly validator?: number;
}

/** HTTP status and body. */
export interface FlowAnswer {
  readonly httpStatus: number;
  readonly body: Readonly<Record<string, unknown>> & { readonly status: string };
}

const answer = (httpStatus: number, status: string, rest: Readonly<Record<string, unknown>> = {}): FlowAnswer => ({
  httpStatus,
  body: { status, ...rest },
});

/** The provider's own services, in which the mobile app pairs and authenticates. */
export class ProviderFlow {
  readonly #simulator: Simulator;
  readonly #validator: PairingValidator;

  constructor(simulator: Simulator, validator: PairingValidator) {
    this.#simulator = simulator;
    this.#validator = validator;
  }

  /** Pairs a mobile app, once the validator has allowed it. Refused or halted: nothing else of the flow runs (M10). */
  async pair(request: FlowRequest, type: 'iPhone' | 'Android', device: PresentedDevice): Promise<FlowAnswer> {
    if (!this.#simulator.directory.find(request.username))
      return answer(404, 'USER_UNKNOWN', { message: refusals['user-unknown'].text });
    const asked = await this.#ask('pairing', request, device);
    if (asked.halt) return asked.halt;
    const { model, osVersion, appVersion } = device;
    const paired = this.#simulator.pair(request.username, { type, facts: { kind: 'app', model, osVersion, appVersion } });
    if (!paired.ok) {
      const { errorId, text } = refusals[paired.refusal.kind];
      return answer(409, 'NOT_PAIRED', { message: text, errorId, ...asked.facts });
    }
    return answer(200, 'PAIRED', { deviceId: paired.value.id, nickname: paired.value.nickname, ...asked.facts });
  }

  /**
   * Authenticates with a paired device. Only the mobile app is subject to the check (M13); a refused authentication leaves the
   * device paired (M14).
   */
  async authenticate(request: FlowRequest, deviceId: bigint, claims: Partial<PresentedDevice>): Promise<FlowAnswer> {
    const account = this.#simulator.directory.find(request.username);
    const device = account && findDevice(account, deviceId);
    if (!account) return answer(404, 'USER_UNKNOWN', { message: refusals['user-unknown'].text });
    if (!device) return answer(404, 'DEVICE_UNKNOWN', { message: refusals['device-unknown'].text });
    if (account.status === 'SUSPENDED') return answer(403, 'SUSPENDED', { message: 'The user is suspended.' });
    if (device.type !== 'iPhone' && device.type !== 'Android')
      return this.#approve(request.username, deviceId, { checked: false });
    const facts = device.facts.kind === 'app' ? device.facts : { model: device.type, osVersion: null, appVersion: null };
    const asked = await this.#ask('authentication', request, {
      platform: device.type === 'iPhone' ? 'ios' : 'android',
      model: claims.model ?? facts.model,
      osVersion: claims.osVersion ?? facts.osVersion ?? '',
      appVersion: claims.appVersion ?? facts.appVersion,
      id: claims.id ?? deviceId.toString(),
    });
    return asked.halt ?? this.#approve(request.username, deviceId, { checked: true, ...asked.facts });
  }

  /** Looks again: while the validator was asked, the user may have lost the device. */
  #approve(username: string, deviceId: bigint, facts: Readonly<Record<string, unknown>>): FlowAnswer {
    const account = this.#simulator.directory.find(username);
    if (!account || !findDevice(account, deviceId))
      return answer(404, 'DEVICE_UNKNOWN', { message: refusals['device-unknown'].text });
    if (account.status === 'SUSPENDED') return answer(403, 'SUSPENDED', { message: 'The user is suspended.' });
    this.#simulator.directory.put(username, { ...account, lastLogin: this.#simulator.now() });
    return answer(200, 'APPROVED', { deviceId, ...facts });
  }

  async #ask(kind: 'pairing' | 'authentication', request: FlowRequest, device: PresentedDevice) {
    const index = request.validator ?? this.#validator.nextIndex();
    const startedAt = performance.now();
    const verdict = await this.#validator.ask(index, {
      environment: request.environment,
      kind,
      presentedToken: request.presentedToken,
      device,
    });
    const facts = { validator: index, verdictMs: Math.round((performance.now() - startedAt) * 1000) / 1000 };
    return { facts, halt: this.#haltFor(kind, request.username, device.model, verdict, facts) };
  }

  #haltFor(
    kind: 'pairing' | 'authentication',
    username: string,
    deviceModel: string,
    verdict: Verdict,
    facts: Readonly<Record<string, unknown>>,
  ): FlowAnswer | undefined {
    switch (verdict.verdict) {
      case 'allow':
        return undefined;
      case 'deny': {
        const { causes } = verdict;
        const event: Omit<PolicyEvent, 'n'> = {
          type: kind === 'pairing' ? 'Pairing Details' : 'Authentication Details',
          status: 'POLICY',
          username,
          deviceModel,
          policiesNotMet: causes,
          time: new Date(this.#simulator.now()).toISOString(),
        };
        this.#simulator.policyEvents.add(event);
        return kind === 'pairing'
          ? answer(403, 'CANNOT_PAIR', { message: 'Cannot Pair', causes, ...facts })
          : answer(403, 'BLOCKED', { message: 'Blocked', causes, ...facts });
      }
      case 'halted': {
        const { reason, validatorStatus } = verdict;
        const message = 'The device requirements could not be checked.';
        return answer(503, 'HALTED', { message, reason, ...(validatorStatus !== undefined && { validatorStatus }), ...facts });
      }
    }
  }
}
