import {
  type DeviceId,
  type DeviceSlot,
  type DirectoryCapabilities,
  type DirectoryCheck,
  type DirectoryFault,
  type FactorAddress,
  type MfaDirectory,
  type ObservedUser,
  type PairedDevice,
  type Profile,
} from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import { createOutbound, type Outbound, type OutboundOptions } from '@tallystick/platform-outbound';
import { checkOf } from './check-connection.ts';
import { type Answer, call, type PingIdAccess } from './pingid-call.ts';
import { pingIdCapabilities } from './pingid-capabilities.ts';
import { bareNumber, type RequestBody } from './pingid-envelope.ts';
import type { Operation } from './pingid-faults.ts';
import type { PingIdProperties } from './pingid-properties.ts';
import { devicesOf, observedUserOf, readDeviceId, readUserDetails, type UserDetails } from './pingid-user-details.ts';

export interface PingIdDirectoryOptions {
  readonly properties: PingIdProperties;
  /** Upper bound of one method of the port, in milliseconds, all of its calls and the reading of their answers included. */
  readonly callTimeoutMs: number;
  /** Who calls; unless told a client of its own that calls the host of `idp_url` alone, whatever it is. Give one with a list where tenants write that file. */
  readonly outbound?: Outbound;
  /** Error ids that mean "this method is not allowed in this organisation" (P55): the documents name none, so none unless told. */
  readonly methodDisabledIds?: readonly string[];
  readonly now: () => Instant;
}

type Done = Result<void, DirectoryFault>;

/**
 * PingID's classic API (P3) behind the port. One call each, with two exceptions, both inside the one time-out:
 * - `editUser` reads the account first, because `edituser` also sets the role: without the read an administrator would be demoted (P28).
 * - When a device call is refused with an id that no document names, the account is looked at once, because the id for "no such device"
 *   is not public: the fault is `not-found` when the device is not listed.
 *
 * Codes of its own in `refused`: `unreadable-user` (the answer is signed and makes no sense, or is of another user), `invalid-device-id`,
 * `not-supported`. The API does not tell which devices are locked or blocked, nor the device limit.
 */
export function createPingIdDirectory(options: PingIdDirectoryOptions): MfaDirectory {
  return new PingIdDirectory({ ...options, outbound: options.outbound ?? ownOutbound(options) });
}

const ownOutbound = ({ properties, now }: PingIdDirectoryOptions): Outbound =>
  createOutbound({ ...pingIdHosts(properties), now });

/** The one host that calls go to. Plain http was allowed, or is this machine, where the properties were read. */
export function pingIdHosts({ baseUrl }: Pick<PingIdProperties, 'baseUrl'>): Pick<OutboundOptions, 'hosts' | 'insecureHosts'> {
  const { protocol, hostname, host } = new URL(baseUrl);
  return protocol === 'https:' ? { hosts: [hostname] } : { hosts: [], insecureHosts: [host] };
}

class PingIdDirectory implements MfaDirectory {
  readonly capabilities: DirectoryCapabilities = pingIdCapabilities;
  readonly #access: PingIdAccess;

  constructor(access: PingIdAccess) {
    this.#access = access;
  }

  async observe(username: string): Promise<Result<ObservedUser, DirectoryFault>> {
    const read = await this.#details(username, this.#deadline());
    if (read.ok) return ok(observedUserOf(read.value));
    return read.error.kind === 'not-found' ? ok({ kind: 'absent' }) : read;
  }

  createUser(username: string, profile: Profile, enabled: boolean): Promise<Done> {
    // `username` here and in offlinepairing, `userName` everywhere else (b.4).
    return this.#do('adduser', { username, activateUser: enabled, role: 'REGULAR', ...profileFields(profile) });
  }

  async editUser(username: string, profile: Profile): Promise<Done> {
    const deadline = this.#deadline();
    const read = await this.#details(username, deadline);
    if (!read.ok) return read;
    const role = read.value.role || 'REGULAR';
    return this.#do('edituser', { userName: username, activateUser: false, role, ...profileFields(profile) }, deadline);
  }

  renameUser(): Promise<Done> {
    return Promise.resolve(err({ kind: 'refused', code: 'not-supported' })); // P20: a changed username is another user
  }

  activateUser(username: string): Promise<Done> {
    return this.#do('activateuser', { userName: username });
  }

  suspendUser(username: string): Promise<Done> {
    return this.#do('suspenduser', { userName: username });
  }

  deleteUser(username: string): Promise<Done> {
    return this.#do('deleteuser', { userName: username });
  }

  async pair(username: string, address: FactorAddress): Promise<Result<PairedDevice, DirectoryFault>> {
    const body = { username, ...pairingFields(address), validateUniqueDevice: false };
    const answer = await call(this.#access, 'offlinepairing', body, this.#deadline());
    if (!answer.ok) return answer;
    const device = readDeviceId(answer.value['deviceId']);
    // Without an id it was paired, as something: look before anything else.
    return device ? ok({ device, named: false }) : err({ kind: 'unavailable' });
  }

  nameDevice(username: string, device: DeviceId, slot: DeviceSlot): Promise<Done> {
    const attributeValue = this.capabilities.nicknames[slot];
    return this.#onDevice('updatedeviceattr', username, device, { attributeName: 'NICKNAME', attributeValue });
  }

  unpair(username: string, device: DeviceId): Promise<Done> {
    return this.#onDevice('unpairdevice', username, device, {});
  }

  setPrimary(username: string, device: DeviceId): Promise<Done> {
    return this.#onDevice('updatedeviceattr', username, device, { attributeName: 'SET_PRIMARY', attributeValue: 'true' });
  }

  deviceLimit(): Promise<Result<undefined, DirectoryFault>> {
    return Promise.resolve(ok(undefined));
  }

  check(): Promise<readonly DirectoryCheck[]> {
    return checkOf(this.#access.outbound, (outbound) => new PingIdDirectory({ ...this.#access, outbound }).observe('id'));
  }

  /** The only way to a call about one device: without a real id nothing is sent (P56). */
  async #onDevice(operation: Operation, username: string, device: DeviceId, rest: RequestBody): Promise<Done> {
    const id = readDeviceId(device);
    if (!id) return err({ kind: 'refused', code: 'invalid-device-id' });
    const deadline = this.#deadline();
    const done = await this.#do(operation, { userName: username, deviceId: bareNumber(id), ...rest }, deadline);
    if (done.ok || done.error.kind !== 'refused') return done;
    const read = await this.#details(username, deadline);
    if (!read.ok) return read.error.kind === 'not-found' ? read : done;
    return devicesOf(read.value).some((it) => it.deviceId === id) ? done : err({ kind: 'not-found' });
  }

  async #details(username: string, deadline: AbortSignal): Promise<Result<UserDetails, DirectoryFault>> {
    const answer = await call(this.#access, 'getuserdetails', { userName: username, getSameDeviceUsers: false }, deadline);
    if (!answer.ok) return answer;
    const details = readUserDetails(answer.value['userDetails'], username);
    return details ? ok(details) : err({ kind: 'refused', code: 'unreadable-user' });
  }

  async #do(operation: Operation, body: RequestBody, deadline = this.#deadline()): Promise<Done> {
    const answer: Result<Answer, DirectoryFault> = await call(this.#access, operation, body, deadline);
    return answer.ok ? ok(undefined) : answer;
  }

  #deadline(): AbortSignal {
    return AbortSignal.timeout(this.#access.callTimeoutMs);
  }
}

const profileFields = ({ email, firstName, lastName }: Profile): RequestBody => ({ email, fname: firstName, lname: lastName });

function pairingFields(address: FactorAddress): RequestBody {
  switch (address.kind) {
    case 'email':
      return { type: 'EMAIL', pairingData: address.address };
    case 'sms':
      return { type: 'SMS', pairingData: address.number };
    case 'voice':
      return {
        type: 'VOICE',
        pairingData: address.extension === undefined ? address.number : `${address.number},${address.extension}`,
      };
  }
}
