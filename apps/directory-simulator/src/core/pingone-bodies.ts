import { type Account, type Device } from './account.ts';
import { deviceGuid, pingoneTypes } from './pingone-ids.ts';

/** How bodies are written: where links lead, which environment it is, and when it is now. */
export interface MfaPresentation {
  /** `http://…/v1/environments/{envID}`. */
  readonly base: string;
  readonly environmentId: string;
  /** The population of users that have none of their own. */
  readonly populationId: string;
  readonly phoneForm: 'dotted' | 'e164';
  /** Epoch milliseconds. */
  readonly now: number;
  /** Devices created after this instant (epoch ms) are not listed yet. */
  readonly enrolledUntil: number;
}

const instant = (epochMs: number) => new Date(epochMs).toISOString();
const link = (href: string) => ({ href });

export const userPath = (account: Account) => `/users/${account.guid}`;

/** A user as GET, POST and PATCH show it. Absent values are left out. */
export function userBody(account: Account, { base, environmentId, populationId }: MfaPresentation) {
  const self = `${base}${userPath(account)}`;
  const population = account.population ?? populationId;
  const name = {
    ...(account.fname !== null && { given: account.fname }),
    ...(account.lname !== null && { family: account.lname }),
  };
  return {
    _links: {
      self: link(self),
      environment: link(base),
      population: link(`${base}/populations/${population}`),
      devices: link(`${self}/devices`),
    },
    id: account.guid,
    environment: { id: environmentId },
    account: { canAuthenticate: account.status !== 'SUSPENDED', status: 'OK' },
    createdAt: instant(account.createdAt),
    updatedAt: instant(account.updatedAt),
    username: account.username,
    ...(account.email !== null && { email: account.email }),
    enabled: account.status !== 'SUSPENDED',
    mfaEnabled: account.mfaEnabled,
    identityProvider: { type: 'PING_ONE' },
    lifecycle: { status: 'ACCOUNT_OK' },
    ...(Object.keys(name).length > 0 && { name }),
    population: { id: population },
    verifyStatus: 'NOT_INITIATED',
  };
}

/** A device as GET and POST show it (c.3). */
export function deviceBody(account: Account, device: Device, presentation: MfaPresentation) {
  const { base, environmentId, phoneForm, now } = presentation;
  const { facts, condition = {} } = device;
  const id = deviceGuid(device.id);
  const owner = `${base}${userPath(account)}`;
  const { lockedUntil = 0, blockedAt, updatedAt = device.enrolledAt } = condition;
  return {
    _links: { self: link(`${owner}/devices/${id}`), environment: link(base), user: link(owner) },
    id,
    environment: { id: environmentId },
    user: { id: account.guid },
    type: pingoneTypes[device.type],
    status: account.pending?.some((waiting) => waiting.id === device.id) ? 'ACTIVATION_REQUIRED' : 'ACTIVE',
    ...(device.nickname !== '' && { nickname: device.nickname }),
    ...(facts.kind === 'email' && { email: facts.address }),
    ...(facts.kind === 'phone' && {
      phone: `+${facts.countryCode}${phoneForm === 'dotted' ? '.' : ''}${facts.number}`,
      ...(facts.extension !== undefined && { extension: facts.extension }),
    }),
    lock: lockedUntil > now ? { status: 'LOCKED', expiresAt: instant(lockedUntil), reason: 'OTP' } : { status: 'UNLOCKED' },
    block: blockedAt === undefined ? { status: 'UNBLOCKED' } : { status: 'BLOCKED', blockedAt: instant(blockedAt) },
    createdAt: instant(device.enrolledAt),
    updatedAt: instant(updatedAt),
  };
}

/** The order of the active devices, the default one first; empty while the user has no default device. */
export const orderBody = (account: Account) =>
  account.primary === 'first' ? account.devices.map((device) => ({ id: deviceGuid(device.id) })) : [];

/** All devices of a user: the active ones in their order, then those that wait for their activation. */
export function deviceListBody(
  account: Account,
  presentation: MfaPresentation,
  asked: { readonly keep: (body: ReturnType<typeof deviceBody>) => boolean; readonly order: boolean },
) {
  const devices = [...account.devices, ...(account.pending ?? [])]
    .filter((device) => device.enrolledAt <= presentation.enrolledUntil)
    .map((device) => deviceBody(account, device, presentation))
    .filter(asked.keep);
  const listed = new Set(devices.map((device) => device.id));
  return {
    _links: { self: link(`${presentation.base}${userPath(account)}/devices`) },
    _embedded: { devices },
    ...(asked.order && { order: orderBody(account).filter(({ id }) => listed.has(id)) }),
    count: devices.length,
    size: devices.length,
  };
}
