import { type AuditNote, outsideEnvironments, type UserRef } from '@tallystick/devices-domain';
import { isName } from '@tallystick/kernel-core';

export interface AuditKeys {
  /** Stream of the entries that wait to be published; id `<seq>-1`, field `entry`. */
  readonly outbox: string;
  /** Hash: `seq`, gapless; and what the relay keeps of the chain. */
  readonly head: string;
  /** Hash: which relay works on it. */
  readonly claim: string;
  /**
   * Hash: `<connection>/<user hash>` → the name that stands for the person in entries; and with `/key` after it, a secret that the digests of their
   * values are made with. Who is to be forgotten is taken out.
   */
  readonly people: string;
  /** Hash: intent → since when, who, and its entry; until its result is noted. */
  readonly open: string;
}

/** The lines of a person in {@link AuditKeys.people}. */
export const linesOf = ({
  connection,
  user,
}: Pick<UserRef, 'connection' | 'user'>): { readonly name: string; readonly secret: string } => ({
  name: `${connection}/${user}`,
  secret: `${connection}/${user}/key`,
});

/** Whether something may have an outbox of this name. */
export const isAuditedPlace = (name: string): boolean => name === outsideEnvironments || isName(name);

/** @throws RangeError on what is no environment and could name another key */
export function auditKeys(environment: AuditNote['environment']): AuditKeys {
  if (!isAuditedPlace(environment)) throw new RangeError('this is no id of an environment');
  const tag = `tally:{audit/${environment}}`;
  return { outbox: `${tag}:outbox`, head: `${tag}:head`, claim: `${tag}:claim`, people: `${tag}:people`, open: `${tag}:open` };
}

/** Set of the environments that have ever noted something. */
export const auditedEnvironmentsKey = 'tally:audited-environments';

/** There while a process that writes notes lives. */
export const auditWriterKey = (writer: string): string => `tally:audit-writer:${writer}`;
