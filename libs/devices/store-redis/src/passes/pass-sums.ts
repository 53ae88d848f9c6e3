import type { PassEntry, PassSums } from '@tallystick/devices-domain';

/** By how much a page makes the fields of a pass grow. */
export function growthOf(entries: readonly PassEntry[], filled: PassSums['filled']): ReadonlyMap<string, number> {
  const growth = new Map<string, number>();
  const grow = (field: string, by: number): void => {
    if (!Number.isSafeInteger(by) || by < 0) throw new RangeError(`${field} grows by what is no count`);
    if (by > 0) growth.set(field, (growth.get(field) ?? 0) + by);
  };
  for (const { result, because, counts, plan } of entries) {
    grow('entries', 1);
    grow(`n:${result}`, 1);
    for (const [kind, count] of Object.entries(counts ?? {})) grow(`c:${kind}`, count as number);
    const reasons = new Set<string>(because === undefined ? [] : [because]);
    for (const { reason } of plan?.steps ?? []) reasons.add(reason);
    for (const { kind } of plan?.findings ?? []) reasons.add(kind);
    for (const reason of reasons) grow(`r:${reason}`, 1);
  }
  for (const [target, count] of Object.entries(filled)) grow(`f:${target}`, count);
  return growth;
}

/** Reads the sums back from the fields of a pass. */
export function sumsOf(fields: Readonly<Record<string, string>>): PassSums {
  const number = (field: string): number => Number(fields[field] ?? 0);
  const group = (prefix: string): Record<string, number> =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([field, value]) =>
        field.startsWith(prefix) ? [[field.slice(prefix.length), Number(value)]] : [],
      ),
    );
  const [inSync, differ] = [number('n:in-sync'), number('n:differs')];
  return {
    users: number(fields['users'] === undefined ? 'entries' : 'users'),
    planned: inSync + differ,
    inSync,
    differ,
    notPlanned: number('n:not-planned'),
    unobservable: number('n:unobservable'),
    counts: {
      deletions: number('c:deletions'),
      suspensions: number('c:suspensions'),
      removals: number('c:removals'),
      replacements: number('c:replacements'),
      accountChanges: number('c:accountChanges'),
    },
    reasons: group('r:'),
    filled: group('f:'),
  };
}
