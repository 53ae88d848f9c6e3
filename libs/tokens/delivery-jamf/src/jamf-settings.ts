import { baseAddress } from '@tallystick/platform-outbound';
import { secretRef } from '@tallystick/platform-secrets';
import { z } from 'zod';

/** What a document says of a Jamf Pro instance. Credentials are named, never held. There is no Android in Jamf Pro. */
export const jamfSettings = z.strictObject({
  /** `https://acme.jamfcloud.com`, without a path where the instance has none. */
  url: baseAddress,
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
