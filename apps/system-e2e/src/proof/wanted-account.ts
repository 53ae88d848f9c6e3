import type { SeenDevice, SeenUser } from '../system/seen-directory.ts';

/** What the datastore says of one person; attributes that it does not have are missing. */
export interface SourcePerson {
  readonly username: string;
  readonly enabled: boolean;
  readonly given?: string;
  readonly mail?: string;
  readonly mobile?: string;
  readonly desk?: string;
}

/** Names of the managed slots that the proof uses, one of each kind (P40, P60). */
export const slotNames = {
  pingid: { mail: 'Email 1', mobile: 'SMS Number 1', desk: 'Voice Number 1' },
  pingone: { mail: 'Email 1', mobile: 'SMS 1', desk: 'Voice 1' },
} as const;
export type Dialect = keyof typeof slotNames;
const attributes = ['mail', 'mobile', 'desk'] as const;

/** How a connection handles a person, as far as it says what must be in the end. */
export interface Rules {
  readonly dialect: Dialect;
  readonly devices: 'merge' | 'overwrite';
  readonly leavers: 'suspend' | 'delete';
  /** A device that has the wanted value under another name becomes the slot's, and keeps its id. */
  readonly adopts?: boolean;
  /** A value that the datastore cleared takes its device along. */
  readonly removesCleared?: boolean;
  /** The primary role stays with the slot whose device was replaced. */
  readonly keepsPrimary?: boolean;
  /** The slot that gets the primary role when the account is made. */
  readonly primaryOnCreate?: keyof (typeof slotNames)['pingid'];
}

/** A device as it must be: with an id, exactly that one; without, a new one. */
export interface WantedDevice {
  readonly nickname: string;
  readonly value: string;
  readonly id?: string;
}

export type WantedAccount =
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'there';
      /** `not ACTIVE`: made for somebody who is disabled (P25); the provider has more than one word for that. */
      readonly status: 'ACTIVE' | 'SUSPENDED' | 'not ACTIVE';
      readonly devices: readonly WantedDevice[];
      /** Nickname of the primary device; absent: the rules leave it to the provider. */
      readonly primary?: string;
    };

/** Digits of a telephone number, an address in small letters: what two spellings of one value have in common. */
const essence = (value: string): string => (value.includes('@') ? value.toLowerCase() : value.replace(/\D/g, ''));
const same = (a: string, b: string): boolean => essence(a) === essence(b);

/**
 * What must be at the provider when all is done, from the rules of the reference alone (P21–P29, T1–T15, PR1–PR8). It is the proof's own
 * model: it shares nothing with the planner, and plans nothing.
 *
 * @param before the account as it was when the person's last record came; `undefined`: there was none
 */
export function wantedAccount(before: SeenUser | undefined, person: SourcePerson | null, rules: Rules): WantedAccount {
  const names = slotNames[rules.dialect];
  const devices = before?.devices ?? [];
  if (person === null || !person.enabled) {
    if (before === undefined && person === null) return { kind: 'gone' };
    if (rules.leavers === 'delete') return { kind: 'gone' };
    return before
      ? { kind: 'there', status: 'SUSPENDED', devices: devices.map(asItIs) }
      : { kind: 'there', status: 'not ACTIVE', devices: [] };
  }
  const wanted: WantedDevice[] = [];
  const settled = new Set<string>();
  for (const attribute of attributes) {
    const [nickname, value] = [names[attribute], person[attribute]];
    const there = devices.find((device) => device.nickname === nickname);
    if (there) settled.add(there.deviceId);
    if (value === undefined) {
      if (there && !rules.removesCleared) wanted.push(asItIs(there)); // T6
      continue;
    }
    const other = rules.adopts ? devices.find((one) => !isManaged(one, rules) && same(one.value, value)) : undefined;
    const kept = there && same(there.value, value) ? there : there === undefined ? other : undefined; // T4, P47
    if (kept) settled.add(kept.deviceId);
    wanted.push({ nickname, value, ...(kept && { id: kept.deviceId }) });
  }
  if (rules.devices === 'merge') wanted.push(...devices.filter(({ deviceId }) => !settled.has(deviceId)).map(asItIs)); // T9
  const primary = wantedPrimary(before, wanted, rules);
  return { kind: 'there', status: 'ACTIVE', devices: wanted, ...(primary !== undefined && { primary }) };
}

const asItIs = ({ nickname, value, deviceId }: SeenDevice): WantedDevice => ({ nickname, value, id: deviceId });
const isManaged = ({ nickname }: SeenDevice, { dialect }: Rules): boolean =>
  Object.values(slotNames[dialect]).some((name) => name === nickname);

/** I9: as before, unless its device had to go. */
function wantedPrimary(before: SeenUser | undefined, wanted: readonly WantedDevice[], rules: Rules): string | undefined {
  if (!before) {
    const chosen = rules.primaryOnCreate && slotNames[rules.dialect][rules.primaryOnCreate];
    return wanted.find(({ nickname }) => nickname === chosen)?.nickname;
  }
  const primary = before.devices.find(({ role }) => role === 'PRIMARY');
  if (!primary) return undefined;
  const stays = wanted.find(({ id }) => id === primary.deviceId);
  if (stays) return stays.nickname;
  return rules.keepsPrimary ? wanted.find(({ nickname }) => nickname === primary.nickname)?.nickname : undefined; // P44, PR8
}

/** How an account differs from what must be, as sentences without values; none: it is as it must be. */
export function differences(seen: SeenUser | undefined, wanted: WantedAccount): readonly string[] {
  if (wanted.kind === 'gone') return seen === undefined ? [] : ['the account should be gone'];
  if (seen === undefined) return ['the account is missing'];
  const found: string[] = [];
  if (wanted.status === 'not ACTIVE' ? seen.status === 'ACTIVE' : seen.status !== wanted.status)
    found.push(`the account is ${seen.status}, and should be ${wanted.status}`);
  const left = [...seen.devices];
  for (const { nickname, value, id } of wanted.devices) {
    const at = left.findIndex((device) => device.nickname === nickname && same(device.value, value) && (id === undefined || device.deviceId === id)); // prettier-ignore
    if (at === -1)
      found.push(`${nickname} is missing, or not ${id === undefined ? 'with the wanted value' : 'the device that it was'}`);
    else left.splice(at, 1);
  }
  for (const { nickname } of left) found.push(`there is a ${nickname} too many`);
  if (
    wanted.primary !== undefined &&
    !seen.devices.some(({ nickname, role }) => nickname === wanted.primary && role === 'PRIMARY')
  )
    found.push(`${wanted.primary} is not primary`);
  return found;
}
