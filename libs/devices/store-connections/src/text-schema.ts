import { z } from 'zod';

export const text = z
  .string()
  .max(256, 'must have at most 256 characters')
  .refine((it) => it.trim() !== '', 'must not be empty');

/** Where a secret is. The worker alone reads it, and only from its own folder and variables. */
export const secretRef = z.union(
  [
    z.strictObject({
      file: z
        .string()
        .max(255)
        .regex(
          /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/,
          'must be a name below the folder of the secrets',
        ),
    }),
    z.strictObject({
      variable: z.string().regex(/^TALLYSTICK_SECRET_[A-Z0-9_]{1,100}$/, 'must be a name that begins with TALLYSTICK_SECRET_'),
    }),
  ],
  'must be {"file": a name below the folder of the secrets} or {"variable": a name that begins with TALLYSTICK_SECRET_}',
);
