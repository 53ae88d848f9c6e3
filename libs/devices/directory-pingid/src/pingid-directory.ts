import type { DeviceId, DirectoryFault, FactorAddress, MfaDirectory, ObservedUser, Profile } from '@tallystick/devices-domain';
import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import { type Answer, call, type Fetch, type PingIdAccess } from './pingid-call.ts';
import { bareNumber, type RequestBody } from './pingid-envelope.ts';
import type { Operation } from './pingid-faults.ts';
import type { PingIdProperties } from './pingid-properties.ts';
import { devicesOf, observedUserOf, readDeviceId, readUserDetails, type UserDetails } from './pingid-user-details.ts';

export interface PingIdDirectoryOptions {
  readonly properties: PingIdProperties;
  /** Upper bound of one method of the port, in milliseconds, all of its calls and the reading of their answers included. */
  readonly callTimeoutMs: number;
  /** The built-in one unless told; it must not follow redirects by itself. */
  readonly fetch?: Fetch;
  readonly now: () => Instant;
}

type Done = Result<void, DirectoryFault>;

/**
 * PingID's classic API (P3) behind the port. One call each, with two exceptions, both inside the one time-out:
 * - `editUser` reads the account first, because `edituser` also sets the role: without the read an administrator would be demoted (P28).
 * - When a device call is refused with an id that no document names, the account is looked at once, because the id for "no such device"
 *   is not public: the fault is `not-found` when the device is not listed.
 *
 * Codes of its own in `refused`: `unreadable-user` (the answer is signed and makes no sense, or is of another user), `invalid-device-id`.
 */
export function createPingIdDirectory(options: PingIdDirectoryOptions): MfaDirectory {
  return new PingIdDirectory({ ...options, fetch: options.fetch ?? fetch });
}

class PingIdDirectory implements MfaDirectory {
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

  activateUser(username: string): Promise<Done> {
    return this.#do('activateuser', { userName: username });
  }

  suspendUser(username: string): Promise<Done> {
    return this.#do('suspenduser', { userName: username });
  }

  deleteUser(username: string): Promise<Done> {
    return this.#do('deleteuser', { userName: username });
  }

  async pair(username: string, address: FactorAddress): Promise<Result<DeviceId, DirectoryFault>> {
    const body = { username, ...pairingFields(address), validateUniqueDevice: false };
    const answer = await call(this.#access, 'offlinepairing', body, this.#deadline());
    if (!answer.ok) return answer;
    const id = readDeviceId(answer.value['deviceId']);
    return id ? ok(id) : err({ kind: 'unavailable' }); // it was paired, as something: look before anything else
  }

  nameDevice(username: string, device: DeviceId, slot: string): Promise<Done> {
    return this.#onDevice('updatedeviceattr', username, device, { attributeName: 'NICKNAME', attributeValue: slot });
  }

  unpair(username: string, device: DeviceId): Promise<Done> {
    return this.#onDevice('unpairdevice', username, device, {});
  }

  setPrimary(username: string, device: DeviceId): Promise<Done> {
    return this.#onDevice('updatedeviceattr', username, device, { attributeName: 'SET_PRIMARY', attributeValue: 'true' });
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
