import { createHmac } from 'node:crypto';

/**
 * HMAC-SHA-256 over parts, each preceded by its length in bytes, in hex: `('ab', 'c')` and `('a', 'bc')` differ.
 * For ids and comparisons of personal data: without the key it can't be tested against a list of guesses.
 */
export function keyedHash(key: Uint8Array, ...parts: readonly string[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hmac.update(length).update(bytes);
  }
  return hmac.digest('hex');
}

/** HMAC-SHA-256 of one value as it is, in hex: the form in which token values are kept. */
export const hmacDigest = (key: Uint8Array, value: string): string => createHmac('sha256', key).update(value).digest('hex');
