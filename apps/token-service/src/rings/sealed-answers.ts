import { currentKey, keyedHash, type KeyRing, open, ringFor, seal } from '@tallystick/platform-secrets';
import type { TokenId } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { Decided } from './ring-request.ts';

/** The values of the tokens that a change made, in their order. */
export type Values = readonly string[];

const rememberedForMs = 10 * 60 * 1_000;

const sealedValues = z.strictObject({ until: z.int(), values: z.array(z.string()) });

/** Binds an answer to one environment, key, actor and request; nobody else's request opens it. */
const place = (environment: string, key: string, requestDigest: string): string =>
  `ring-answer/${environment}/${requestDigest}/${key}`;

/** Tells requests apart, and keeps what a change answered for whoever repeats it: the decision for 24 hours, values sealed for ten minutes. */
export class SealedAnswers {
  readonly #seals: KeyRing;
  readonly #requests: KeyRing;
  readonly #nowMs: () => number;

  constructor(keys: KeyRing, nowMs: () => number) {
    this.#seals = ringFor(keys, 'ring-answer');
    this.#requests = ringFor(keys, 'ring-request');
    this.#nowMs = nowMs;
  }

  /** Names an actor and a request without telling either. */
  digestOf(actor: string, request: unknown): string {
    const { keyId, key } = currentKey(this.#requests);
    return `${keyId}.${keyedHash(key, actor, JSON.stringify(request))}`;
  }

  /** Whether a digest was made from this actor and request, by any key that is still there. */
  isDigestOf(digest: string, actor: string, request: unknown): boolean {
    const keyId = digest.slice(0, digest.indexOf('.'));
    const key = this.#requests.keys.get(keyId);
    return key !== undefined && digest === `${keyId}.${keyedHash(key, actor, JSON.stringify(request))}`;
  }

  /** What is kept with the change. `values` is left out when it made no token. */
  keep(decided: Decided, values: Values, environment: string, key: string, requestDigest: string) {
    const text = JSON.stringify({ until: this.#nowMs() + rememberedForMs, values });
    return {
      key,
      requestDigest,
      answer: JSON.stringify(decided),
      ...(values.length === 0 ? {} : { values: seal(this.#seals, text, place(environment, key, requestDigest)) }),
    };
  }

  decided(answer: string): Decided {
    return JSON.parse(answer) as Decided; // our own words, written by the change script
  }

  /** Empty after ten minutes, and when the key is gone. */
  values(sealed: string | undefined, environment: string, key: string, requestDigest: string): Values {
    const text = sealed === undefined ? undefined : open(this.#seals, sealed, place(environment, key, requestDigest));
    if (!text?.ok) return [];
    const { until, values } = sealedValues.parse(JSON.parse(text.value));
    return this.#nowMs() < until ? values : [];
  }
}

/** Copies of token values that a delivery needs or the readable mode keeps; each opens only as what it was sealed for. */
export class SealedValues {
  readonly #seals: KeyRing;
  constructor(keys: KeyRing) {
    this.#seals = ringFor(keys, 'token-value');
  }

  seal(environment: string, token: TokenId, value: string): string {
    return seal(this.#seals, value, `token-value/${environment}/${token}`);
  }

  /** Undefined when the key is gone, or the copy is not that token's. */
  open(environment: string, token: TokenId, copy: string): string | undefined {
    const opened = open(this.#seals, copy, `token-value/${environment}/${token}`);
    return opened.ok ? opened.value : undefined;
  }
}
