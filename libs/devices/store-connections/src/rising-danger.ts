import {
  type ConnectionDocument,
  guardedKinds,
  type GuardSettings,
  parityOptions,
  protectsUsername,
  usualGuards,
} from '@tallystick/devices-domain';
import { isSameDirectory } from './connection-warnings.ts';

/** In what a document is more dangerous than the one before it. Whoever saves it has to be an approver (ADR 5.5). One sentence each. */
export const risingDangers = {
  'overwrite-on': 'Overwrite removes every device that is not mapped.',
  'fewer-types-spared': 'Overwrite spares fewer types of devices.',
  'delete-on': 'Users who are gone are deleted, and not only disabled.',
  'cleared-devices-removed': 'A device whose value was cleared is removed.',
  'strip-to-zero-on': 'A user may be left without any device.',
  'working-factor-unprotected': 'The last device that works may be removed without approval.',
  'remove-first': 'A device is removed before its replacement is there.',
  'devices-recreated': 'A device that a user named otherwise is removed and paired anew.',
  'guards-off': 'The guards are off.',
  'guards-raised': 'More may be changed before a person is asked.',
  'protection-removed': 'An account is no longer protected: it may be changed, suspended or deleted like any other.',
  'usernames-followed': 'An account is renamed, or closed for another one, when the username of its user changes.',
  'username-rule-changed': 'Usernames are made by another rule, and accounts follow them: every account may get another name.',
  'directory-shared':
    'Another connection writes to the same directory: each has limits of its own, so together they let through more before a person is asked.',
  'one-person-approves': 'Who saved the document may approve what it does.',
} as const;

export type RisingDanger = keyof typeof risingDangers;

/**
 * `before`: the saved document; a new one is held against the reference's settings and the usual guards.
 * @param others the other connections
 */
export function risingDangersOf(
  before: ConnectionDocument | undefined,
  after: ConnectionDocument,
  others: readonly ConnectionDocument[] = [],
): readonly RisingDanger[] {
  const was = before?.options ?? parityOptions;
  const is = after.options;
  const guarded = before?.guards ?? usualGuards;
  const follows = is.usernameChange === 'follow';
  const overwrites = is.manageDevices === 'overwrite';
  const found: Readonly<Record<RisingDanger, boolean>> = {
    'overwrite-on': overwrites && was.manageDevices !== 'overwrite',
    'fewer-types-spared':
      overwrites && was.manageDevices === 'overwrite' && was.keepDeviceTypes.some((type) => !is.keepDeviceTypes.includes(type)),
    'delete-on': is.removeAction === 'delete' && was.removeAction !== 'delete',
    'cleared-devices-removed': is.onCleared === 'remove' && was.onCleared !== 'remove',
    'strip-to-zero-on': is.allowStripToZero && !was.allowStripToZero,
    'working-factor-unprotected': was.keepWorkingFactor && !is.keepWorkingFactor,
    'remove-first': was.order === 'add-first' && is.order === 'remove-first',
    'devices-recreated': is.sameValue === 'recreate' && was.sameValue !== 'recreate',
    'guards-off': guarded.enabled && !after.guards.enabled,
    'guards-raised': after.guards.enabled && guarded.enabled && isRaised(guarded, after.guards),
    'protection-removed': isLifted(before?.protectedUsernames, after.protectedUsernames),
    'usernames-followed': follows && was.usernameChange !== 'follow',
    'username-rule-changed': follows && was.usernameChange === 'follow' && !hasUsernamesOf(before, after),
    'directory-shared': sharesDirectory(after, others) && !(before && sharesDirectory(before, others)),
    'one-person-approves': guarded.twoPeople && !after.guards.twoPeople,
  };
  return (Object.keys(found) as RisingDanger[]).filter((danger) => found[danger]);
}

const isLifted = (was: readonly string[] = [], is: readonly string[] | undefined): boolean => {
  const protects = protectsUsername(is);
  return was.some((username) => !protects(username));
};

const hasUsernamesOf = (before: ConnectionDocument | undefined, after: ConnectionDocument): boolean =>
  JSON.stringify(before?.mapping.userName) === JSON.stringify(after.mapping.userName);

/** Of one environment: another one that names the same directory shares nothing with it (ADR 5.6). */
const sharesDirectory = (document: ConnectionDocument, others: readonly ConnectionDocument[]): boolean =>
  others.some(
    (other) =>
      other.environment === document.environment && other.connection !== document.connection && isSameDirectory(other, document),
  );

const limits = guardedKinds.map(([kind]) => kind);

const isRaised = (was: GuardSettings, is: GuardSettings): boolean =>
  is.windowHours < was.windowHours ||
  is.shrinkage > was.shrinkage ||
  is.fillRateDrop > was.fillRateDrop ||
  limits.some((name) => (['atLeast', 'share', 'atMost'] as const).some((part) => is[name][part] > was[name][part]));
