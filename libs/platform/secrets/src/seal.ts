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

const nonceBytes = 12;
const tagBytes = 16;

/** A seal as bytes: `nonce, ciphertext, tag`, and apart from it the id of its key. */
export type SealedBytes = { readonly keyId: string; readonly bytes: Buffer };

/**
 * Seals with the ring's current key, AES-256-GCM. `associatedData` says where the seal belongs (environment, record id …): it opens only
 * with the same. Nonces are 96 random bits, so one key should make fewer than 2^32 seals.
 */
export function sealBytes(ring: KeyRing, plaintext: Uint8Array, associatedData: string): SealedBytes {
  const { keyId, key } = currentKey(ring);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(key), nonce, { authTagLength: tagBytes }).setAAD(
    bound(keyId, associatedData),
  );
  return { keyId, bytes: Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
}

/** Opens what {@link sealBytes} made, with any key of the ring. Never throws on outside input. */
export function openSealedBytes(
  ring: KeyRing,
  { keyId, bytes }: { readonly keyId: string; readonly bytes: Uint8Array },
  associatedData: string,
): Result<Buffer, SealFault> {
  const key = ring.keys.get(keyId);
  if (!key) return err('unknown-key');
  if (bytes.length < nonceBytes + tagBytes) return err('tampered');
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(key), bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(bound(keyId, associatedData))
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return ok(Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]));
  } catch {
    return err('tampered');
  }
}

/** As {@link sealBytes}, as text: `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url. */
export function seal(ring: KeyRing, plaintext: Uint8Array | string, associatedData: string): string {
  const { keyId, bytes } = sealBytes(ring, typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext, associatedData);
  const [nonce, body] = [bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes)];
  return `${version}.${keyId}.${nonce.toString('base64url')}.${body.toString('base64url')}`;
}

/** Opens a seal as bytes; see {@link open}. */
export function openBytes(ring: KeyRing, sealed: string, associatedData: string): Result<Buffer, SealFault> {
  const [, keyId, nonce, body] = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/.exec(sealed) ?? [];
  if (keyId === undefined || nonce === undefined || body === undefined) return err('tampered');
  if (!ring.keys.has(keyId)) return err('unknown-key');
  const bodyBytes = Buffer.from(body, 'base64url');
  if (bodyBytes.toString('base64url') !== body) return err('tampered'); // one text for one seal
  return openSealedBytes(ring, { keyId, bytes: Buffer.concat([Buffer.from(nonce, 'base64url'), bodyBytes]) }, associatedData);
}

/** Opens what {@link seal} made from a text, with any key of the ring. Never throws on outside input. */
export function open(ring: KeyRing, sealed: string, associatedData: string): Result<string, SealFault> {
  const bytes = openBytes(ring, sealed, associatedData);
  return bytes.ok ? ok(bytes.value.toString('utf8')) : bytes;
}
