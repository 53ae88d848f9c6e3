import { randomBytes, randomUUID } from 'node:crypto';
import { currentKey, hmacDigest, type KeyRing } from '@tallystick/platform-secrets';
import {
  formatToken,
  type FreshToken,
  type PepperId,
  type Ring,
  type TokenDigest,
  type TokenId,
} from '@tallystick/tokens-domain';

/** How a generated value is written: the product's own form, or a UUID as the reference does (M2). */
export type TokenFormat = 'tsk' | 'uuid';

const idAlphabet = 'abcdefghijklmnopqrstuvwxyz234567'; // 32: five bits each, without bias
const newTokenId = (): TokenId => `tok_${Array.from(randomBytes(16), (byte) => idAlphabet[byte % 32]).join('')}` as TokenId;

export const generateValue = (format: TokenFormat): string => (format === 'uuid' ? randomUUID() : formatToken(randomBytes(32)));

/** Makes the digests of values. Only they are kept; the peppers stay outside the store. */
export class Peppers {
  readonly #ring: KeyRing;
  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** A token that could be added: its digest under the current pepper, and under the others so that a duplicate is seen (M21). */
  fresh(value: string): FreshToken {
    const { keyId, key } = currentKey(this.#ring);
    const others = [...this.#ring.keys].filter(([id]) => id !== keyId);
    return {
      id: newTokenId(),
      digest: hmacDigest(key, value) as TokenDigest,
      pepperId: keyId as PepperId,
      otherDigests: others.map(([, other]) => hmacDigest(other, value) as TokenDigest),
    };
  }

  /** True when every token of the ring can be compared with a new value. */
  covers(ring: Ring | undefined): boolean {
    return ring?.tokens.every(({ pepperId }) => this.#ring.keys.has(pepperId)) ?? true;
  }
}
