import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { currentKey, deriveKey, type KeyRing } from './key-ring.ts';

/**
 * `unknown-key`: the ring no longer has the key. `tampered`: not a seal, changed, or sealed with other associated data; which of them is not told.
 */
export type SealFault = 'unknown-key' | 'tampered';

const version = 'v1';
const purpose = 'seal/aes-256-gcm/v1';
const sealingKeys = new WeakMap<Uint8Array, Buffer>();

function sealingKey(root: Buffer): Buffer {
  const derived = sealingKeys.get(root) ?? deriveKey(root, purpose);
  sealingKeys.set(root, derived);
  return derived;
}

/** What the seal binds besides the text. The key id has no dot, so the parts can't run into each other. */
const bound = (keyId: string, associatedData: string): Buffer => Buffer.from(`${version}.${keyId}.${associatedData}`);

/**
 * Seals a text or bytes with the ring's current key: `v1.<key id>.<nonce>.<ciphertext and tag>`, AES-256-GCM, base64url.
 * `associatedData` says where the seal belongs (environment, record id …): it opens only with the same. Nonces are 96 random bits,
 * so one key should make fewer than 2^32 seals.
 */
export function seal(ring: KeyRing, plaintext: Uint8Array | string, associatedData: string): string {
  const { keyId, key } = currentKey(ring);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(key), nonce, { authTagLength: 16 }).setAAD(
    bound(keyId, associatedData),
  );
  const body = Buffer.concat([
    cipher.update(typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return `${version}.${keyId}.${nonce.toString('base64url')}.${body.toString('base64url')}`;
}

/** Opens a seal as bytes; see {@link open}. */
export function openBytes(ring: KeyRing, sealed: string, associatedData: string): Result<Buffer, SealFault> {
  const [, keyId, nonceText, bodyText] =
    /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/.exec(sealed) ?? [];
  if (keyId === undefined || nonceText === undefined || bodyText === undefined) return err('tampered');
  const key = ring.keys.get(keyId);
  if (!key) return err('unknown-key');
  const body = Buffer.from(bodyText, 'base64url');
  if (body.length < 16 || body.toString('base64url') !== bodyText) return err('tampered'); // one text for one seal
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(key), Buffer.from(nonceText, 'base64url'), { authTagLength: 16 })
    .setAAD(bound(keyId, associatedData))
    .setAuthTag(body.subarray(-16));
  try {
    return ok(Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]));
  } catch {
    return err('tampered');
  }
}

/** Opens what {@link seal} made from a text, with any key of the ring. Never throws on outside input. */
export function open(ring: KeyRing, sealed: string, associatedData: string): Result<string, SealFault> {
  const bytes = openBytes(ring, sealed, associatedData);
  return bytes.ok ? ok(bytes.value.toString('utf8')) : bytes;
}
