import { secretRef } from '@tallystick/platform-secrets';
import { z } from 'zod';

/** A comma would be read as the end of an id, and one device's value go to another. */
const enrolmentId = z.string().regex(/^(?=.*[A-Za-z0-9])[A-Za-z0-9_.:-]{1,128}$/, 'letters, digits, "_", ".", ":" and "-"');

// A property list is XML 1.0: it has no control characters, and turns a carriage return into a newline.
const isPlain = (text: string): boolean =>
  !/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/.test(text) && !/\p{Surrogate}/u.test(text);
const plain = (most: number) => z.string().max(most).refine(isPlain, 'text without control characters');

/** What a target's document says of NanoMDM, beside id, vendor and app. */
export const nanomdmSettings = z.strictObject({
  /** Of the server, without `/v1`. */
  baseUrl: z
    .string()
    .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), 'a URL')
    .refine((url) => !URL.canParse(url) || new URL(url).search + new URL(url).hash === '', 'a URL without ? and #')
    .refine((url) => !/\/\/[^/]*@/.test(url), 'a URL without user and password')
    .transform((url) => url.replace(/\/+$/, '')),
  /** What the server was started with as `-api`. */
  apiKey: secretRef,
  /** What the server was started with as `-webhook-hmac-key`. */
  webhookKey: secretRef,
  enrolmentIds: z
    .array(enrolmentId)
    .min(1)
    .max(10_000)
    .refine((ids) => new Set(ids).size === ids.length, 'each id once'),
  /** Wakes the devices, so that they fetch the command soon. */
  push: z.boolean().default(true),
  /** All other keys of the app: a command replaces its whole configuration. */
  otherKeys: z
    .record(
      plain(200).refine((key) => key !== '' && key !== '__proto__', 'a name'),
      z.union([plain(10_000), z.int(), z.boolean()]),
    )
    .refine((keys) => Object.keys(keys).length <= 200, 'at most 200 keys')
    .default({}),
});
export type NanomdmSettings = z.infer<typeof nanomdmSettings>;
