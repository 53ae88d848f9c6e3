import { isSecretFile, isSecretVariable } from '@tallystick/kernel-core';
import { z } from 'zod';

/** Which secret of its environment a document means ({@link SecretRef} of kernel-core). Its faults quote nothing, and say what is expected. */
export const secretRef = z.union(
  [
    z.strictObject({
      file: z.string().refine(isSecretFile, 'must be the name of a file in the folder of its environment, without a path'),
    }),
    z.strictObject({
      variable: z
        .string()
        .refine(
          isSecretVariable,
          'must be NAME of the variable TALLYSTICK_SECRET_<ENVIRONMENT>__NAME: capital letters, digits and single "_"',
        ),
    }),
  ],
  'must be {"file": a name in the folder of its environment} or {"variable": NAME of TALLYSTICK_SECRET_<ENVIRONMENT>__NAME}',
);
