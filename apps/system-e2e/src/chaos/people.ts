import { type Dialect, type Rules, slotNames, type SourcePerson } from '../proof/wanted-account.ts';
import type { FeedRecord } from '../system/feed.ts';
import type { Draws } from './draws.ts';

/** Connections of each kind and dialect. What must be in the end depends on the newest record alone, whichever of those before were seen. */
export const kinds = {
  merge: {
    settings: { options: { manageDevices: 'merge', primaryDevice: 'Email 1' } },
    rules: { devices: 'merge', leavers: 'suspend' },
    /** The first is primary (I9): it stays so in `merge`; in `less` the slot keeps the role. */
    devices: ['own', 'mobile', 'mail'],
    /** Values that a record may leave out. */
    clears: false,
  },
  overwrite: {
    settings: {
      options: { manageDevices: 'overwrite', onCleared: 'remove', removeAction: 'delete', provisionDisabledUsers: false },
    },
    rules: { devices: 'overwrite', leavers: 'delete', removesCleared: true },
    devices: ['own', 'mobile'],
    clears: true,
  },
  less: {
    settings: { preset: 'never-less', options: { manageDevices: 'merge' } },
    rules: { devices: 'merge', leavers: 'suspend', adopts: true, keepsPrimary: true },
    devices: ['mobile', 'mail', 'own'],
    clears: false,
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly settings: object;
      readonly rules: Omit<Rules, 'dialect'>;
      readonly devices: readonly ('own' | 'mobile' | 'mail')[];
      readonly clears: boolean;
    }
  >
>;
export type Kind = keyof typeof kinds;
export const dialects = ['pingid', 'pingone'] as const satisfies readonly Dialect[];
export const connections = (Object.keys(kinds) as Kind[]).flatMap((kind) => dialects.map((dialect) => ({ kind, dialect, name: `${kind}-${dialect}` }))); // prettier-ignore

export interface Member {
  readonly number: number;
  readonly kind: Kind;
  readonly dialect: Dialect;
  readonly connection: string;
  readonly username: string;
  readonly key: string;
}

/** Few values, which many share: the log search at the end looks for each of them in all logs. */
const values = 24;
const mobile = (at: number): string => `+44770090${String(1_000 + at)}`;
const mail = (at: number): string => `shared-${at}@example.com`;
const desk = (at: number): string => `+44770091${String(1_000 + at)}`;

export const membersOf = (count: number): readonly Member[] =>
  Array.from({ length: count }, (_, number) => {
    const { kind, dialect, name } = connections[number % connections.length]!;
    return { number, kind, dialect, connection: name, username: `chaos-${number}`, key: `key-${number}` };
  });

/** What the datastore says at first, which is what the provider has. */
export const firstOf = ({ username, number, kind }: Member): SourcePerson => ({
  ...{ username, enabled: true, mobile: mobile(number % values) },
  ...(kind === 'overwrite' ? {} : { mail: mail(number % values) }),
});

/** The account as the simulator's admin API makes it. */
export function accountOf(member: Member): object {
  const names = slotNames[member.dialect];
  const { mobile: phone, mail: email } = firstOf(member);
  const devices = {
    own: { type: 'iPhone', nickname: 'iPhone of mine' },
    mobile: { type: 'SMS', nickname: names.mobile, phone },
    mail: { type: 'Email', nickname: names.mail, email },
  };
  return { username: member.username, mfaEnabled: true, devices: kinds[member.kind].devices.map((name) => devices[name]) };
}

/** The next state of a person: other values, disabled, deleted or back again. */
export function nextOf({ username, kind }: Member, draws: Draws): SourcePerson | null {
  const what = draws.below(10);
  if (what === 0) return null;
  const isThere = (share: number): boolean => !kinds[kind].clears || draws.below(10) < share;
  return {
    ...{ username, enabled: what !== 1, mobile: mobile(draws.below(values)) },
    ...(isThere(6) ? { mail: mail(draws.below(values)) } : {}),
    ...(kinds[kind].clears && draws.below(2) === 0 ? { desk: desk(draws.below(values)) } : {}),
  };
}

/** As a CloudEvent, whose `sequence` orders it: however often and in whichever order it comes (I4, R16). */
export function eventOf({ key }: Member, person: SourcePerson | null, sequence: number): FeedRecord {
  const context = { specversion: '1.0', id: `event-${sequence}`, source: '/chaos', subject: key, sequence: String(sequence) };
  const value =
    person === null
      ? { ...context, type: 'tallystick.user.deleted.v1' }
      : { ...context, type: 'tallystick.user.changed.v1', data: { attributes: person } };
  return { key, value: JSON.stringify(value) };
}
