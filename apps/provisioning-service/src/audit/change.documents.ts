import { z } from 'zod';

/** Why something is changed, as it was checked: 1–200 characters. */
export type Reason = z.output<typeof reason>;

/** For every body that changes something. */
export const reason = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => !/\p{Surrogate}/u.test(text), { error: 'expected well-formed Unicode text' })
  .brand<'Reason'>()
  .meta({ description: 'Why; kept in the audit with the change' });

/** The body of a change that needs nothing else. */
export const justification = z.strictObject({ reason }).meta({ id: 'Justification' });
/** Of a change without a body. */
export const reasonQuery = z.object({ reason });
