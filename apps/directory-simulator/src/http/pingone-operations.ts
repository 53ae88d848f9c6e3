import { type Account, findDevice } from '../core/account.ts';
import { deviceBody, deviceListBody, type MfaPresentation, orderBody, userBody, userPath } from '../core/pingone-bodies.ts';
import {
  readChange,
  readFlag,
  readNewDevice,
  readNewUser,
  readNickname,
  readOrder,
  readPasscode,
} from '../core/pingone-command.ts';
import { createMfaUser, decideMfa, type MfaCommand, withoutExpired } from '../core/pingone-decide.ts';
import { deviceIdOfGuid } from '../core/pingone-ids.ts';
import { deny, granted, type MfaDecided } from '../core/pingone-refusals.ts';
import { type MfaOperation } from '../state/operations.ts';
import { mfaSettingsAtStart } from '../state/settings.ts';
import { type Simulator } from '../state/simulator.ts';
import { isRecord, parseJson } from '../wire/json.ts';
import { readDeviceFilter, readPage, readUserFilter } from './pingone-filters.ts';

/** A request of the PingOne dialect, its parts not looked into yet. */
export interface MfaRequest {
  readonly op: Exclude<MfaOperation, 'token'>;
  readonly user: string;
  readonly device: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Status and body; no body with 204. */
export interface MfaAnswer {
  readonly status: number;
  readonly body?: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

const ok = (body: Readonly<Record<string, unknown>>): MfaDecided<MfaAnswer> => granted({ status: 200, body });
const created = (body: Readonly<Record<string, unknown>>): MfaDecided<MfaAnswer> => granted({ status: 201, body });
const noContent = granted<MfaAnswer>({ status: 204 });

/** How the bodies of one call are written. */
export type PresentNow = () => MfaPresentation;

/** The operations of the PingOne MFA API on the accounts of the simulator. */
export class MfaOperations {
  readonly #simulator: Simulator;
  readonly #present: PresentNow;

  constructor(simulator: Simulator, present: PresentNow) {
    this.#simulator = simulator;
    this.#present = present;
  }

  /** Does one operation. A refusal changes nothing. */
  execute(request: MfaRequest): MfaDecided<MfaAnswer> {
    switch (request.op) {
      case 'find-users':
        return this.#findUsers(request);
      case 'create-user':
        return this.#createUser(request);
      case 'read-mfa-settings':
        return this.#showSettings();
      case 'set-mfa-settings':
        return this.#setSettings(request);
      case 'reset-mfa-settings':
        return this.#resetSettings();
      default: {
        const account = this.#simulator.directory.findByGuid(request.user);
        return account ? this.#onUser(withoutExpired(account, this.#simulator.now()), request) : deny('not-found');
      }
    }
  }

  #findUsers({ query }: MfaRequest): MfaDecided<MfaAnswer> {
    const { directory, settings } = this.#simulator;
    const presentation = this.#present();
    const filter = readUserFilter(query['filter']);
    if (!filter.ok) return filter;
    const page = readPage(query);
    if (!page.ok) return page;
    const createdUntil = presentation.now - settings.userVisibilityLagMs;
    const found = filter.value === undefined ? directory.page(page.value.cursor, page.value.limit) : undefined;
    const one = filter.value === undefined ? undefined : directory.findFolded(filter.value);
    const users = (found?.accounts ?? (one ? [one] : []))
      .filter((account) => account.createdAt <= createdUntil)
      .map((account) => userBody(account, presentation));
    const next = found?.next ?? null;
    return ok({
      _links: {
        self: { href: `${presentation.base}/users` },
        ...(next !== null && { next: { href: `${presentation.base}/users?limit=${page.value.limit}&cursor=${next}` } }),
      },
      _embedded: { users },
      count: filter.value === undefined ? directory.size : users.length,
      size: users.length,
    });
  }

  #createUser(request: MfaRequest): MfaDecided<MfaAnswer> {
    const fields = bodyOf(request);
    if (!fields.ok) return fields;
    const user = readNewUser(fields.value);
    if (!user.ok) return user;
    const account = createMfaUser(user.value, this.#given());
    if (!account.ok) return account;
    this.#simulator.directory.put(account.value.username, account.value);
    return created(userBody(account.value, this.#present()));
  }

  #onUser(account: Account, request: MfaRequest): MfaDecided<MfaAnswer> {
    const presentation = this.#present();
    const self = `${presentation.base}${userPath(account)}`;
    switch (request.op) {
      case 'read-user':
        return ok(userBody(account, presentation));
      case 'read-enabled':
        return ok({ _links: { self: { href: `${self}/enabled` } }, enabled: account.status !== 'SUSPENDED' });
      case 'read-mfa-enabled':
        return ok({ _links: { self: { href: `${self}/mfaEnabled` } }, mfaEnabled: account.mfaEnabled });
      case 'list-devices': {
        const keep = readDeviceFilter(request.query['filter']);
        if (!keep.ok) return keep;
        return ok(deviceListBody(account, presentation, { keep: keep.value, order: request.query['expand'] === 'order' }));
      }
      case 'read-device': {
        const id = deviceIdOfGuid(request.device);
        const device = id === undefined ? undefined : (findDevice(account, id) ?? account.pending?.find((one) => one.id === id));
        return device ? ok(deviceBody(account, device, presentation)) : deny('not-found');
      }
      default: {
        const command = this.#commandOf(request);
        return command.ok ? this.#change(account, command.value, presentation) : command;
      }
    }
  }

  #change(before: Account, command: MfaCommand, presentation: MfaPresentation): MfaDecided<MfaAnswer> {
    const { account, answer } = decideMfa(before, command, this.#given(before.guid));
    if (!answer.ok) return answer;
    this.#simulator.directory.put(before.username, account);
    if (!account) return noContent;
    const self = `${presentation.base}${userPath(account)}`;
    switch (command.op) {
      case 'update-user':
        return ok(userBody(account, presentation));
      case 'set-enabled':
        return ok({ _links: { self: { href: `${self}/enabled` } }, enabled: account.status !== 'SUSPENDED' });
      case 'set-mfa-enabled':
        return ok({ _links: { self: { href: `${self}/mfaEnabled` } }, mfaEnabled: account.mfaEnabled });
      case 'reorder-devices':
        return ok({ _links: { self: { href: `${self}/devices` } }, order: orderBody(account) });
      case 'delete-user':
      case 'delete-device':
      case 'remove-device-order':
        return noContent;
      default: {
        const device = answer.value ? deviceBody(account, answer.value, presentation) : {};
        if (command.op === 'set-nickname')
          return ok({ ...('_links' in device && { _links: device._links }), nickname: command.nickname });
        return command.op === 'create-device' ? created(device) : ok(device);
      }
    }
  }

  #commandOf(request: MfaRequest): MfaDecided<MfaCommand> {
    const { op } = request;
    const { phoneExtensions } = this.#simulator.settings.pingone;
    switch (op) {
      case 'delete-user':
      case 'remove-device-order':
        return granted({ op });
      case 'update-user':
        return commandFrom(request, readChange, (change) => ({ op, change }));
      case 'set-enabled':
        return commandFrom(
          request,
          (fields) => readFlag(fields, 'enabled'),
          (enabled) => ({ op, enabled }),
        );
      case 'set-mfa-enabled':
        return commandFrom(
          request,
          (fields) => readFlag(fields, 'mfaEnabled'),
          (mfaEnabled) => ({ op, mfaEnabled }),
        );
      case 'create-device':
        return commandFrom(
          request,
          (fields) => readNewDevice(fields, phoneExtensions),
          (device) => ({ op, device }),
        );
      case 'reorder-devices':
        return commandFrom(request, readOrder, (order) => ({ op, order }));
      default: {
        const deviceId = deviceIdOfGuid(request.device);
        return deviceId === undefined ? deny('not-found') : deviceCommandOf(request, deviceId);
      }
    }
  }

  #given(guid?: string) {
    const { settings, directory } = this.#simulator;
    const { duplicateDevices, disabledMethods } = settings;
    const { maxAllowedDevices, newUsersMfaEnabled } = settings.pingone;
    return {
      now: this.#simulator.now(),
      draws: this.#simulator.draws(),
      maxAllowedDevices,
      newUsersMfaEnabled,
      duplicateDevices,
      disabledMethods,
      isNameTaken: (username: string) => directory.isNameTaken(username, guid),
    };
  }

  #showSettings(): MfaDecided<MfaAnswer> {
    const { base, environmentId } = this.#present();
    const { maxAllowedDevices, pairingKeyFormat, phoneExtensions, newUsersMfaEnabled } = this.#simulator.settings.pingone;
    return ok({
      _links: { self: { href: `${base}/mfaSettings` } },
      environment: { id: environmentId },
      pairing: { maxAllowedDevices, pairingKeyFormat },
      phoneExtensions: { enabled: phoneExtensions },
      users: { mfaEnabled: newUsersMfaEnabled },
    });
  }

  #setSettings(request: MfaRequest): MfaDecided<MfaAnswer> {
    const fields = bodyOf(request);
    if (!fields.ok) return fields;
    const { pingone } = this.#simulator.settings;
    const part = (name: string) => (isRecord(fields.value[name]) ? fields.value[name] : {});
    const most = part('pairing')['maxAllowedDevices'];
    if (most === undefined) return deny('required-value', 'pairing.maxAllowedDevices');
    if (typeof most !== 'number' || !Number.isInteger(most) || most < 1 || most > 15)
      return deny('invalid-value', 'pairing.maxAllowedDevices', { rangeMinimumValue: 1, rangeMaximumValue: 15 });
    const format = part('pairing')['pairingKeyFormat'] ?? pingone.pairingKeyFormat;
    if (format !== 'NUMERIC' && format !== 'ALPHANUMERIC') return deny('invalid-value', 'pairing.pairingKeyFormat');
    const phoneExtensions = part('phoneExtensions')['enabled'] ?? pingone.phoneExtensions;
    if (typeof phoneExtensions !== 'boolean') return deny('invalid-value', 'phoneExtensions.enabled');
    const newUsersMfaEnabled = part('users')['mfaEnabled'] ?? pingone.newUsersMfaEnabled;
    if (typeof newUsersMfaEnabled !== 'boolean') return deny('invalid-value', 'users.mfaEnabled');
    this.#simulator.change({
      pingone: { maxAllowedDevices: most, pairingKeyFormat: format, phoneExtensions, newUsersMfaEnabled },
    });
    return this.#showSettings();
  }

  #resetSettings(): MfaDecided<MfaAnswer> {
    const { maxAllowedDevices, pairingKeyFormat, phoneExtensions, newUsersMfaEnabled } = mfaSettingsAtStart;
    this.#simulator.change({ pingone: { maxAllowedDevices, pairingKeyFormat, phoneExtensions, newUsersMfaEnabled } });
    return noContent;
  }
}

function deviceCommandOf(request: MfaRequest, deviceId: bigint): MfaDecided<MfaCommand> {
  const { op } = request;
  switch (op) {
    case 'set-nickname':
      return commandFrom(request, readNickname, (nickname) => ({ op, deviceId, nickname }));
    case 'activate-device':
      return commandFrom(request, readPasscode, () => ({ op, deviceId }));
    case 'delete-device':
    case 'block-device':
    case 'unblock-device':
    case 'unlock-device':
      return granted({ op, deviceId });
    default:
      return deny('not-found');
  }
}

function commandFrom<T>(
  request: MfaRequest,
  read: (fields: Fields) => MfaDecided<T>,
  build: (value: T) => MfaCommand,
): MfaDecided<MfaCommand> {
  const fields = bodyOf(request);
  if (!fields.ok) return fields;
  const value = read(fields.value);
  return value.ok ? granted(build(value.value)) : value;
}

function bodyOf({ text }: MfaRequest): MfaDecided<Fields> {
  try {
    const value = parseJson(text);
    return isRecord(value) ? granted(value) : deny('body-unreadable');
  } catch {
    return deny('body-unreadable');
  }
}
