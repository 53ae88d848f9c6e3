import { randomBytes, randomUUID } from 'node:crypto';
import { currentKey, hmacDigest, type KeyRing } from '@tallystick/platform-secrets';
import {
  formatToken,
  type FreshToken,
  type PepperId,
  type ProposalId,
  type Ring,
  type Token,
  type TokenDigest,
  type TokenId,
  type TokenOrigin,
} from '@tallystick/tokens-domain';

/** How a generated value is written: the product's own form, or a UUID as the reference does (M2). */
export type TokenFormat = 'tsk' | 'uuid';

const idAlphabet = 'abcdefghijklmnopqrstuvwxyz234567'; // 32: five bits each, without bias
const randomId = (): string => Array.from(randomBytes(16), (byte) => idAlphabet[byte % 32]).join('');
const newTokenId = (): TokenId => `tok_${randomId()}` as TokenId;
export const newProposalId = (): ProposalId => `prp_${randomId()}` as ProposalId;

export const generateValue = (format: TokenFormat): string => (format === 'uuid' ? randomUUID() : formatToken(randomBytes(32)));

export const originOf = (format: TokenFormat): TokenOrigin => (format === 'uuid' ? 'uuid' : 'generated');

/** Makes the digests of values. Only they are kept; the peppers stay outside the store. */
export class Peppers {
  readonly #ring: KeyRing;
  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** The key that new tokens are made with: every validator needs it before such a token is handed out. */
  get current(): PepperId {
    return currentKey(this.#ring).keyId as PepperId;
  }

  /** A token that could be added: its digest under the current pepper, and under the others so that a duplicate is seen (M21). */
  fresh(value: string, origin: TokenOrigin): FreshToken {
    const { keyId, key } = currentKey(this.#ring);
    const others = [...this.#ring.keys].filter(([id]) => id !== keyId);
    return {
      id: newTokenId(),
      digest: hmacDigest(key, value) as TokenDigest,
      pepperId: keyId as PepperId,
      origin,
      otherDigests: others.map(([, other]) => hmacDigest(other, value) as TokenDigest),
    };
  }

  /** Finds the tokens that have a value; each value is hashed once, however many rings are searched. */
  finderOf(value: string): (ring: Ring) => Token | undefined {
    const digests = new Map([...this.#ring.keys].map(([id, key]) => [id, hmacDigest(key, value)]));
    return (ring) => ring.tokens.find(({ pepperId, digest }) => digests.get(pepperId) === digest);
  }

  /** True when every token of the ring can be compared with a new value. */
  covers(ring: Ring | undefined): boolean {
    return ring?.tokens.every(({ pepperId }) => this.#ring.keys.has(pepperId)) ?? true;
  }
}
