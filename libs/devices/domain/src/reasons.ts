import type { Finding, StepReason } from './plan.ts';

/** One sentence per reason of a step, for people; the same everywhere it is shown. */
export const stepReasons: Readonly<Record<StepReason, string>> = {
  'user-missing': 'The user is enabled in the datastore and has no account at the directory.',
  'disabled-user-missing':
    'The user is disabled in the datastore and has no account at the directory; one is created, not activated.',
  'profile-differs': 'The name or e-mail address of the account differs from the datastore.',
  'enabled-in-datastore': 'The user is enabled in the datastore and the account is suspended.',
  'disabled-in-datastore': 'The user is disabled in the datastore.',
  'gone-from-datastore': 'The user was deleted in the datastore or left the scope of this connection.',
  'slot-empty': 'The datastore has a value and the user has no device under its managed nickname.',
  'value-changed': 'The datastore has another value than the device; an address can only be changed by a new pairing.',
  'value-cleared': 'The datastore has no value any more, and the connection removes the device then.',
  'not-managed': 'The device has no managed nickname, and the connection overwrites devices.',
  'duplicate-nickname': 'Another device of the user carries the same managed nickname, and the connection overwrites devices.',
  'pair-unfinished': 'The device was paired by an attempt that was interrupted before it gave the nickname.',
  adopted: 'A device of the user has the address under another name; it gets the managed nickname.',
  'same-value-recreated':
    'A device of the user has the address under another name; it is replaced by one with the managed nickname.',
  'username-changed':
    'The user has another username in the datastore, and the connection lets the account follow: it is renamed, or closed when the one of the new name is there.',
  'account-handed-over':
    'The account was handed over from another user of the datastore, and the device is not one that this user should have.',
  'primary-on-create': 'The account was created by this run, and the connection chooses its primary device.',
  'primary-restored': 'The device replaces the primary device, and the connection preserves the role.',
};

/** One sentence per kind of finding: what was seen, and why nothing was done. */
export const findingReasons: Readonly<Record<Finding['kind'], string>> = {
  'user-not-created': 'The user has no account, and the settings of the connection do not let it be created.',
  'user-not-updated': 'The account differs from the datastore, and User Update is off.',
  'user-not-removed': 'The user is disabled or gone in the datastore, and User Disable / Delete is off.',
  'status-left': 'The account is in a state that the directory lets only its user or an administrator end.',
  'value-cleared-device-kept': 'The datastore has no value any more; the device stays until somebody removes it.',
  'value-invalid': 'The value in the datastore is no address of this kind; an existing device stays.',
  'value-unknown': 'The change event did not carry the value, and no earlier one did; an existing device stays.',
  'nickname-on-other-type': 'A device of another type carries a managed nickname; it is not touched, and the slot is left alone.',
  'duplicate-managed-nickname': 'More than one device carries the same managed nickname; this one is not touched.',
  'near-miss-nickname': 'The nickname of the device is a managed one but for capitals or spaces; it does not count as managed.',
  'same-value-unmanaged': 'A device under another nickname already has the address that is to be paired.',
  'adoption-candidate':
    'The device carried a managed nickname before this product managed the account; it may be the user’s own.',
  'last-device-kept': 'The value of the device was cleared, and it stays because it is the last device of the user.',
  'overwrite-would-strip-all': 'Removing the unmanaged devices would leave the user without any device; they stay.',
  'device-type-kept': 'The device is not managed; the connection spares devices of its type.',
  'primary-demoted': 'The primary device was removed and the role was not put back; the user has to choose again.',
  'primary-slot-unavailable': 'The slot that the connection makes primary has no device; the next one is taken, if there is any.',
  'primary-without-devices': 'The connection chooses a primary device and does not manage devices, so there is none to choose.',
  'pair-outcome-unknown': 'A device was paired and is not visible at the directory yet; its slot waits.',
  'no-headroom':
    'The user has as many devices as the directory allows, so the old device would have to go before the new one comes.',
  'over-device-limit':
    'The user has more devices than the directory allows, so a device that is removed could not be replaced; it stays.',
  'last-working-factor': 'The device is the last one with which the user can sign in.',
  'refused-before': 'The directory refused this pairing before, and nothing has changed since; it is not tried again.',
  'account-missing': 'The account was managed before and is gone at the directory; the connection does not create it again.',
  'username-changed': 'The user has another username than before; the account of the former one was left as it is.',
  'account-of-another-user':
    'The account of this username belongs to a user who goes by another name now; an approval hands it over, and removes the devices there that are not this user’s.',
  'former-owners-device-kept':
    'The account was handed over from another user, and this device may be theirs; the connection does not manage devices, so somebody has to remove it.',
};
