import { operations } from '../core/command.ts';

/** Whether an operation changes something; `login` hands out an access token. */
export type OperationKind = 'read' | 'write' | 'login';
export type Dialect = 'pingid' | 'pingone';

/** The operations of the PingOne dialect, as faults, counters and the call log name them. */
export const mfaOperations = [
  'token',
  'find-users',
  'create-user',
  'read-user',
  'update-user',
  'delete-user',
  'read-enabled',
  'set-enabled',
  'read-mfa-enabled',
  'set-mfa-enabled',
  'list-devices',
  'create-device',
  'reorder-devices',
  'remove-device-order',
  'read-device',
  'set-nickname',
  'delete-device',
  'activate-device',
  'block-device',
  'unblock-device',
  'unlock-device',
  'read-mfa-settings',
  'set-mfa-settings',
  'reset-mfa-settings',
] as const;
export type MfaOperation = (typeof mfaOperations)[number];

/** All operations of both dialects; no name is used twice. */
export const allOperations = [...operations, ...mfaOperations] as const;

/** An operation that nobody knows changes nothing. */
export function kindOf(op: string): OperationKind {
  if (op === 'token') return 'login';
  return /^(?:get|find|read|list)/.test(op) || !allOperations.some((known) => known === op) ? 'read' : 'write';
}
