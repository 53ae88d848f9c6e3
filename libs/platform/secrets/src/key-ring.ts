import { hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Named 256-bit keys. `current` makes new seals and digests; the others only open and compare old ones. */
export type KeyRing = { readonly current: string; readonly keys: ReadonlyMap<string, Buffer> };

const keyId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'a key id has 1–64 letters, digits, "-" and "_"' });
const key = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, { error: 'a key is 32 bytes in base64 (44 characters)' })
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((bytes) => bytes.length === 32 && new Set(bytes).size > 8, { error: 'a key is 32 random bytes' });
const file = z
  .strictObject({ current: keyId, keys: z.record(keyId, key) })
  .refine(({ current, keys }) => Object.hasOwn(keys, current), { error: '"current" names a key that is not in "keys"' });

/** @throws Error that says what is wrong with the text, and never quotes it. */
export function parseKeyRing(text: string): KeyRing {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('a key ring is JSON: { "current": "k1", "keys": { "k1": "<32 bytes in base64>" } }'); // the parser's own message quotes the text
  }
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw new Error(`the key ring has faults: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
  return { current: parsed.data.current, keys: new Map(Object.entries(parsed.data.keys)) };
}

/** Reads a key ring file once, at start. @throws Error naming the file and the fault, never a key. */
export function readKeyRing(path: string): KeyRing {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`the key ring file ${path} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown fault'})`, {
      cause: error,
    });
  }
  try {
    return parseKeyRing(text);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

/** The text of a new key ring file with one random key. */
export const generateKeyRing = (id = 'k1'): string =>
  `${JSON.stringify({ current: keyId.parse(id), keys: { [id]: randomBytes(32).toString('base64') } }, null, 2)}\n`;

/** A key for one purpose, from HKDF-SHA-256. Keys of different purposes tell nothing about each other. The purpose is frozen once used. */
export const deriveKey = (root: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', root, '', `tallystick/${purpose}`, 32));

/** The same ring with each key derived for one purpose: `ringFor(ring, 'token-pepper')`. */
export const ringFor = (ring: KeyRing, purpose: string): KeyRing => ({
  current: ring.current,
  keys: new Map([...ring.keys].map(([id, root]) => [id, deriveKey(root, purpose)])),
});

/** The key that makes new digests, with its id. */
export function currentKey(ring: KeyRing): { readonly keyId: string; readonly key: Buffer } {
  const found = ring.keys.get(ring.current);
  if (!found) throw new Error('"current" names a key that is not in the ring');
  return { keyId: ring.current, key: found };
}
