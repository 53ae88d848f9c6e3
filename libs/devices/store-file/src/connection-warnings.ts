import type { Connection } from './connection.ts';

/**
 * Settings that are allowed and do what few people want; said at start, in the log and in the settings page.
 * - `deleted-users-come-back` (P26): a user disabled in the datastore is deleted, and created again by its next change
 * - `primary-without-devices` (PR9): a primary device is chosen, and no device is ever paired
 * - `deletes-need-a-version-header`: records are ordered by a field that a tombstone does not have
 * - `overwrite-removes-authenticators` (P50): Overwrite unpairs apps, keys and whatever else users paired themselves
 */
export type ConnectionWarning =
  'deleted-users-come-back' | 'primary-without-devices' | 'deletes-need-a-version-header' | 'overwrite-removes-authenticators';

export function warningsOf({ options, source }: Connection): readonly ConnectionWarning[] {
  const warnings: ConnectionWarning[] = [];
  if (options.disableUsers && options.removeAction === 'delete' && options.createUsers && options.provisionDisabledUsers) {
    warnings.push('deleted-users-come-back');
  }
  if (options.primaryDevice !== 'do-not-manage' && options.manageDevices === 'do-not-manage')
    warnings.push('primary-without-devices');
  if (source.format.kind === 'json' && source.format.versionField !== undefined && source.format.deletedField === undefined) {
    warnings.push('deletes-need-a-version-header');
  }
  if (options.manageDevices === 'overwrite' && options.keepDeviceTypes.length === 0)
    warnings.push('overwrite-removes-authenticators');
  return warnings;
}
