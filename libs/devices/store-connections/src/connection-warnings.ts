import type { ConnectionDocument, DirectoryDocument, MappingTarget } from '@tallystick/devices-domain';

/** Settings that are allowed and do what few people want; said at start, on save and when a document is validated. One sentence each. */
export const connectionWarnings = {
  'deleted-users-come-back': 'A user who is disabled in the datastore is deleted, and created again by the next change (P26).',
  'primary-without-devices': 'A primary device is chosen, and no device is ever paired (PR9).',
  'deletes-need-a-version-header':
    'Records are ordered by a field that a tombstone does not have: deletes need it as a header, or a deletedField.',
  'overwrite-removes-authenticators':
    'Overwrite unpairs apps, keys and whatever else users paired themselves (P50): name the types to spare in keepDeviceTypes.',
  'overwrite-without-devices': 'Overwrite removes all devices that are not mapped, and none is mapped (P51).',
  'more-slots-than-places':
    'More devices are mapped than a user may usually have there (P53): raise the limit of the tenant, or map fewer.',
  'directory-has-two-connections':
    'Another connection writes to the same directory: each undoes what the other does to users that both have (L17).',
  'leaving-scope-does-nothing':
    'There is a scope, and User Disable / Delete is off: who leaves it keeps account and devices (P23, P24).',
  'nobody-is-disabled': 'Nothing says who is enabled: an account that is disabled in the datastore stays usable (P8).',
  'updates-off-stops-devices':
    'User Update is off: devices of users that are there are not managed, and nobody is enabled again (P22, T14).',
  'guards-off': 'The guards are off: a broken source can remove everybody before a person looks.',
  'users-may-lose-all-devices': 'A user may be left without any device (allowStripToZero).',
} as const;

export type ConnectionWarning = keyof typeof connectionWarnings;

/** Devices per user that a tenant has unless it was told otherwise (P53, c.3). */
const usualPlaces: Readonly<Record<DirectoryDocument['kind'], number>> = { pingid: 1, pingone: 5 };

/** @param others the other connections, of all environments */
export function warningsOf(
  document: ConnectionDocument,
  others: readonly ConnectionDocument[] = [],
): readonly ConnectionWarning[] {
  const { options, source, directory, mapping, guards, scope, enabled } = document;
  const manages = options.manageDevices !== 'do-not-manage';
  const slots = (Object.keys(mapping) as MappingTarget[]).filter((target) => /^mfa/.test(target) && mapping[target]).length;
  const json = source.format.kind === 'json' ? source.format : undefined;
  const found: Readonly<Record<ConnectionWarning, boolean>> = {
    'deleted-users-come-back':
      options.disableUsers && options.removeAction === 'delete' && options.createUsers && options.provisionDisabledUsers,
    'primary-without-devices': options.primaryDevice !== 'do-not-manage' && !manages,
    'deletes-need-a-version-header': json?.versionField !== undefined && json.deletedField === undefined,
    'overwrite-removes-authenticators': options.manageDevices === 'overwrite' && options.keepDeviceTypes.length === 0,
    'overwrite-without-devices': options.manageDevices === 'overwrite' && slots === 0,
    'more-slots-than-places': manages && slots > usualPlaces[directory.kind],
    'directory-has-two-connections': others.some((other) => !isSame(other, document) && isSameDirectory(other, document)),
    'leaving-scope-does-nothing': scope !== undefined && !options.disableUsers,
    'nobody-is-disabled': enabled === undefined && mapping.enabled === undefined,
    'updates-off-stops-devices': !options.updateUsers && manages,
    'guards-off': !guards.enabled,
    'users-may-lose-all-devices': options.allowStripToZero,
  };
  return (Object.keys(found) as ConnectionWarning[]).filter((warning) => found[warning]);
}

const isSame = (a: ConnectionDocument, b: ConnectionDocument): boolean =>
  a.environment === b.environment && a.connection === b.connection;

/** As far as documents tell: two files may hold the same organisation's properties, and files of two environments are never the same. */
export function isSameDirectory(one: ConnectionDocument, other: ConnectionDocument): boolean {
  const [a, b] = [one.directory, other.directory];
  if (a.kind === 'pingone') return b.kind === 'pingone' && a.environmentId.toLowerCase() === b.environmentId.toLowerCase();
  return (
    b.kind === 'pingid' && one.environment === other.environment && JSON.stringify(a.properties) === JSON.stringify(b.properties)
  );
}
