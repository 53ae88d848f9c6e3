/** What came of one attempt to send a request. */
export type Attempt =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterSeconds?: number; readonly problem?: string }
  /** `code`: of the system or of undici; undefined for a time-out of ours. */
  | { readonly kind: 'none'; readonly code?: string };

/** `mayBeDone`: the service may have carried it out, or do so yet. */
export type Judgement = { readonly again: boolean; readonly mayBeDone: boolean; readonly afterMs?: number };

/** Failures before anything was sent: nobody can have acted on it. */
const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** Nothing changes by waiting: a certificate, or an address that is none. */
const hopeless = /^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|ERR_INVALID)/;

/**
 * Whether the same request is sent once more, with the same key. What a service says it refused, it refused: only "later" and "nobody knows"
 * are repeated. A 500 and the answers of proxies (502, 504) say nothing about what was done behind them.
 */
export function judgeAttempt(attempt: Attempt): Judgement {
  if (attempt.kind === 'none') {
    const { code = '' } = attempt;
    if (hopeless.test(code)) return { again: false, mayBeDone: false };
    return { again: true, mayBeDone: !beforeSending.has(code) };
  }
  const { status, retryAfterSeconds, problem } = attempt;
  const later = retryAfterSeconds === undefined ? {} : { afterMs: retryAfterSeconds * 1_000 };
  if (status === 502 || status === 504) return { again: true, mayBeDone: true, ...later };
  if (status === 503 && problem === undefined) return { again: true, mayBeDone: true, ...later };
  if (status === 503 && problem !== undefined)
    return {
      again: retryAfterSeconds !== undefined || problem === 'outcome-unknown' || problem === 'unavailable',
      mayBeDone: problem === 'outcome-unknown' || problem === 'no-worker',
      ...later,
    };
  if (status === 429) return { again: retryAfterSeconds !== undefined, mayBeDone: false, ...later };
  return { again: false, mayBeDone: status >= 500 };
}
