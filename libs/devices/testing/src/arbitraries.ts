import {
  type AccountStatus,
  type DesiredUser,
  type DeviceId,
  type DeviceLimit,
  type DeviceSlot,
  deviceSlots,
  type FactorAddress,
  type FactorKind,
  factorKindOf,
  type Intent,
  type InvalidAddressReason,
  type ObservedDevice,
  type ObservedUser,
  type Profile,
  type ReconcileOptions,
  type ReconciliationInput,
  type SlotValue,
} from '@tallystick/devices-domain';
import { type Instant, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { asListedBy, pingIdManners } from './model-directory-manners.ts';

// The pools are small on purpose: equal values in the wrong places are where a planner goes wrong.
const emails = ['ada@home.example', 'Ada@Home.Example', 'ada@work.example', 'lovelace@example.org'];
const numbers = ['+12025550123', '+12025550124', '+442079460123'];
const extensions = ['2992', ',,12#3'];
const typeOfKind: Record<FactorKind, string> = { email: 'Email', sms: 'SMS', voice: 'Voice' };
const otherTypes = ['iPhone', 'Android', 'YubiKey', 'Security Key', 'Authenticator App'];
const otherNicknames = ['My phone', "Ada's iPhone", 'YubiKey', 'Mobile 1', 'Phone 1', 'Email 4', ''];
const nearMisses = ['email1', 'EMAIL 1', 'Email 2 ', 'sms number 1', 'SMS  Number 3', 'voicenumber2'];
const invalidReasons: readonly InvalidAddressReason[] = [
  'email-syntax',
  'phone-not-a-number',
  'phone-no-country',
  'phone-length',
  'phone-not-possible',
  'extension-syntax',
  'too-long',
];
const statuses: readonly AccountStatus[] = [
  'active',
  'not-active',
  'pending',
  'pending-activation',
  'suspended',
  'pending-change-device',
  'locked',
  'other',
];

export function anyAddress(kind: FactorKind): fc.Arbitrary<FactorAddress> {
  if (kind === 'email') return fc.constantFrom(...emails).map((address) => ({ kind, address }));
  const number = fc.constantFrom(...numbers);
  if (kind === 'sms') return number.map((it) => ({ kind, number: it }));
  return fc
    .tuple(number, fc.option(fc.constantFrom(...extensions), { nil: undefined }))
    .map(([it, extension]) => ({ kind, number: it, ...(extension && { extension }) }));
}

export const anyKind: fc.Arbitrary<FactorKind> = fc.constantFrom('email', 'sms', 'voice');

export const anySlot: fc.Arbitrary<DeviceSlot> = fc.constantFrom(...deviceSlots);

export const anyProfile: fc.Arbitrary<Profile> = fc.record(
  {
    email: fc.constantFrom(...emails),
    firstName: fc.constantFrom('Ada', 'Augusta'),
    lastName: fc.constantFrom('King', 'Lovelace'),
  },
  { requiredKeys: [] },
);

/** What a mapping yields: the value is of the slot's kind. Values and gaps are more frequent than faults. */
export const anySlotValue = (slot: DeviceSlot): fc.Arbitrary<SlotValue> =>
  fc.oneof(
    { weight: 5, arbitrary: anyAddress(factorKindOf(slot)).map((address): SlotValue => ({ kind: 'value', address })) },
    { weight: 4, arbitrary: fc.constant<SlotValue>({ kind: 'absent' }) },
    { weight: 1, arbitrary: fc.constantFrom(...invalidReasons).map((reason): SlotValue => ({ kind: 'invalid', reason })) },
    { weight: 1, arbitrary: fc.constant<SlotValue>({ kind: 'unknown' }) },
  );

export function anySlots(
  valueOf: (slot: DeviceSlot) => fc.Arbitrary<SlotValue> = anySlotValue,
): fc.Arbitrary<Record<DeviceSlot, SlotValue>> {
  return fc
    .tuple(...deviceSlots.map(valueOf))
    .map((values) => Object.fromEntries(deviceSlots.map((slot, i) => [slot, values[i]!])) as Record<DeviceSlot, SlotValue>);
}

/** An enabled user of the datastore. */
export const anyEnabledUser: fc.Arbitrary<Extract<DesiredUser, { kind: 'present' }>> = fc.record({
  kind: fc.constant('present' as const),
  username: fc.constant('ada'),
  enabled: fc.constant(true),
  profile: anyProfile,
  slots: anySlots(),
});

export const anyDesiredUser: fc.Arbitrary<DesiredUser> = fc.oneof(
  { weight: 6, arbitrary: anyEnabledUser },
  { weight: 2, arbitrary: anyEnabledUser.map((it): DesiredUser => ({ ...it, enabled: false })) },
  { weight: 1, arbitrary: fc.constant<DesiredUser>({ kind: 'gone', username: 'ada' }) },
);

const anyNickname = (kind: FactorKind | undefined): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...deviceSlots.filter((it) => factorKindOf(it) === kind), 'Email 1') },
    { weight: 1, arbitrary: anySlot },
    { weight: 1, arbitrary: fc.constantFrom(...nearMisses) },
    { weight: 4, arbitrary: fc.constantFrom(...otherNicknames) },
  );

const anyEnrolledAt = fc.constantFrom('', '2019-04-03 10:54:34.536', '2021-01-01 00:00:00.000', '2024-06-30 12:00:00.000');

export const anyDevice: fc.Arbitrary<ObservedDevice> = fc
  .oneof({ weight: 3, arbitrary: anyKind }, { weight: 1, arbitrary: fc.constant(undefined) })
  .chain((kind) =>
    fc.record({
      id: fc.bigInt({ min: 9_007_199_254_740_993n, max: 9_007_199_254_740_999n }).map((it) => String(it) as DeviceId),
      nickname: anyNickname(kind),
      type: kind ? fc.constant(typeOfKind[kind]) : fc.constantFrom(...otherTypes),
      ...(kind && { address: anyAddress(kind) }),
      primary: fc.boolean(),
      enrolledAt: anyEnrolledAt,
    }),
  )
  .map((device) => asListedBy(pingIdManners, device));

/** Devices as a directory can show them: every id once, at most one primary. */
export const anyDevices: fc.Arbitrary<readonly ObservedDevice[]> = fc
  .uniqueArray(anyDevice, { maxLength: 7, selector: (it) => it.id })
  .map((devices) => {
    const primary = devices.findIndex((it) => it.primary);
    return devices.map((it, i) => ({ ...it, primary: i === primary }));
  });

/** An account as a directory can show it. */
export const anyPresentUser: fc.Arbitrary<Extract<ObservedUser, { kind: 'present' }>> = fc.record({
  kind: fc.constant('present' as const),
  status: fc.oneof(fc.constant<AccountStatus>('active'), fc.constantFrom(...statuses)),
  profile: anyProfile,
  devices: anyDevices,
});

export const anyObservedUser: fc.Arbitrary<ObservedUser> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<ObservedUser>({ kind: 'absent' }) },
  { weight: 6, arbitrary: anyPresentUser },
);

export const anyOptions: fc.Arbitrary<ReconcileOptions> = fc.record({
  manageDevices: fc.constantFrom('do-not-manage', 'merge', 'overwrite', 'merge', 'overwrite'),
  primaryDevice: fc.constantFrom('do-not-manage', 'Email 1', 'SMS Number 1', 'Voice Number 1'),
  createUsers: fc.boolean(),
  updateUsers: fc.boolean(),
  disableUsers: fc.boolean(),
  provisionDisabledUsers: fc.boolean(),
  removeAction: fc.constantFrom('disable', 'delete'),
  onCleared: fc.constantFrom('keep', 'remove'),
  preservePrimary: fc.boolean(),
  keepDeviceTypes: fc.subarray(['iPhone', 'YubiKey', 'SMS']),
  allowStripToZero: fc.boolean(),
  order: fc.constantFrom('remove-first', 'add-first'),
  // The rest stands as the reference has it; the laws about it choose it themselves.
  sameValue: fc.constant('pair'),
  keepWorkingFactor: fc.constant(false),
  missingAccount: fc.constant('recreate'),
  usernameChange: fc.constant('report'),
});

/** Options under which devices are managed and users may be created and updated. */
export const anyManagingOptions: fc.Arbitrary<ReconcileOptions> = anyOptions.map((it) => ({
  ...it,
  manageDevices: it.manageDevices === 'do-not-manage' ? 'merge' : it.manageDevices,
  createUsers: true,
  updateUsers: true,
}));

const anyInstant: fc.Arbitrary<Instant> = fc.integer({ min: 0, max: 200_000 }).map(instant);

/** Left by an attempt that stopped anywhere; it may know some of the ids of {@link anyDevice}. */
export const anyIntent: fc.Arbitrary<Intent> = fc.record(
  {
    createdByUs: fc.boolean(),
    primaryOwedTo: anySlot,
    openPair: anySlot.chain((slot) =>
      fc.record({
        slot: fc.constant(slot),
        address: anyAddress(factorKindOf(slot)),
        idsBefore: fc.array(
          anyDevice.map((it) => it.id),
          { maxLength: 4 },
        ),
        openedAt: anyInstant,
      }),
    ),
    unseenPairs: fc.array(fc.record({ slot: anySlot, deviceId: anyDevice.map((it) => it.id), pairedAt: anyInstant }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: ['createdByUs'] },
);

/** Whatever the types allow, also what no directory and no mapping should ever say: ids twice or blank, values of another kind. */
export const wildInput: fc.Arbitrary<ReconciliationInput> = fc
  .record({
    desired: fc.oneof(
      anyDesiredUser,
      fc.record({
        kind: fc.constant('present' as const),
        username: fc.string(),
        enabled: fc.boolean(),
        profile: fc.record({ email: fc.string(), firstName: fc.string() }),
        slots: anySlots(() => anyKind.chain(anyAddress).map((address): SlotValue => ({ kind: 'value', address }))),
      }),
    ),
    observed: fc.oneof(
      anyObservedUser,
      fc.record({
        kind: fc.constant('present' as const),
        status: fc.constantFrom(...statuses),
        profile: fc.record({ email: fc.string(), lastName: fc.string() }),
        devices: fc.array(
          fc.oneof(
            anyDevice,
            fc
              .record({
                id: fc.constantFrom('', ' ', '9007199254740993').map((it) => it as DeviceId),
                nickname: fc.oneof(anySlot, fc.string({ unit: 'binary' })),
                type: fc.string(),
                address: anyKind.chain(anyAddress),
                primary: fc.boolean(),
                enrolledAt: fc.oneof(anyEnrolledAt, fc.string()),
              })
              .map((device): ObservedDevice => asListedBy(pingIdManners, device)),
          ),
          { maxLength: 14 },
        ),
      }),
    ),
    options: anyOptions,
    intent: fc.option(anyIntent, { nil: undefined }),
    firstSight: fc.boolean(),
    visibilityWindowMs: fc.constantFrom(0, 30_000),
    now: anyInstant,
    capabilities: fc.constant(pingIdManners),
    deviceLimit: fc.oneof(
      fc.constant<DeviceLimit>({ kind: 'unknown' }),
      fc.nat({ max: 14 }).map((limit): DeviceLimit => ({ kind: 'known', limit })),
    ),
    managedBefore: fc.boolean(),
  })
  .map(({ intent, ...input }) => ({ ...input, ...(intent && { intent }) }));
