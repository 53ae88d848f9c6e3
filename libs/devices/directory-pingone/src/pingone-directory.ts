import type {
  DeviceId,
  DeviceSlot,
  DirectoryCapabilities,
  DirectoryCheck,
  DirectoryFault,
  FactorAddress,
  MfaDirectory,
  ObservedUser,
  PairedDevice,
  Profile,
} from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import type { Outbound } from '@tallystick/platform-outbound';
import { checkOf } from './check-connection.ts';
import { call, type JsonObject, type PingOneAccess, type PingOneRequest } from './pingone-call.ts';
import { pingOneCapabilities } from './pingone-capabilities.ts';
import { assertUsable, type PingOneSettings } from './pingone-settings.ts';
import { createTokens } from './pingone-tokens.ts';
import { isActive, observedDevicesOf, type PingOneDevices, readDeviceId, readDevices } from './read-devices.ts';
import { type FoundUser, type PingOneUser, profileOf, readFound, statusOf } from './read-user.ts';

export interface PingOneDirectoryOptions {
  readonly settings: PingOneSettings;
  /** Upper bound of one method of the port, in milliseconds, all of its calls and the reading of their answers included. */
  readonly callTimeoutMs: number;
  readonly outbound: Outbound;
  /** Detail codes that mean "this method is not allowed in this environment" (P55): the documents name none, so none unless told. */
  readonly methodDisabledCodes?: readonly string[];
  readonly now: () => Instant;
}

type Done = Result<void, DirectoryFault>;
type Answered<T> = Promise<Result<T, DirectoryFault>>;

/**
 * PingOne MFA (c) behind the port. Users are looked up by name for every operation, so a call about a user whom nobody knows is `not-found`.
 * - A user without MFA has devices that nobody can sign in with: users are created with it, and it is switched on before a device is paired
 *   and when an account is activated.
 * - `editUser` changes e-mail, first and last name by PATCH and nothing else; what `profile` does not have is left as it is.
 *
 * Codes of its own in `refused`: `unreadable-user`, `unreadable-devices` (the answer makes no sense, is of somebody else, or is not the whole),
 * `invalid-device-id`, `device-not-active`.
 * @throws RangeError at once for settings that can't be used, naming them.
 */
export function createPingOneDirectory({ settings, outbound, callTimeoutMs, ...rest }: PingOneDirectoryOptions): MfaDirectory {
  assertUsable(settings);
  const tokens = createTokens({ settings, outbound, callTimeoutMs, now: rest.now });
  return new PingOneDirectory({ settings, outbound, callTimeoutMs, tokens, ...rest });
}

class PingOneDirectory implements MfaDirectory {
  readonly capabilities: DirectoryCapabilities = pingOneCapabilities;
  readonly #access: PingOneAccess;

  constructor(access: PingOneAccess) {
    this.#access = access;
  }

  async observe(username: string): Answered<ObservedUser> {
    const deadline = this.#deadline();
    const found = await this.#lookUp(username, deadline);
    if (!found.ok) return found;
    if (found.value.kind === 'absent') return ok({ kind: 'absent' });
    const { user } = found.value;
    const devices = await this.#devices(user, deadline);
    // There a moment ago and gone now, or hidden from us: a reason to look again, and never the proof that it is absent.
    if (!devices.ok) return devices.error.kind === 'not-found' ? err({ kind: 'unavailable' }) : devices;
    return ok({
      kind: 'present',
      id: user.id,
      status: statusOf(user),
      profile: profileOf(user),
      devices: observedDevicesOf(devices.value, user.mfaEnabled !== false),
    });
  }

  async createUser(username: string, profile: Profile, enabled: boolean): Promise<Done> {
    const { populationId } = this.#access.settings;
    const population = populationId !== undefined && { population: { id: populationId } };
    const body = { username, ...profileFields(profile, {}), enabled, mfaEnabled: true, ...population };
    return done(await this.#call({ method: 'POST', path: '/users', body, attempted: 'user', expect: 201 }, this.#deadline()));
  }

  editUser(username: string, profile: Profile): Promise<Done> {
    return this.#onUser(username, (user, at) => {
      const body = profileFields(profile, user.name);
      return Object.keys(body).length === 0 ? nothing : this.#patch(at, body);
    });
  }

  renameUser(username: string, renamed: string): Promise<Done> {
    return this.#onUser(username, (_user, at) => this.#patch(at, { username: renamed }));
  }

  activateUser(username: string): Promise<Done> {
    return this.#onUser(username, async (user, at) => {
      const ready = await this.#withMfa(user, at);
      return ready.ok ? this.#put(at, 'enabled', { enabled: true }) : ready;
    });
  }

  suspendUser(username: string): Promise<Done> {
    return this.#onUser(username, (_user, at) => this.#put(at, 'enabled', { enabled: false }));
  }

  deleteUser(username: string): Promise<Done> {
    return this.#onUser(username, (_user, at) =>
      this.#call({ method: 'DELETE', path: at.path, attempted: 'user', expect: 204 }, at.deadline),
    );
  }

  async pair(username: string, address: FactorAddress, slot: DeviceSlot): Answered<PairedDevice> {
    const nickname = this.capabilities.nicknames[slot];
    const { policyId } = this.#access.settings;
    const policy = policyId !== undefined && { policy: { id: policyId } };
    const body = { ...deviceFields(address), nickname, status: 'ACTIVE', ...policy };
    const paired = await this.#onUserAnswer(username, async (user, at) => {
      const ready = await this.#withMfa(user, at);
      if (!ready.ok) return ready;
      return this.#call({ method: 'POST', path: `${at.path}/devices`, body, attempted: 'device', expect: 201 }, at.deadline);
    });
    if (!paired.ok) return paired;
    const device = readDeviceId(paired.value['id']);
    // Without an id it was paired, as something: look before anything else.
    return device ? ok({ device, named: paired.value['nickname'] === nickname }) : err({ kind: 'unavailable' });
  }

  nameDevice(username: string, device: DeviceId, slot: DeviceSlot): Promise<Done> {
    const body = { nickname: this.capabilities.nicknames[slot] };
    return this.#onDevice(username, device, (path, at) =>
      this.#call({ method: 'PUT', path: `${path}/nickname`, body, attempted: 'other', expect: 200 }, at.deadline),
    );
  }

  unpair(username: string, device: DeviceId): Promise<Done> {
    return this.#onDevice(username, device, (path, at) =>
      this.#call({ method: 'DELETE', path, attempted: 'other', expect: 204 }, at.deadline),
    );
  }

  /** The first in order is the default device (c.3), and an order names every active device. */
  setPrimary(username: string, device: DeviceId): Promise<Done> {
    return this.#onDevice(username, device, async (_path, at) => {
      const listed = await this.#devices(at.user, at.deadline);
      if (!listed.ok) return listed;
      const order = orderWith(device, listed.value);
      if (typeof order === 'string') return err(order === 'not-found' ? { kind: order } : { kind: 'refused', code: order });
      if (listed.value.order[0] === device) return nothing;
      const contentType = 'application/vnd.pingidentity.devices.reorder+json';
      const body = { order: order.map((id) => ({ id })) };
      return this.#call(
        { method: 'POST', path: `${at.path}/devices`, contentType, body, attempted: 'order', expect: 200 },
        at.deadline,
      );
    });
  }

  /** Undefined also where the application may not read the environment's MFA settings: that is no fault of the connection. */
  async deviceLimit(): Answered<number | undefined> {
    const read = await this.#settings();
    if (!read.ok && read.error.kind === 'refused') return ok(undefined);
    if (!read.ok) return read;
    const pairing = read.value['pairing'] as { readonly maxAllowedDevices?: unknown } | null | undefined;
    const limit = pairing?.maxAllowedDevices;
    return ok(typeof limit === 'number' && Number.isSafeInteger(limit) && limit > 0 ? limit : undefined);
  }

  check(): Promise<readonly DirectoryCheck[]> {
    return checkOf(this.#access, (access) => {
      const directory = new PingOneDirectory(access);
      return { read: () => directory.#lookUp('id', directory.#deadline()), limit: () => directory.#settings() };
    });
  }

  #settings(): Answered<JsonObject> {
    return this.#call({ method: 'GET', path: '/mfaSettings', attempted: 'other', expect: 200 }, this.#deadline());
  }

  async #withMfa(user: PingOneUser, at: At): Promise<Result<unknown, DirectoryFault>> {
    return user.mfaEnabled === false ? this.#put(at, 'mfaEnabled', { mfaEnabled: true }) : nothing;
  }

  #put(at: At, what: 'enabled' | 'mfaEnabled', body: object): Answered<JsonObject> {
    return this.#call({ method: 'PUT', path: `${at.path}/${what}`, body, attempted: 'other', expect: 200 }, at.deadline);
  }

  #patch(at: At, body: object): Answered<JsonObject> {
    return this.#call({ method: 'PATCH', path: at.path, body, attempted: 'user', expect: 200 }, at.deadline);
  }

  /** The only way to a call about one device: without a real id nothing is sent (P56). */
  #onDevice(username: string, device: DeviceId, act: (path: string, at: At) => Answered<unknown>): Promise<Done> {
    const id = readDeviceId(device);
    if (!id) return Promise.resolve(err({ kind: 'refused', code: 'invalid-device-id' }));
    return this.#onUser(username, (_user, at) => act(`${at.path}/devices/${encodeURIComponent(id)}`, at));
  }

  async #onUser(username: string, act: (user: PingOneUser, at: At) => Answered<unknown>): Promise<Done> {
    return done(await this.#onUserAnswer(username, act));
  }

  async #onUserAnswer<T>(username: string, act: (user: PingOneUser, at: At) => Answered<T>): Answered<T> {
    const deadline = this.#deadline();
    const found = await this.#lookUp(username, deadline);
    if (!found.ok) return found;
    if (found.value.kind === 'absent') return err({ kind: 'not-found' });
    const { user } = found.value;
    return act(user, { user, path: pathOf(user), deadline });
  }

  async #lookUp(username: string, deadline: AbortSignal): Answered<Exclude<FoundUser, { kind: 'unreadable' }>> {
    // A value of a filter is written as a JSON string, so a quote in a name ends nothing.
    const filter = encodeURIComponent(`username eq ${JSON.stringify(username)}`);
    const answer = await this.#call(
      { method: 'GET', path: `/users?filter=${filter}`, attempted: 'look-up', expect: 200 },
      deadline,
    );
    if (!answer.ok) return answer;
    const found = readFound(answer.value, username);
    return found.kind === 'unreadable' ? err({ kind: 'refused', code: 'unreadable-user' }) : ok(found);
  }

  async #devices(user: PingOneUser, deadline: AbortSignal): Answered<PingOneDevices> {
    const path = `${pathOf(user)}/devices?expand=order`;
    const answer = await this.#call({ method: 'GET', path, attempted: 'look-up', expect: 200 }, deadline);
    if (!answer.ok) return answer;
    const read = readDevices(answer.value);
    return read ? ok(read) : err({ kind: 'refused', code: 'unreadable-devices' });
  }

  #call(request: PingOneRequest, deadline: AbortSignal): Answered<JsonObject> {
    return call(this.#access, request, deadline);
  }

  #deadline(): AbortSignal {
    return AbortSignal.timeout(this.#access.callTimeoutMs);
  }
}

/** A user that was found, the path to it, and the end of the time for the method. */
interface At {
  readonly user: PingOneUser;
  readonly path: string;
  readonly deadline: AbortSignal;
}

const nothing = Promise.resolve(ok({}));

const done = (result: Result<unknown, DirectoryFault>): Done => (result.ok ? ok(undefined) : result);

const pathOf = ({ id }: PingOneUser): string => `/users/${encodeURIComponent(id)}`;

/** The rest of the name goes along: whether a PATCH replaces or merges it is not documented. */
function profileFields({ email, firstName, lastName }: Profile, name: Readonly<Record<string, unknown>>): object {
  const changed = { ...(firstName !== undefined && { given: firstName }), ...(lastName !== undefined && { family: lastName }) };
  return {
    ...(email !== undefined && { email }),
    ...(Object.keys(changed).length > 0 && { name: { ...name, ...changed } }),
  };
}

function deviceFields(address: FactorAddress): object {
  switch (address.kind) {
    case 'email':
      return { type: 'EMAIL', email: address.address };
    case 'sms':
      return { type: 'SMS', phone: address.number };
    case 'voice':
      return { type: 'VOICE', phone: address.number, ...(address.extension !== undefined && { extension: address.extension }) };
  }
}

/** All active devices, the given one first, the others as they were; new ones at the end. */
function orderWith(device: DeviceId, { devices, order }: PingOneDevices): readonly string[] | 'not-found' | 'device-not-active' {
  const listed = devices.find((it) => it.id === device);
  if (!listed) return 'not-found';
  if (!isActive(listed)) return 'device-not-active';
  const active = devices.filter(isActive).map((it) => it.id);
  return [...new Set([device, ...order.filter((id) => active.includes(id)), ...active])];
}
