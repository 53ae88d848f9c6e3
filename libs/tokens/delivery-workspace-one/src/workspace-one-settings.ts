import { isSecretFile, isSecretVariable } from '@tallystick/kernel-core';
import { z } from 'zod';

const secretRef = z.union(
  [z.strictObject({ file: z.string().refine(isSecretFile) }), z.strictObject({ variable: z.string().refine(isSecretVariable) })],
  'must be {"file": a name in the folder of its environment} or {"variable": NAME of TALLYSTICK_SECRET_<ENVIRONMENT>__NAME}',
);

/** Which hosts may be called, and how, is the outbound's to say. */
const address = z
  .url({ protocol: /^https?$/ })
  .refine(
    (text) => !/[?#]|\/$/.test(text) && !/\/\/[^/]*@/.test(text),
    'must have no query, no credentials and no slash at its end',
  );
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
    apiUrl: address,
    auth: z.discriminatedUnion('kind', [
      /** SaaS: an OAuth client; its URL depends on the region of the tenant. */
      z.strictObject({ kind: z.literal('oauth'), tokenUrl: address, clientId: name, clientSecret: secretRef }),
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
