import { secretRef } from '@tallystick/platform-secrets';
import type { Platform } from '@tallystick/tokens-domain';
import { z } from 'zod';

const id = z.guid('must be a GUID').transform((text) => text.toLowerCase());
const ids = z
  .array(id)
  .max(20)
  .refine((all) => new Set(all).size === all.length, 'must name each policy once')
  .default([]);

const address = z
  .string()
  .refine(
    (text) => /^https?:\/\/[^/?#@\s]+$/.test(text) && URL.canParse(text),
    'must be an address like https://graph.microsoft.com, without a path or a slash at its end',
  );

/** What the document of an Intune target says beside its id, its vendor and its app. */
export const intuneSettings = z
  .strictObject({
    /** The directory's id, or one of its domains. */
    tenant: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$/, "must be the tenant's id or domain"),
    clientId: id,
    clientSecret: secretRef,
    /** App configuration policies whose key is written; each by itself. */
    iosPolicies: ids,
    androidPolicies: ids,
    /** Microsoft has Android policies in Graph's beta only, which may change without notice: say that you know. */
    androidBeta: z.boolean().default(false),
    /** Of a national cloud; the public one unless told. */
    graphUrl: address.default('https://graph.microsoft.com'),
    loginUrl: address.default('https://login.microsoftonline.com'),
  })
  .refine(({ iosPolicies, androidPolicies }) => iosPolicies.length + androidPolicies.length > 0, {
    message: 'must name at least one policy',
    path: ['iosPolicies'],
  })
  .refine(({ androidPolicies, androidBeta }) => androidPolicies.length === 0 || androidBeta, {
    message: 'must be true where there are Android policies: they are written by the beta of Microsoft Graph',
    path: ['androidBeta'],
  });
export type IntuneSettings = z.infer<typeof intuneSettings>;

/** The policies of a slot; none: there is no such slot. */
export const policiesOf = (settings: IntuneSettings, platform: Platform): readonly string[] => {
  if (platform === 'ios') return settings.iosPolicies;
  return settings.androidBeta ? settings.androidPolicies : [];
};
