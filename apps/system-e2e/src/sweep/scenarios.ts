import type { Step } from '@tallystick/devices-domain';
import type { Dialect, Rules, SourcePerson } from '../proof/wanted-account.ts';
import { slotNames } from '../proof/wanted-account.ts';

/** A device or account as the simulator's admin API makes it. */
export type SeededDevice = Readonly<Record<string, string>>;
interface SeededAccount {
  readonly status?: 'ACTIVE' | 'SUSPENDED';
  readonly fname?: string;
  readonly devices: readonly SeededDevice[];
}

/** Kinds of connections: settings as a document has them, and what they mean to the model. */
export const kinds = {
  merge: {
    settings: { options: { manageDevices: 'merge', primaryDevice: 'Voice Number 1' } }, // not the one that is paired first, which is primary by itself
    rules: { devices: 'merge', leavers: 'suspend', primaryOnCreate: 'desk' },
  },
  overwrite: {
    settings: {
      options: { manageDevices: 'overwrite', onCleared: 'remove', removeAction: 'delete', provisionDisabledUsers: false },
    },
    rules: { devices: 'overwrite', leavers: 'delete', removesCleared: true },
  },
  /** People of full passes: nobody of another story is among them. */
  pass: { settings: { options: { manageDevices: 'merge' } }, rules: { devices: 'merge', leavers: 'suspend' } },
  less: {
    settings: { preset: 'never-less', options: { manageDevices: 'merge', usernameChange: 'follow' } },
    rules: { devices: 'merge', leavers: 'suspend', adopts: true, keepsPrimary: true },
  },
} as const satisfies Readonly<Record<string, { readonly settings: object; readonly rules: Omit<Rules, 'dialect'> }>>;
export type ConnectionKind = keyof typeof kinds;

/** One story of one person: what is there, what the datastore said first, and the record that is then worked on. */
export interface Scenario {
  readonly name: string;
  readonly kind: ConnectionKind;
  /** Without it there is no account before the records. */
  readonly account?: (number: number, dialect: Dialect) => SeededAccount;
  /** Worked on before anything is killed. */
  readonly first?: (number: number) => SourcePerson;
  /** null: the record is deleted at the source. */
  readonly then: (number: number) => SourcePerson | null;
  /** The fewest devices that the person may have at any moment. */
  readonly fewest: number;
  readonly dialects?: readonly Dialect[];
  /** Kinds of steps of the plan, in any order. */
  readonly steps: readonly Step['kind'][];
}

export const mobileOf = (number: number): string => `+4477009${String(number).padStart(5, '0')}`;
const movedOf = (number: number): string => mobileOf(number + 50_000);
const mailOf = (number: number): string => `person-${number}@example.com`;
const person = (number: number, more: Partial<SourcePerson> = {}): SourcePerson => ({ username: `person-${number}`, enabled: true, ...more }); // prettier-ignore
const sms = (number: number, dialect: Dialect): SeededDevice => ({ type: 'SMS', nickname: slotNames[dialect].mobile, phone: mobileOf(number) }); // prettier-ignore
const email = (number: number): SeededDevice => ({ type: 'Email', nickname: 'Email 1', email: mailOf(number) });
export const own: SeededDevice = { type: 'iPhone', nickname: 'iPhone of mine' };
const key: SeededDevice = { type: 'YubiKey', nickname: 'YubiKey', serial: '7' };

/** All that the planner can do, in as few stories as that takes. */
export const scenarios: readonly Scenario[] = [
  {
    ...{ name: 'PR2, T3: a new person with three devices', kind: 'merge', fewest: 0 },
    then: (n) => person(n, { given: 'Ada', mail: mailOf(n), mobile: mobileOf(n), desk: movedOf(n) }),
    steps: ['create-user', 'pair', 'pair', 'pair', 'set-primary'],
  },
  {
    ...{ name: 'P25: a disabled person who has no account', kind: 'merge', fewest: 0 },
    then: (n) => person(n, { enabled: false, mail: mailOf(n) }),
    steps: ['create-user'],
  },
  {
    ...{ name: 'T5, T9: a replaced number beside a device of their own', kind: 'merge', fewest: 2 },
    account: (n, dialect) => ({ devices: [email(n), sms(n, dialect), own] }),
    then: (n) => person(n, { mail: mailOf(n), mobile: movedOf(n) }),
    steps: ['unpair', 'pair'],
  },
  {
    ...{ name: 'P28, P29: a suspended account with another profile', kind: 'merge', fewest: 1 },
    account: (n, dialect) => ({ status: 'SUSPENDED', fname: 'Old', devices: [sms(n, dialect)] }),
    then: (n) => person(n, { given: 'New', mobile: mobileOf(n) }),
    steps: ['activate-user', 'edit-user'],
  },
  {
    ...{ name: 'P24: a person who was deleted at the source', kind: 'merge', fewest: 2 },
    account: (n, dialect) => ({ devices: [sms(n, dialect), own] }),
    first: (n) => person(n, { mobile: mobileOf(n) }),
    then: () => null,
    steps: ['suspend-user'],
  },
  {
    ...{ name: 'T11: Overwrite, with two devices of their own and a replaced number', kind: 'overwrite', fewest: 0 },
    account: (n, dialect) => ({ devices: [own, key, sms(n, dialect)] }),
    then: (n) => person(n, { mail: mailOf(n), mobile: movedOf(n) }),
    steps: ['unpair', 'unpair', 'unpair', 'pair', 'pair'],
  },
  {
    ...{ name: 'T6: a cleared number, with onCleared remove', kind: 'overwrite', fewest: 1 },
    account: (n, dialect) => ({ devices: [email(n), sms(n, dialect)] }),
    then: (n) => person(n, { mail: mailOf(n) }),
    steps: ['unpair'],
  },
  {
    ...{ name: 'P24: a disabled person, whose account is deleted', kind: 'overwrite', fewest: 1 },
    account: (n, dialect) => ({ devices: [sms(n, dialect)] }),
    then: (n) => person(n, { enabled: false, mobile: mobileOf(n) }),
    steps: ['delete-user'],
  },
  {
    ...{ name: 'PR8, never less: a replaced number that was primary', kind: 'less', fewest: 2 },
    account: (n, dialect) => ({ devices: [sms(n, dialect), email(n)] }),
    then: (n) => person(n, { mail: mailOf(n), mobile: movedOf(n) }),
    steps: ['pair', 'unpair', 'set-primary'],
  },
  {
    ...{ name: 'P47: a device with the wanted number under another name', kind: 'less', fewest: 1 },
    account: (n) => ({ devices: [{ type: 'SMS', nickname: 'private', phone: mobileOf(n) }] }),
    then: (n) => person(n, { mobile: mobileOf(n) }),
    steps: ['name-device'],
  },
  {
    ...{ name: 'P20: a new username that the account follows', kind: 'less', fewest: 1, dialects: ['pingone'] },
    account: (n, dialect) => ({ devices: [sms(n, dialect)] }),
    first: (n) => person(n, { mobile: mobileOf(n) }),
    then: (n) => person(n, { username: `renamed-${n}`, mobile: mobileOf(n) }),
    steps: ['rename-user'],
  },
];

/** Every kind of step there is: a new one has no scenario, and does not compile, until it stands here. */
export const allSteps: Readonly<Record<Step['kind'], true>> = {
  'create-user': true,
  'rename-user': true,
  'activate-user': true,
  'edit-user': true,
  'suspend-user': true,
  'delete-user': true,
  unpair: true,
  pair: true,
  'name-device': true,
  'set-primary': true,
};
