export { currentKey, deriveKey, generateKeyRing, type KeyRing, parseKeyRing, readKeyRing, ringFor } from './key-ring.ts';
export { hmacDigest, keyedHash } from './keyed-hash.ts';
export { createSecretResolver, type SecretSources } from './resolve-secret.ts';
export { open, openBytes, openSealedBytes, seal, sealBytes, type SealedBytes, type SealFault } from './seal.ts';
export { secretRef } from './secret-ref-schema.ts';
