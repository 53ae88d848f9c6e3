/**
 * Everything that the directory may refuse, as a closed list. `source` says where the number comes from: `documented`
 * (the provider's list of error ids), `seen` (public client code), or `chosen` by this simulator because nothing public
 * gives one. Chosen numbers lie in 99xxx, a range that no document uses, so that nobody takes them for real ones.
 */
export const refusals = {
  'invalid-input': { httpStatus: 400, errorId: 400, text: 'Invalid input.', source: 'documented' },
  'transaction-failed': { httpStatus: 400, errorId: 10551, text: 'Failed transaction. Please retry.', source: 'documented' },
  'user-exists': { httpStatus: 400, errorId: 10556, text: 'User already exists.', source: 'documented' },
  'suspension-refused': {
    httpStatus: 400,
    errorId: 10561,
    text: 'User suspension failed. The user is not active.',
    source: 'documented',
  },
  'activation-refused': {
    httpStatus: 400,
    errorId: 10562,
    text: 'Activation failed. The user is already active.',
    source: 'documented',
  },
  'user-unknown': { httpStatus: 400, errorId: 10564, text: 'User not exists.', source: 'documented' },
  'phone-invalid': { httpStatus: 400, errorId: 20559, text: 'Invalid phone number.', source: 'seen' },
  'device-limit': { httpStatus: 400, errorId: 20562, text: 'user.exceeded.num.of.devices', source: 'documented' },
  'device-unknown': { httpStatus: 400, errorId: 99001, text: 'The user has no such device.', source: 'chosen' },
  'device-not-unique': {
    httpStatus: 400,
    errorId: 99002,
    text: 'The device is already paired in this organization.',
    source: 'chosen',
  },
  'nickname-invalid': { httpStatus: 400, errorId: 99003, text: 'The nickname must have 1 to 100 characters.', source: 'chosen' },
  'method-disabled': {
    httpStatus: 400,
    errorId: 99004,
    text: 'This method is disabled for the organization.',
    source: 'chosen',
  },
  'signature-invalid': { httpStatus: 403, errorId: 99401, text: 'The signature of the request is not valid.', source: 'chosen' },
  'credentials-unknown': {
    httpStatus: 403,
    errorId: 99403,
    text: 'The token or the organization alias is not known.',
    source: 'chosen',
  },
  'rate-limited': { httpStatus: 429, errorId: 99429, text: 'Too many requests.', source: 'chosen' },
  'operation-unknown': { httpStatus: 404, errorId: 99404, text: 'There is no such operation.', source: 'chosen' },
} as const satisfies Record<
  string,
  { httpStatus: number; errorId: number; text: string; source: 'documented' | 'seen' | 'chosen' }
>;

export type RefusalKind = keyof typeof refusals;

/** Why an operation was not done. `hint` helps the caller's developer; it never holds a value from the request. */
export interface Refusal {
  readonly kind: RefusalKind;
  readonly hint?: string;
}

export type Decided<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export const done = <T>(value: T): Decided<T> => ({ ok: true, value });

export const refuse = (kind: RefusalKind, hint?: string): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: hint === undefined ? { kind } : { kind, hint },
});
