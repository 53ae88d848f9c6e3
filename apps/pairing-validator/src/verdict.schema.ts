import { presentationKinds } from '@tallystick/pairing-domain';
import { type DeviceFacts, platforms } from '@tallystick/tokens-domain';
import { z } from 'zod';

// A fact that the app does not know, or that this version does not know, must not keep a phone from signing on: what has another type
// than expected counts as not sent, and what is not sent is not judged.
const text = z.unknown().describe('A text of at most 128 characters; anything else counts as not sent.');
const flag = z.unknown().describe('true or false; anything else counts as not sent.');

export const verdictRequest = z
  .strictObject({
    kind: z.enum(presentationKinds).describe('Both are checked in the same way (M8).'),
    method: z
      .string()
      .max(64)
      .default('mobile-app')
      .describe(
        'Methods other than the app are not subject to the check: sms, voice, email, fido2, security-key, yubikey, desktop (M13).',
      ),
    presentedToken: z.string().nullish().describe('What the device sent, unchanged; empty, null and left out are the same.'),
    device: z
      .looseObject({
        id: text.describe('Names the device to the adoption meter; opaque. Without it the device is not counted.'),
        platform: text.describe('`ios` or `android`, in any case.'),
        osVersion: text,
        appVersion: text,
        brand: text,
        model: text,
        isLocked: flag.describe('A device lock is set.'),
        isRooted: flag.describe('Rooted or jailbroken.'),
        hasBiometrics: flag,
      })
      .partial()
      .nullish()
      .describe('What the device says of itself. Sibling requirements are judged by the facts that are sent, and by no others.'),
  })
  .meta({ id: 'VerdictRequest' });

export const verdictAnswer = z
  .object({
    verdict: z.enum(['allow', 'deny']),
    causes: z
      .array(z.string())
      .optional()
      .describe(
        'With `deny`: every unmet requirement (M37). `managed-device-token` is one cause whatever is wrong with the token (M11); the others are ' +
          '`device-lock`, `rooted-or-jailbroken`, `biometrics`, `os-version`, `app-version`, `brand-or-model`.',
      ),
    enrolmentLink: z.string().optional().describe('With `deny`: where the device can be brought under management.'),
  })
  .meta({ id: 'Verdict' });

export type VerdictRequest = z.output<typeof verdictRequest>;
export type VerdictAnswer = z.output<typeof verdictAnswer>;

/**
 * The request as it is, when it has nothing to correct and nothing is wrong with it: the same answer as the schema's, at a fraction of its
 * cost. Undefined: ask the schema.
 */
export function readPlainRequest(body: unknown): VerdictRequest | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { kind, method, presentedToken, device } = body as Record<string, unknown>;
  if (kind !== 'pairing' && kind !== 'authentication') return undefined;
  if (method !== undefined && (typeof method !== 'string' || method.length > 64)) return undefined;
  if (typeof presentedToken !== 'string' && presentedToken !== undefined && presentedToken !== null) return undefined;
  if (device !== undefined && device !== null && (typeof device !== 'object' || Array.isArray(device))) return undefined;
  for (const name in body)
    if (name !== 'kind' && name !== 'method' && name !== 'presentedToken' && name !== 'device') return undefined;
  return { kind, method: method ?? 'mobile-app', presentedToken, device: device as VerdictRequest['device'] };
}

const longestFact = 128;
const textOf = (fact: unknown): string | undefined =>
  typeof fact === 'string' && fact !== '' && fact.length <= longestFact ? fact : undefined;
const flagOf = (fact: unknown): boolean | undefined => (typeof fact === 'boolean' ? fact : undefined);

/** The facts that were sent and can be read; undefined when there is none. */
export function readFacts(device: VerdictRequest['device']): DeviceFacts | undefined {
  if (!device) return undefined;
  const name = textOf(device.platform)?.toLowerCase();
  const facts = {
    platform: platforms.find((platform) => platform === name),
    osVersion: textOf(device.osVersion),
    appVersion: textOf(device.appVersion),
    brand: textOf(device.brand),
    model: textOf(device.model),
    isLocked: flagOf(device.isLocked),
    isRooted: flagOf(device.isRooted),
    hasBiometrics: flagOf(device.hasBiometrics),
  };
  for (const name in facts) if (facts[name as keyof typeof facts] !== undefined) return facts as DeviceFacts;
  return undefined;
}
