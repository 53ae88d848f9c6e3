import { currentKey, keyedHash, type KeyRing, open, ringFor, seal } from '@tallystick/platform-secrets';
import type { RingWarning, TokenId } from '@tallystick/tokens-domain';
import { z } from 'zod';

/** What a repeated request needs beyond the ring itself. `value` belongs to `created` and is gone after ten minutes. */
export interface RememberedAnswer {
  readonly created: TokenId | undefined;
  readonly value: string | undefined;
  readonly warnings: readonly RingWarning[];
}

const rememberedForMs = 10 * 60 * 1_000;
const nothing = '-';

const document = z.strictObject({ until: z.int(), value: z.string().optional(), warnings: z.array(z.string()) });

/** Binds an answer to one environment, key, actor and request; nobody else's request opens it. */
const place = (environment: string, key: string, requestDigest: string): string =>
  `ring-answer/${environment}/${requestDigest}/${key}`;

/** Seals what a change answered, for whoever repeats the request within ten minutes. Stored as `<token id or ->:<seal>`. */
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

  seal({ created, value, warnings }: RememberedAnswer, environment: string, key: string, requestDigest: string): string {
    const text = JSON.stringify({ until: this.#nowMs() + rememberedForMs, value, warnings });
    return `${created ?? nothing}:${seal(this.#seals, text, place(environment, key, requestDigest))}`;
  }

  /** After ten minutes, and when the key is gone, only the id of the created token is left. */
  open(answer: string, environment: string, key: string, requestDigest: string): RememberedAnswer {
    const end = answer.indexOf(':');
    const id = answer.slice(0, end);
    const created = id === nothing ? undefined : (id as TokenId);
    const text = open(this.#seals, answer.slice(end + 1), place(environment, key, requestDigest));
    if (!text.ok) return { created, value: undefined, warnings: [] };
    const { until, value, warnings } = document.parse(JSON.parse(text.value));
    return { created, value: this.#nowMs() < until ? value : undefined, warnings: warnings as RingWarning[] };
  }
}
