/** The body of every error (RFC 9457). `type` is a stable name; programs read it, people read `title` and `detail`. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
};

export const problemType = (kind: string): string => `urn:tallystick:problem:${kind}`;
export const problemContentType = 'application/problem+json; charset=utf-8';

/**
 * An expected outcome as an HTTP error. Everything in it is public: `kind` is kebab-case and stable, `detail` says what the caller can do.
 * A cause is logged and never sent.
 */
export class ProblemException extends Error {
  override readonly name = 'ProblemException';
  readonly kind: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Fastify reads these two where it meets the error before Nest does. */
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: string,
    status: number,
    title: string,
    detail?: string,
    extensions: Readonly<Record<string, unknown>> = {},
    options: { readonly cause?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(title, 'cause' in options ? { cause: options.cause } : {});
    this.kind = kind;
    this.status = status;
    this.statusCode = status;
    this.title = title;
    this.detail = detail;
    this.extensions = extensions;
    this.headers = options.headers ?? {};
  }
}

/** One answer for "does not exist" and "not yours to know", so that nobody can tell them apart. */
export const notFound = (): ProblemException =>
  new ProblemException('not-found', 404, 'Not found', 'There is no such resource, or you have no access to it.');

/** The answer to a token that is missing or not accepted; why it is not, is said in the log only. */
export const unauthenticated = (): ProblemException =>
  new ProblemException(
    'unauthenticated',
    401,
    'Authentication required',
    'Send a valid bearer token in the Authorization header.',
    {},
    { headers: { 'www-authenticate': 'Bearer' } },
  );

export const forbidden = (): ProblemException =>
  new ProblemException('forbidden', 403, 'Not allowed', 'Your roles do not allow this operation.');

/** The path is known, the method is not one of `allowed`. */
export const methodNotAllowed = (allowed: readonly string[]): ProblemException =>
  new ProblemException(
    'method-not-allowed',
    405,
    'Method not allowed',
    'The Allow header names the methods of this path.',
    {},
    {
      headers: { allow: allowed.join(', ') },
    },
  );

const known: Readonly<Record<number, readonly [kind: string, title: string]>> = {
  400: ['malformed-request', 'The request is malformed'],
  401: ['unauthenticated', 'Authentication required'],
  403: ['forbidden', 'Not allowed'],
  404: ['not-found', 'Not found'],
  405: ['method-not-allowed', 'Method not allowed'],
  408: ['request-timeout', 'The request took too long to arrive'],
  413: ['body-too-large', 'The request body is too large'],
  414: ['uri-too-long', 'The request target is too long'],
  415: ['unsupported-media-type', 'Send application/json'],
  429: ['too-many-requests', 'Too many requests'],
  431: ['headers-too-large', 'The request headers are too large'],
  503: ['unavailable', 'The service is not available now'],
};

/**
 * Any thrown value as a problem. Errors of the frameworks keep their 4xx status and lose their text, which may quote the request;
 * everything else is a defect: 500 without any detail.
 */
export function problemOf(thrown: unknown, instance?: string): Problem {
  const place = instance === undefined ? {} : { instance };
  if (thrown instanceof ProblemException) {
    const { kind, status, title, detail, extensions } = thrown;
    return { ...extensions, type: problemType(kind), title, status, ...(detail === undefined ? {} : { detail }), ...place };
  }
  const status = statusOf(thrown);
  const entry = known[status];
  if (status === 404) return problemOf(notFound(), instance);
  if (entry) return { type: problemType(entry[0]), title: entry[1], status, ...place };
  if (status >= 400 && status < 500) return { type: problemType('refused'), title: 'The request was refused', status, ...place };
  return { type: problemType('internal'), title: 'Something went wrong on our side', status: 500, ...place };
}

/** The status that Nest's or Fastify's own error carries; 500 for anything else. */
function statusOf(thrown: unknown): number {
  const { statusCode, getStatus } = (thrown ?? {}) as { statusCode?: unknown; getStatus?: unknown };
  const status: unknown = typeof getStatus === 'function' ? (thrown as { getStatus(): unknown }).getStatus() : statusCode;
  return typeof status === 'number' && (status === 503 || (status >= 400 && status < 500)) ? status : 500;
}
