import { baseAddress } from '@tallystick/platform-outbound';
import { secretRef } from '@tallystick/platform-secrets';
import { z } from 'zod';

const name = z.string().min(1).max(256);

const slot = z.strictObject({
  /** The UUID of the application whose assignment rules carry the key. */
  application: z.uuid(),
  /** Where to ask on how many devices the app is; without it the coverage is unknown. */
  devices: z.strictObject({ kind: z.enum(['purchased', 'public', 'internal']), id: z.int().positive() }).optional(),
});

/** What a document says of a Workspace ONE UEM tenant. Credentials are named, never held. */
export const workspaceOneSettings = z
  .strictObject({
    /** `https://as{N}.awmdm.com/API`: the host of the console with `as` for `cn`. */
    apiUrl: baseAddress,
    auth: z.discriminatedUnion('kind', [
      /** SaaS: an OAuth client; its URL depends on the region of the tenant. */
      z.strictObject({ kind: z.literal('oauth'), tokenUrl: baseAddress, clientId: name, clientSecret: secretRef }),
      /** On-premises: an administrator's account, and the key of the REST API. */
      z.strictObject({
        kind: z.literal('basic'),
        username: name.refine((text) => !text.includes(':'), 'must have no colon'),
        password: secretRef,
        tenantCode: secretRef,
      }),
    ]),
    ios: slot.optional(),
    android: slot.optional(),
  })
  .refine(({ ios, android }) => ios ?? android, 'must have ios, android or both');

export type WorkspaceOneSettings = z.infer<typeof workspaceOneSettings>;
