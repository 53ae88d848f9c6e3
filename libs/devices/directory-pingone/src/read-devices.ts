import type { DeviceId, FactorAddress, ObservedDevice } from '@tallystick/devices-domain';
import { z } from 'zod';
import { slotOf } from './pingone-capabilities.ts';
import { isObject, type JsonObject } from './pingone-call.ts';
import { isUuid } from './pingone-settings.ts';
import { embedded } from './read-user.ts';

const text = z.string().catch('');
const state = z.object({ status: text }).catch({ status: '' });
const device = z.object({
  id: z.string().refine(isUuid),
  type: text,
  status: text,
  nickname: text,
  email: text,
  phone: text,
  extension: text,
  lock: state,
  block: state,
  createdAt: text,
});

/** A device of PingOne, in its own words. */
export type PingOneDevice = z.infer<typeof device>;

export interface PingOneDevices {
  readonly devices: readonly PingOneDevice[];
  /** Ids, the default device first; empty for a user who has no default. */
  readonly order: readonly string[];
}

/** Undefined unless every device can be read and the list is the whole: a plan over half of a user's devices is wrong. */
export function readDevices(body: JsonObject): PingOneDevices | undefined {
  const read = z.array(device).safeParse(embedded(body, 'devices'));
  return read.success ? { devices: read.data, order: orderOf(body) } : undefined;
}

function orderOf(body: JsonObject): readonly string[] {
  const inner = body['_embedded'];
  const order = body['order'] ?? (isObject(inner) ? inner['order'] : undefined);
  if (!Array.isArray(order)) return [];
  return order.map((it: unknown) => (isObject(it) ? it['id'] : it)).filter(isUuid);
}

/** As the port has it; undefined for what is no UUID. */
export const readDeviceId = (value: unknown): DeviceId | undefined => (isUuid(value) ? (value as DeviceId) : undefined);

/** The devices as the planner sees them. Types that nobody pairs from here are kept, without an address. */
export function observedDevicesOf({ devices, order }: PingOneDevices, mfaEnabled: boolean): readonly ObservedDevice[] {
  return devices.map((it): ObservedDevice => {
    const slot = slotOf(it.nickname);
    const address = addressOf(it);
    return {
      id: it.id as DeviceId,
      nickname: it.nickname,
      ...(slot && { slot }),
      type: it.type,
      ...(address && { address }),
      primary: it.id === order[0],
      ...(!(mfaEnabled && isUsable(it)) && { unusable: true as const }),
      enrolledAt: sortable(it.createdAt),
    };
  });
}

export const isActive = ({ status }: PingOneDevice): boolean => status === '' || status === 'ACTIVE';

const isUsable = (it: PingOneDevice): boolean => isActive(it) && it.lock.status !== 'LOCKED' && it.block.status !== 'BLOCKED';

function addressOf({ type, email, phone, extension }: PingOneDevice): FactorAddress | undefined {
  if (type === 'EMAIL') return email.trim() ? { kind: 'email', address: email.trim() } : undefined;
  // `+1.5125201234`, `+1 (512) 520-1234`, `1-512-555-1234`: the stored form is not documented, so only the digits count (P58, c.3).
  const number = `+${phone.replace(/\D/g, '')}`;
  if (number === '+') return undefined;
  if (type === 'SMS') return { kind: 'sms', number };
  return type === 'VOICE' ? { kind: 'voice', number, ...(extension && { extension }) } : undefined;
}

/** ISO times in UTC sort as text but for the length of their fraction. */
function sortable(createdAt: string): string {
  const [, moment, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(createdAt) ?? [];
  return moment ? `${moment}.${fraction.padEnd(9, '0')}Z` : '';
}
