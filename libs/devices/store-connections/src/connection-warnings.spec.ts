import { describe, expect, it } from '@jest/globals';
import { type ConnectionDocument, parityOptions, type ReconcileOptions, usualGuards } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { type ConnectionWarning, warningsOf } from './connection-warnings.ts';
import { type RisingDanger, risingDangersOf } from './rising-danger.ts';

const quiet = connectionDocument({
  mapping: { userName: { attribute: 'u' }, mfaSms1: { attribute: 'm' }, enabled: { attribute: 'e' } },
});
const having = (options: Partial<ReconcileOptions>, more: Partial<ConnectionDocument> = {}): ConnectionDocument => ({
  ...quiet,
  ...more,
  options: { ...parityOptions, ...options },
});
const two = { ...quiet.mapping, mfaEmail1: { attribute: 'e' } };

describe('warnings', () => {
  it('are none for the usual settings', () => {
    expect(warningsOf(quiet)).toEqual([]);
  });

  it.each<[ConnectionWarning, ConnectionDocument]>([
    ['deleted-users-come-back', having({ removeAction: 'delete' })],
    ['primary-without-devices', having({ manageDevices: 'do-not-manage', primaryDevice: 'Email 1' })],
    ['deletes-need-a-version-header', { ...quiet, source: { topic: 't', format: { kind: 'json', versionField: 'v' } } }],
    ['overwrite-removes-authenticators', having({ manageDevices: 'overwrite' })],
    [
      'overwrite-without-devices',
      having(
        { manageDevices: 'overwrite', keepDeviceTypes: ['iPhone'] },
        { mapping: { userName: { attribute: 'u' }, enabled: { attribute: 'e' } } },
      ),
    ],
    ['more-slots-than-places', { ...quiet, mapping: two }],
    ['leaving-scope-does-nothing', having({ disableUsers: false }, { scope: 'source.a' })],
    ['nobody-is-disabled', { ...quiet, mapping: { userName: { attribute: 'u' }, mfaSms1: { attribute: 'm' } } }],
    ['updates-off-stops-devices', having({ updateUsers: false })],
    ['guards-off', { ...quiet, guards: { ...usualGuards, enabled: false } }],
    ['users-may-lose-all-devices', having({ allowStripToZero: true })],
  ])('name %s', (warning, document) => {
    expect(warningsOf(document)).toEqual([warning]);
  });

  it('name another connection on the same directory, and not itself (L17)', () => {
    const partners = { ...quiet, connection: connectionId('partners') };
    expect(warningsOf(quiet, [quiet])).toEqual([]);
    expect(warningsOf(quiet, [quiet, partners])).toEqual(['directory-has-two-connections']);
    expect(warningsOf(quiet, [{ ...partners, directory: { kind: 'pingid', properties: { file: 'other' } } }])).toEqual([]);
    // The same name is another file there.
    expect(warningsOf(quiet, [{ ...partners, environment: environmentId('globex') }])).toEqual([]);
  });

  it('know how many places PingOne has (P53)', () => {
    const directory = { kind: 'pingone', region: 'eu', environmentId: 'x', clientId: 'y', clientSecret: { file: 'z' } } as const;
    expect(warningsOf({ ...quiet, directory, mapping: two })).toEqual([]);
  });
});

describe('a document that is more dangerous than the one before (ADR 5.5)', () => {
  const guards = (changes: Partial<typeof usualGuards>): ConnectionDocument => ({
    ...quiet,
    guards: { ...usualGuards, ...changes },
  });

  const following = having({ usernameChange: 'follow' });
  const otherNames: ConnectionDocument['mapping'] = { ...quiet.mapping, userName: { attribute: 'other' } };

  it('a rule of usernames that nobody follows may be changed, and the same rule saved again', () => {
    expect(risingDangersOf(quiet, having({}, { mapping: otherNames }))).toEqual([]);
    expect(risingDangersOf(following, structuredClone(following))).toEqual([]);
  });

  it('needs an approver: directory-shared, when another connection of the environment writes there already', () => {
    const other = having({}, { connection: connectionId('staff') });
    const foreign = having({}, { environment: environmentId('globex') });
    const there = (directory: ConnectionDocument['directory']): ConnectionDocument => having({}, { directory });
    const elsewhere = there({ kind: 'pingone', region: 'eu', environmentId: 'e1', credentials: { variable: 'P1' } } as never);
    expect(risingDangersOf(undefined, quiet, [other, foreign])).toEqual(['directory-shared']);
    expect(risingDangersOf(elsewhere, quiet, [other])).toEqual(['directory-shared']);
    expect(risingDangersOf(quiet, quiet, [other])).toEqual([]); // it was allowed before
    expect(risingDangersOf(undefined, quiet, [foreign, quiet])).toEqual([]);
    expect(risingDangersOf(undefined, elsewhere, [other])).toEqual([]);
  });

  it.each<[RisingDanger, ConnectionDocument | undefined, ConnectionDocument]>([
    ['overwrite-on', quiet, having({ manageDevices: 'overwrite' })],
    ['overwrite-on', undefined, having({ manageDevices: 'overwrite' })],
    [
      'fewer-types-spared',
      having({ manageDevices: 'overwrite', keepDeviceTypes: ['iPhone', 'YubiKey'] }),
      having({ manageDevices: 'overwrite', keepDeviceTypes: ['YubiKey'] }),
    ],
    ['delete-on', quiet, having({ removeAction: 'delete' })],
    ['cleared-devices-removed', quiet, having({ onCleared: 'remove' })],
    ['strip-to-zero-on', undefined, having({ allowStripToZero: true })],
    ['working-factor-unprotected', having({ keepWorkingFactor: true }), quiet],
    ['remove-first', having({ order: 'add-first' }), quiet],
    ['devices-recreated', quiet, having({ sameValue: 'recreate' })],
    ['guards-off', quiet, guards({ enabled: false })],
    ['guards-off', undefined, guards({ enabled: false })],
    ['guards-raised', quiet, guards({ deletions: { ...usualGuards.deletions, atMost: 51 } })],
    ['guards-raised', undefined, guards({ removals: { ...usualGuards.removals, share: 0.5 } })],
    ['guards-raised', quiet, guards({ shrinkage: 0.2 })],
    ['guards-raised', quiet, guards({ fillRateDrop: 0.3 })],
    ['guards-raised', quiet, guards({ windowHours: 1 })],
    ['protection-removed', having({}, { protectedUsernames: ['root', 'ada'] }), having({}, { protectedUsernames: ['Root '] })],
    ['usernames-followed', quiet, following],
    ['usernames-followed', undefined, following],
    ['username-rule-changed', following, having({ usernameChange: 'follow' }, { mapping: otherNames })],
    ['guards-raised', quiet, guards({ accountChanges: { ...usualGuards.accountChanges, atLeast: 11 } })],
    ['one-person-approves', guards({ twoPeople: true }), quiet],
  ])('needs an approver: %s', (danger, before, after) => {
    expect(risingDangersOf(before, after)).toEqual([danger]);
  });

  it('is none that stays as it was, gets safer, or starts as the reference does', () => {
    const worst = having(
      { manageDevices: 'overwrite', removeAction: 'delete', allowStripToZero: true },
      { guards: { ...usualGuards, enabled: false } },
    );
    expect(risingDangersOf(worst, worst)).toEqual([]);
    expect(risingDangersOf(worst, quiet)).toEqual([]);
    expect(risingDangersOf(undefined, quiet)).toEqual([]);
    expect(
      risingDangersOf(quiet, guards({ deletions: { atLeast: 1, share: 0, atMost: 2 }, windowHours: 48, twoPeople: true })),
    ).toEqual([]);
  });
});
