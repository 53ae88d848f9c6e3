import type { Attributes, ConnectionRef, UserHash } from '@tallystick/devices-domain';
import { type CompiledMapping, type MappingTrace, type TargetTrace, traceRecord } from '@tallystick/devices-source-mapping';
import type { ConnectionsNeeds } from './connections.port.ts';

/** What a mapping makes of one record. */
export interface Tried {
  readonly user?: UserHash;
  /** Absent: there is no record of this user. */
  readonly trace?: MappingTrace;
}

/** Tries a mapping on stored records. Reads only. */
export async function tryOnUsers(
  { records }: Pick<ConnectionsNeeds, 'records'>,
  { environment, connection }: ConnectionRef,
  users: readonly UserHash[],
  mapping: CompiledMapping,
): Promise<readonly Tried[]> {
  return Promise.all(
    users.map(async (user) => {
      const record = await records.record({ environment, connection, user });
      return record ? { user, trace: traceRecord(record, mapping) } : { user };
    }),
  );
}

export const tryOnAttributes = (attributes: Attributes, mapping: CompiledMapping): Tried => ({
  trace: traceRecord({ attributes, deleted: false }, mapping),
});

/**
 * Whether a text says nothing of a person: a flag that could be read, or two letters as a country. What these targets get is up to whoever
 * writes the document, so the name of the target alone says nothing: a country may be mapped to an e-mail address.
 */
export const isImpersonal = (target: string, result: TargetTrace['result'], text: string): boolean =>
  (target === 'enabled' && result === 'value') || (target === 'country' && /^\s*[A-Za-z]{2}\s*$/.test(text));

/** The trace with what is personal cut to its first and last sign: enough to see which attribute was taken, too little to use it. */
export const maskedTrace = (trace: MappingTrace): MappingTrace => ({
  ...trace,
  targets: trace.targets.map((target): TargetTrace => {
    const see = (text: string): string => (isImpersonal(target.target, target.result, text) ? text : masked(text));
    return {
      ...target,
      ...(target.raw !== undefined && { raw: see(target.raw) }),
      ...(target.value !== undefined && { value: see(target.value) }),
    };
  }),
});

/** Of the same length for all texts: a length tells names apart. */
function masked(text: string): string {
  const signs = [...text];
  return signs.length < 6 ? '•••' : `${signs[0]}•••${signs.at(-1)}`;
}
