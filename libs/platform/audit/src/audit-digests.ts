import { canonicalJson } from '@tallystick/kernel-core';
import { currentKey, keyedHash, type KeyRing, ringFor } from '@tallystick/platform-secrets';

/** Digest of a document as it was or is: `<key id>:<hex>`. Equal documents have equal digests under one key; without the key none can be tried out. */
export type AuditDigest = (document: unknown, ...about: readonly string[]) => string;

/**
 * HMAC-SHA-256 over canonical JSON. `about` separates documents that may not be compared with each other: give the key of a person, and the
 * digest is nothing any more when that is destroyed.
 */
export function auditDigest(ring: KeyRing): AuditDigest {
  const { keyId, key } = currentKey(ringFor(ring, 'audit-digest'));
  return (document, ...about) => `${keyId}:${keyedHash(key, canonicalJson(document), ...about)}`;
}
