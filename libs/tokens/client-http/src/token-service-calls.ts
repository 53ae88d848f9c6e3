import { createHash } from 'node:crypto';
import { TokenAdministrationRefusal } from '@tallystick/tokens-domain';
import { z } from 'zod';

/** The part of `fetch` that is used. */
export type FetchLike = (
  url: string,
  request: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

export interface TokenServiceCallsOptions {
  /** Of the token service, e.g. `https://tokens.example`. */
  readonly url: string;
  /** The token of a caller with the role `token-admin` in the environments that are rotated. Asked for at each call. */
  readonly bearer: () => Promise<string>;
  /** Default: the built-in one. */
  readonly fetch?: FetchLike;
  /** Default 60 000; a change waits up to the longest lease of a validator. */
  readonly timeoutMs?: number;
}

/** Did not work now; may work later. Its message has no answer's text but the problem's own. */
export class TokenServiceUnavailable extends Error {
  override readonly name = 'TokenServiceUnavailable';
}

const problem = z.object({
  type: z.string(),
  title: z.string(),
  detail: z.string().optional(),
  forceable: z.boolean().optional(),
  figures: z.looseObject({ kind: z.string() }).optional(),
});

/** What the service says instead of doing it. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
  /** The guards of the ring said no. */
  readonly isGuard: boolean;
}

/** Of no use to try again with: the request itself, the roles, or the state of the ring stand against it. */
const isFinal = ({ status, reason }: Refusal): boolean =>
  status >= 400 && status < 500 && ![401, 408, 412, 425, 429].includes(status) && reason !== 'conflict';

export const throwRefusal = (refusal: Refusal): never => {
  if (isFinal(refusal)) throw new TokenAdministrationRefusal(refusal.reason, refusal.detail);
  throw new TokenServiceUnavailable(`the token service answered ${refusal.status}: ${refusal.detail}`);
};

/** One request after the other; nothing is repeated here, since whoever calls knows how. */
export class TokenServiceCalls {
  readonly #options: TokenServiceCallsOptions;
  constructor(options: TokenServiceCallsOptions) {
    this.#options = options;
  }

  /** @throws TokenServiceUnavailable when there is no answer, or none that can be read. */
  async call<T>(
    answer: z.ZodType<T>,
    method: 'GET' | 'POST',
    path: string,
    { body, key }: { readonly body?: object; readonly key?: readonly string[] } = {},
  ): Promise<T | Refusal> {
    const { url, bearer, fetch: send = globalThis.fetch, timeoutMs = 60_000 } = this.#options;
    let status: number;
    let text: string;
    try {
      const response = await send(`${url.replace(/\/$/, '')}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await bearer()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': nameOf(key) }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new TokenServiceUnavailable('the token service can not be reached', { cause });
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw new TokenServiceUnavailable(`the token service answered ${status} with something that is no JSON`);
    }
    if (status >= 400) return refusalOf(status, json);
    const read = answer.safeParse(json);
    if (read.success) return read.data;
    const places = read.error.issues.map(({ path: where }) => where.join('.')).join(', ');
    throw new TokenServiceUnavailable(`the token service answered ${status} with faults at: ${places}`);
  }
}

/** A key as the service takes it, whatever a rotation and its steps are called. */
const nameOf = (parts: readonly string[]): string =>
  `rotation-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`;

function refusalOf(status: number, json: unknown): Refusal {
  const read = problem.safeParse(json);
  if (!read.success) throw new TokenServiceUnavailable(`the token service answered ${status} without saying why`);
  const { type, title, detail = title, forceable = false, figures } = read.data;
  const sentence = figures === undefined ? detail : `${detail} (${figuresText(figures)})`;
  return { kind: 'refusal', status, reason: type.replace(/^.*:/, ''), detail: sentence, isGuard: forceable };
}

const figuresText = ({ kind, devices, byToken, bySiblings, text }: Readonly<Record<string, unknown>>): string =>
  kind === 'known'
    ? `of ${String(devices)} devices seen it would refuse ${String(byToken)} for their token and ${String(bySiblings)} for other requirements`
    : typeof text === 'string'
      ? text
      : 'the figures are unknown';
