import type { z } from 'zod';

/** The same members, their names with `<prefix>_` before them. */
export type Prefixed<P extends string, S> = { readonly [K in keyof S as K extends string ? `${P}_${K}` : never]: S[K] };

/** A group of variables that several processes have, each under a prefix of its own: the entries of a configuration schema. */
export const prefixed = <const P extends string, S extends Readonly<Record<string, z.ZodType>>>(
  prefix: P,
  shape: S,
): Prefixed<P, S> =>
  Object.fromEntries(Object.entries(shape).map(([name, type]) => [`${prefix}_${name}`, type])) as Prefixed<P, S>;
