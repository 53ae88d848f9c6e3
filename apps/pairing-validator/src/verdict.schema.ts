import { presentationKinds } from '@tallystick/pairing-domain';
import { z } from 'zod';

// A fact that the app does not know, or a new one that this version does not know, must not keep a phone from signing on.
const claim = z.string().max(128).nullish();

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
      .object({ platform: claim, model: claim, osVersion: claim, appVersion: claim, id: claim })
      .nullish()
      .describe('What the device says of itself.'),
  })
  .meta({ id: 'VerdictRequest' });

export const verdictAnswer = z
  .object({
    verdict: z.enum(['allow', 'deny']),
    cause: z
      .literal('managed-device-token')
      .optional()
      .describe('The unmet requirement (M37). Why the token does not match is not told (M11).'),
  })
  .meta({ id: 'Verdict' });

export type VerdictRequest = z.output<typeof verdictRequest>;
export type VerdictAnswer = z.output<typeof verdictAnswer>;
