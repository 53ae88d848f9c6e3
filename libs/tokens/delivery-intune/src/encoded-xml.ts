import type { ManagedApp } from '@tallystick/tokens-domain';
import { parse } from 'plist';
import { base64OfText, textOfBase64 } from './base64-text.ts';
import type { HeldKeys } from './held-keys.ts';
import { type Fault, fault } from './intune-faults.ts';
import { odataTypes } from './intune-policy.ts';
import { type PlistElement, plainOf, readPlistDict } from './plist-dict.ts';

/**
 * A policy's XML: base64 of a bare `<dict>`. The value is put into the text where it stands, and nothing else of the text is written anew:
 * building it from what was parsed would wrap it into a document, make an integer of `1.0`, round large numbers, move keys that look like
 * numbers to the front, and drop comments. `plist` reads it too, and both have to find the same.
 */
export function readEncodedXml(encoded: string, { key }: ManagedApp, what: string): HeldKeys | Fault {
  const unreadable = fault('unreadable', `${what} holds XML that is no plain <dict> that could be written back as it is`);
  const xml = textOfBase64(encoded);
  const dict = xml === undefined ? undefined : readPlistDict(xml);
  if (xml === undefined || !dict) return unreadable;
  const pairs = pairsOf(dict);
  const own = pairs.find((pair) => pair.key === key)?.value;
  const text = own?.kind === 'string' ? own.text : undefined;
  const other = parsed(xml, dict);
  const isTheSame =
    other !== undefined &&
    pairs.every((pair) => Object.hasOwn(other, pair.key)) &&
    Object.keys(other).length === new Set(pairs.map((pair) => pair.key)).size &&
    (text === undefined || other[key] === text || pairs.filter((pair) => pair.key === key).length > 1);
  if (!isTheSame) return unreadable;
  return {
    form: 'xml',
    keys: pairs.map((pair) => ({
      key: pair.key,
      text: pair.value.kind === 'string' ? pair.value.text : undefined,
      content: plainOf(pair.value),
    })),
    patchWith: (next) => ({
      '@odata.type': odataTypes.ios,
      encodedSettingXml: base64OfText(withString(xml, dict, own, key, next)),
    }),
  };
}

function pairsOf({ elements }: PlistElement): readonly { readonly key: string; readonly value: PlistElement }[] {
  return elements.flatMap((one, at) => (at % 2 === 0 ? [{ key: one.text, value: elements[at + 1]! }] : []));
}

function withString(xml: string, dict: PlistElement, own: PlistElement | undefined, key: string, text: string): string {
  const string = `<string>${escaped(text)}</string>`;
  if (own) return xml.slice(0, own.start) + string + xml.slice(own.end);
  const pair = `<key>${escaped(key)}</key>${string}`;
  if (dict.closesAt === undefined) return `${xml.slice(0, dict.start)}<dict>${pair}</dict>${xml.slice(dict.end)}`;
  return xml.slice(0, dict.closesAt) + pair + xml.slice(dict.closesAt);
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** By `plist`, which takes whole documents only. It is shown nothing that its parser would complain of on the console. */
function parsed(xml: string, dict: PlistElement): Readonly<Record<string, unknown>> | undefined {
  const isDocument = /<plist[ >]/.test(xml.slice(0, dict.start));
  try {
    const found = parse(isDocument ? xml : `<plist version="1.0">${xml}</plist>`);
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
