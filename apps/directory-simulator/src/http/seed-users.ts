import { type Account, type Device, type DeviceFacts, newAccount } from '../core/account.ts';
import { type Decided, done, refuse } from '../core/refusals.ts';
import { readEmail, readPhone } from '../core/device-facts.ts';
import { type Pairing } from '../core/decide.ts';
import { type DeviceSpec, type UserSpec } from './admin-schemas.ts';
import { type Simulator } from '../state/simulator.ts';

/** What a device specification pairs; refused when the value that its type needs is missing or malformed. */
export function pairingOf(spec: DeviceSpec): Decided<Pairing> {
  const facts = factsOf(spec);
  if (!facts.ok) return facts;
  return done({ type: spec.type, facts: facts.value, ...(spec.nickname !== undefined && { nickname: spec.nickname }) });
}

function factsOf(spec: DeviceSpec): Decided<DeviceFacts> {
  switch (spec.type) {
    case 'Email': {
      const email = readEmail(spec.email ?? '');
      return email ? done(email) : refuse('invalid-input', 'email is missing or malformed');
    }
    case 'SMS':
    case 'Voice': {
      const phone = readPhone(spec.phone ?? '', spec.type === 'Voice' ? 'allowed' : 'refused');
      return phone ? done(phone) : refuse('phone-invalid', 'phone is missing or malformed');
    }
    case 'Android':
    case 'iPhone':
    case 'Desktop':
      return done({
        kind: 'app',
        model: spec.model ?? spec.type,
        osVersion: spec.osVersion ?? null,
        appVersion: spec.appVersion ?? null,
      });
    case 'YubiKey':
    case 'Security Key':
    case 'FIDO2 Biometrics':
    case 'Hardware Token':
    case 'Authenticator App':
      return done({ kind: 'token', serial: spec.serial ?? null });
  }
}

/** Puts users into an empty directory. Refused at the first that cannot be; the place names it, not the person. */
export function seedUsers(simulator: Simulator, users: readonly UserSpec[]): Decided<number> {
  for (const [index, user] of users.entries()) {
    const seeded = seedUser(simulator, user);
    if (!seeded.ok)
      return refuse(seeded.refusal.kind, `users.${index}${seeded.refusal.hint === undefined ? '' : `: ${seeded.refusal.hint}`}`);
  }
  return done(users.length);
}

function seedUser(simulator: Simulator, { username, devices, status, ...profile }: UserSpec): Decided<Account> {
  if (simulator.directory.find(username)) return refuse('user-exists');
  const { draws, now } = simulator.given();
  simulator.directory.put(
    username,
    newAccount({
      username,
      email: profile.email ?? null,
      fname: profile.fname ?? null,
      lname: profile.lname ?? null,
      role: profile.role,
      guid: draws.guid,
      userId: draws.userId,
      picUrl: draws.picUrl,
      status: status ?? 'NOT_ACTIVE',
      mfaEnabled: profile.mfaEnabled,
      now,
    }),
  );
  for (const spec of devices) {
    const paired = pairOwnDevice(simulator, username, spec, 'ignore-limit');
    if (!paired.ok) return paired;
  }
  const account = simulator.directory.find(username);
  if (!account) return refuse('user-unknown');
  const seeded = status === undefined ? account : { ...account, status };
  simulator.directory.put(username, seeded);
  return done(seeded);
}

/** So long is a device locked that is said to be so. */
const lockMs = 600_000;

/** Pairs a device that the user has of their own, in the condition that is asked for. */
export function pairOwnDevice(
  simulator: Simulator,
  username: string,
  spec: DeviceSpec,
  limit: 'keep-limit' | 'ignore-limit',
): Decided<Device> {
  const pairing = pairingOf(spec);
  if (!pairing.ok) return pairing;
  if (spec.deviceId !== undefined && simulator.directory.hasDevice(spec.deviceId))
    return refuse('device-not-unique', 'this deviceId exists');
  const before = simulator.directory.find(username);
  const paired = simulator.pair(username, pairing.value, { ...(spec.deviceId !== undefined && { id: spec.deviceId }), limit });
  const account = simulator.directory.find(username);
  if (!paired.ok || !before || !account) return paired;
  const now = simulator.now();
  const condition = { ...(spec.locked && { lockedUntil: now + lockMs }), ...(spec.blocked && { blockedAt: now }) };
  const device = Object.keys(condition).length === 0 ? paired.value : { ...paired.value, condition };
  if (spec.activation === 'required')
    simulator.directory.put(username, { ...before, pending: [...(before.pending ?? []), device] });
  else if (device !== paired.value)
    simulator.directory.put(username, {
      ...account,
      devices: account.devices.map((other) => (other.id === device.id ? device : other)),
    });
  return done(device);
}
