import type { ManagedApp } from '@tallystick/tokens-domain';
import { parse, stringify } from 'lossless-json';
import { z } from 'zod';
import { base64OfText, textOfBase64 } from './base64-text.ts';
import type { HeldKeys } from './held-keys.ts';
import { type Fault, fault } from './intune-faults.ts';
import { odataTypes, type Policy } from './intune-policy.ts';
import { conforming } from './parse-json.ts';

const property = z.looseObject({ key: z.string(), valueString: z.string().optional() });
const payload = z.looseObject({ productId: z.string().optional(), managedProperty: z.array(property) });

/** The managed configuration of an Android policy: JSON whose numbers keep their digits, and whose other members stay as they are. */
export function readPayload({ packageId, payloadJson }: Policy, app: ManagedApp, what: string): HeldKeys | Fault {
  const product = `app:${app.androidPackage}`;
  if (packageId !== product) return fault('app-not-found', `${what} is for another app than ${app.androidPackage}`);
  const read = conforming(payload, parsePayload(textOfBase64(payloadJson ?? '') ?? ''));
  if (!read) return fault('unreadable', `${what} holds no managed configuration as JSON that could be written back as it is`);
  const { managedProperty, ...around } = read;
  if (around.productId !== undefined && around.productId !== product)
    return fault('app-not-found', `${what} holds a configuration for another app than ${app.androidPackage}`);
  return {
    form: 'json',
    around,
    keys: managedProperty.map((one) => ({
      key: one.key,
      text: Object.keys(one).some((member) => /^value(?!String$)/.test(member)) ? undefined : one.valueString,
      content: one,
    })),
    patchWith: (text) => ({
      '@odata.type': odataTypes.android,
      payloadJson: base64OfText(
        // In the place where it stood: the order of members is kept too.
        stringify({
          ...read,
          managedProperty: managedProperty.some((one) => one.key === app.key)
            ? managedProperty.map((one) => (one.key === app.key ? { ...one, valueString: text } : one))
            : [...managedProperty, { key: app.key, valueString: text }],
        })!,
      ),
    }),
  };
}

function parsePayload(text: string): unknown {
  // A member of this name would be lost on the way.
  if (text.includes('__proto__')) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
