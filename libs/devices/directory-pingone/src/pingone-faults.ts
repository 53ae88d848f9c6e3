import type { DirectoryFault } from '@tallystick/devices-domain';
import { z } from 'zod';

const detail = z.object({ code: z.string().catch(''), target: z.string().catch('') });
const errorBody = z.object({
  code: z.string().catch(''),
  details: z.array(detail.catch({ code: '', target: '' })).catch([]),
});

/** The error of c.1: codes and targets. Messages are not read, since they quote values, nor `innerError`, which the documents also spell `innererror`. */
export interface ErrorBody {
  readonly code: string;
  readonly details: readonly { readonly code: string; readonly target: string }[];
}

/** Undefined for a body that is not the directory's: a proxy's page, for example. */
export function readError(body: unknown): ErrorBody | undefined {
  const read = errorBody.safeParse(body);
  return read.success && (read.data.code !== '' || read.data.details.length > 0) ? read.data : undefined;
}

/** What was tried: it decides what a refused value means. */
export type Attempted = 'look-up' | 'user' | 'device' | 'order' | 'other';

export interface Refused {
  readonly attempted: Attempted;
  readonly status: number;
  readonly error: ErrorBody | undefined;
  readonly retryAfterMs?: number;
  /** Detail codes that mean "this method is not allowed in this environment" (P55): the documents name none. */
  readonly methodDisabledCodes?: readonly string[];
}

/** Answers that a proxy or a wrong address gives in the directory's place: they say nothing about this user. */
const fromSomebodyElse = new Set([404, 405, 407]);

const addressFields = new Set(['email', 'phone', 'extension']);

/**
 * One fault for every answer that is no success (c.1). Statuses inside the 4xx class may change, so known codes come first.
 * 403 for a look-up says that the application has no role here; for anything else it may be about this user, and is refused.
 */
export function faultOf({ attempted, status, error, retryAfterMs, methodDisabledCodes = [] }: Refused): DirectoryFault {
  const told = status === 429 || error?.code === 'REQUEST_LIMITED' || retryAfterMs !== undefined;
  const unavailable: DirectoryFault = {
    kind: 'unavailable',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(told && { rateLimited: true }), // meant for everybody who calls (R28)
  };
  if (status === 401 || (status === 403 && attempted === 'look-up')) return { kind: 'credentials-refused' };
  if (status === 429 || status === 408 || status === 425 || status >= 500 || status < 400) return unavailable;
  if (!error) return fromSomebodyElse.has(status) ? unavailable : { kind: 'refused', code: `http-${status}` };
  if (error.code === 'REQUEST_LIMITED' || error.code === 'UNEXPECTED_ERROR') return unavailable;
  const has = (code: string): boolean => error.code === code || error.details.some((it) => it.code === code);
  if (methodDisabledCodes.some(has)) return { kind: 'method-disabled' };
  if (has('LIMIT_EXCEEDED') && attempted === 'device') return { kind: 'device-limit' };
  if (status === 404 || error.code === 'NOT_FOUND') return { kind: 'not-found' };
  if (attempted === 'user' && error.details.some((it) => it.code === 'UNIQUENESS_VIOLATION' && targetOf(it) === 'username'))
    return { kind: 'already-exists' };
  // The devices are others than a moment ago: an order names each of them exactly once.
  if (attempted === 'order' && error.code === 'INVALID_DATA') return { kind: 'status-conflict' };
  if (attempted === 'device' && error.code === 'INVALID_DATA' && !has('UNIQUENESS_VIOLATION'))
    if (error.details.some((it) => addressFields.has(targetOf(it)))) return { kind: 'address-refused' };
  return { kind: 'refused', code: codeOf(error) ?? `http-${status}` };
}

/** `phone`, also where it is written as a path. */
const targetOf = ({ target }: { readonly target: string }): string => target.replace(/^[/.]+/, '').toLowerCase();

/** The most exact code that is one: free text never becomes part of a fault. */
const codeOf = (error: ErrorBody): string | undefined =>
  [...error.details.map((it) => it.code), error.code].find((code) => /^[A-Z][A-Z0-9_]{0,63}$/.test(code));
