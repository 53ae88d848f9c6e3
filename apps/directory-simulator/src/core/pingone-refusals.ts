/**
 * Everything that the PingOne dialect may refuse, as a closed list. `detail` is the code of the one entry in `details`.
 * `source` says where the pair of codes comes from: the vendor's public pages, or a choice of this simulator.
 */
export const mfaRefusals = {
  'invalid-value': {
    status: 400,
    code: 'INVALID_DATA',
    detail: 'INVALID_VALUE',
    source: 'chosen',
    text: 'The value is not valid.',
  },
  'required-value': {
    status: 400,
    code: 'INVALID_DATA',
    detail: 'REQUIRED_VALUE',
    source: 'chosen',
    text: 'A value is required.',
  },
  'too-long': {
    status: 400,
    code: 'INVALID_DATA',
    detail: 'SIZE_LIMIT_EXCEEDED',
    source: 'chosen',
    text: 'The value is too long.',
  },
  'invalid-filter': {
    status: 400,
    code: 'INVALID_DATA',
    detail: 'INVALID_FILTER',
    source: 'chosen',
    text: 'The filter is not one of those that are understood.',
  },
  'username-taken': {
    status: 400,
    code: 'INVALID_DATA',
    detail: 'UNIQUENESS_VIOLATION',
    source: 'chosen',
    text: 'A user with this username exists in the environment.',
  },
  'device-duplicate': {
    status: 400,
    code: 'INVALID_DATA',
    detail: 'UNIQUENESS_VIOLATION',
    source: 'chosen',
    text: 'The user has a device with this value.',
  },
  'device-limit': {
    status: 400,
    code: 'REQUEST_FAILED',
    detail: 'LIMIT_EXCEEDED',
    source: 'documented',
    text: 'Maximum allowed devices has been reached',
  },
  'pending-limit': {
    status: 400,
    code: 'REQUEST_FAILED',
    detail: 'LIMIT_EXCEEDED',
    source: 'documented',
    text: 'Too many devices of this user wait for their activation.',
  },
  'method-disabled': {
    status: 400,
    code: 'REQUEST_FAILED',
    detail: 'METHOD_DISABLED',
    source: 'chosen',
    text: 'This method is disabled in the environment.',
  },
  'not-found': { status: 404, code: 'NOT_FOUND', detail: undefined, source: 'chosen', text: 'The resource was not found.' },
  'token-refused': {
    status: 401,
    code: 'INVALID_TOKEN',
    detail: undefined,
    source: 'chosen',
    text: 'The access token is missing, not known, or expired.',
  },
  'access-failed': {
    status: 403,
    code: 'ACCESS_FAILED',
    detail: undefined,
    source: 'chosen',
    text: 'The access token is not for this environment.',
  },
  'rate-limited': {
    status: 429,
    code: 'REQUEST_LIMITED',
    detail: undefined,
    source: 'documented',
    text: 'The number of requests is over the limit.',
  },
  'body-unreadable': {
    status: 400,
    code: 'INVALID_REQUEST',
    detail: undefined,
    source: 'chosen',
    text: 'The body is not a JSON object.',
  },
} as const;

export type MfaRefusalKind = keyof typeof mfaRefusals;

/** Why a request was not done; never holds a value from it. */
export interface MfaRefusal {
  readonly kind: MfaRefusalKind;
  /** The field at fault. */
  readonly target?: string;
  readonly inner?: Readonly<Record<string, unknown>>;
}

export type MfaDecided<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: MfaRefusal };

export const granted = <T>(value: T): MfaDecided<T> => ({ ok: true, value });

export const deny = (
  kind: MfaRefusalKind,
  target?: string,
  inner?: Readonly<Record<string, unknown>>,
): { readonly ok: false; readonly refusal: MfaRefusal } => ({
  ok: false,
  refusal: { kind, ...(target !== undefined && { target }), ...(inner !== undefined && { inner }) },
});

/** The error envelope (c.1). `innerKey`: the vendor's pages spell it both ways. */
export function mfaErrorBody({ kind, target, inner }: MfaRefusal, id: string, innerKey: 'innerError' | 'innererror') {
  const { code, detail, text } = mfaRefusals[kind];
  if (detail === undefined) return { id, code, message: text };
  return {
    id,
    code,
    message:
      code === 'INVALID_DATA'
        ? 'The request could not be completed. One or more validation errors were in the request.'
        : 'The request could not be completed. There was an issue processing the request.',
    details: [{ code: detail, ...(target !== undefined && { target }), message: text, ...(inner && { [innerKey]: inner }) }],
  };
}
