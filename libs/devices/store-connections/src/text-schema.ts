import { z } from 'zod';

export const text = z
  .string()
  .max(256, 'must have at most 256 characters')
  .refine((it) => it.trim() !== '', 'must not be empty');
