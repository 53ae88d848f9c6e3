import { findingReasons, type DirectoryFault, type NotPlanned, stepReasons } from '@tallystick/devices-domain';

const notPlannedReasons: Readonly<Record<NotPlanned, string>> = {
  'no-record': 'No record of this user is stored.',
  moved: 'The person goes on under another key of the datastore.',
  'account-owned-by-another': 'Another user of the datastore owns the account of this username.',
  'protected-username': 'The connection names the account as one that is never touched.',
  'account-not-managed': 'The person is gone from the datastore, and the account was never managed by this product.',
  'record-unmappable': 'The record names no user that could be reconciled.',
  'record-unreadable': 'What is kept of the user can not be opened: is its sealing key still in the key ring?',
};

const directoryReasons: Readonly<Record<DirectoryFault['kind'], string>> = {
  unavailable: 'The directory did not answer, again and again.',
  'credentials-refused': 'The directory refuses the credentials of the connection.',
  'device-limit': 'The directory says that the user has as many devices as it allows.',
  'address-refused': 'The directory does not accept an address.',
  'not-found': 'The directory does not find what was asked for.',
  'already-exists': 'The directory says that it is there already.',
  'status-conflict': 'The status of the account does not allow it.',
  'method-disabled': 'The settings of the directory do not allow this kind of device.',
  refused: 'The directory refused to show the user.',
};

const tables = [
  ['step', stepReasons],
  ['finding', findingReasons],
  ['not-planned', notPlannedReasons],
  ['directory', directoryReasons],
] as const;

/** What a reason of the sums says; one word may be both a step's and a finding's. */
export const meaningsOf = (reason: string): { kind: (typeof tables)[number][0]; text: string }[] =>
  tables.flatMap(([kind, table]) => {
    const text = Object.hasOwn(table, reason) ? (table as Readonly<Record<string, string>>)[reason] : undefined;
    return text === undefined ? [] : [{ kind, text }];
  });
