import { type AuditNote, outsideEnvironments } from '@tallystick/devices-domain';
import { isName } from '@tallystick/kernel-core';

export interface AuditKeys {
  /** Stream of the entries that wait to be published; id `<seq>-1`, field `entry`. */
  readonly outbox: string;
  /** Hash: `seq`, gapless; and what the relay keeps of the chain. */
  readonly head: string;
  /** Hash: which relay works on it. */
  readonly claim: string;
  /** Hash: `<connection>/<user hash>` → the name that stands for the person in entries. Who is to be forgotten is taken out. */
  readonly people: string;
}

/** Whether something may have an outbox of this name. */
export const isAuditedPlace = (name: string): boolean => name === outsideEnvironments || isName(name);

/** @throws RangeError on what is no environment and could name another key */
export function auditKeys(environment: AuditNote['environment']): AuditKeys {
  if (!isAuditedPlace(environment)) throw new RangeError('this is no id of an environment');
  const tag = `tally:{audit/${environment}}`;
  return { outbox: `${tag}:outbox`, head: `${tag}:head`, claim: `${tag}:claim`, people: `${tag}:people` };
}

/** Set of the environments that have ever noted something. */
export const auditedEnvironmentsKey = 'tally:audited-environments';
