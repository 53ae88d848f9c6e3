import { isSecretFile, isSecretVariable } from '@tallystick/kernel-core';
import { z } from 'zod';

const secretRef = z.union(
  [z.strictObject({ file: z.string().refine(isSecretFile) }), z.strictObject({ variable: z.string().refine(isSecretVariable) })],
  'must be {"file": a name in the folder of its environment} or {"variable": NAME of TALLYSTICK_SECRET_<ENVIRONMENT>__NAME}',
);

/** What a document says of a Jamf Pro instance. Credentials are named, never held. There is no Android in Jamf Pro. */
export const jamfSettings = z.strictObject({
  /** `https://acme.jamfcloud.com`, without a path where the instance has none. */
  url: z
    .url({ protocol: /^https?$/ })
    .refine(
      (text) => !/[?#]|\/$/.test(text) && !/\/\/[^/]*@/.test(text),
      'must have no query, no credentials and no slash at its end',
    ),
  /** An API client (Jamf Pro 10.49 and later). */
  clientId: z.string().min(1).max(256),
  clientSecret: secretRef,
  /** Instances before 11 know the shorter one alone. */
  tokenPath: z.enum(['/api/v1/oauth/token', '/api/oauth/token']).default('/api/v1/oauth/token'),
  ios: z.strictObject({
    /** Ids of the records of the app under Mobile Device Apps: one for each way in which it is distributed. */
    applications: z
      .array(z.int().positive())
      .min(1)
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, 'must name each record once'),
  }),
});

export type JamfSettings = z.infer<typeof jamfSettings>;
