import type { DirectoryFault } from '@tallystick/devices-domain';

/** The operations that this product calls, by the word in their path (b.4). */
export type Operation =
  | 'adduser'
  | 'getuserdetails'
  | 'edituser'
  | 'deleteuser'
  | 'suspenduser'
  | 'activateuser'
  | 'offlinepairing'
  | 'unpairdevice'
  | 'updatedeviceattr';

/** What is known of an answer that is no success. `errorId` is absent when the directory itself did not answer. */
export interface Refused {
  readonly operation: Operation;
  readonly status: number;
  readonly errorId?: string;
  readonly retryAfterMs?: number;
}

/** Known ids (b.5), believed under every other HTTP status than 401 and 403. */
const byErrorId: ReadonlyMap<string, Exclude<DirectoryFault['kind'], 'refused'>> = new Map([
  ['10551', 'unavailable'],
  ['10556', 'already-exists'],
  ['10561', 'status-conflict'],
  ['10562', 'status-conflict'],
  ['10564', 'not-found'],
  ['20559', 'address-refused'],
  ['20562', 'device-limit'],
]);

/** Answers that a proxy or a wrong address gives in the directory's place: they say nothing about this user. */
const fromSomebodyElse = new Set([404, 405, 407, 408, 425, 429]);

/**
 * One fault for every answer that is no success: 401 and 403, then known ids, then the class of the HTTP status; what is left is refused
 * for good (b.5).
 * An id that the documents do not name is passed on as the code; free text never is.
 */
export function faultOf({ operation, status, errorId, retryAfterMs }: Refused): DirectoryFault {
  const unavailable: DirectoryFault = {
    kind: 'unavailable',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...((status === 429 || retryAfterMs !== undefined) && { rateLimited: true }), // told to everybody who calls (R28)
  };
  // Who is not let in has learnt nothing about a user, whatever id stands beside it.
  if (status === 401 || status === 403) return { kind: 'credentials-refused' };
  const known = errorId === undefined ? undefined : byErrorId.get(errorId);
  if (known === 'unavailable') return unavailable;
  if (known !== undefined) return { kind: known };
  if (operation === 'adduser' && errorId === '20549') return { kind: 'already-exists' };
  if (status >= 500 || status === 408 || status === 425 || status === 429) return unavailable;
  if (errorId === undefined || errorId === '200') {
    if (status < 400 || fromSomebodyElse.has(status)) return unavailable;
    return { kind: 'refused', code: `http-${status}` };
  }
  return { kind: 'refused', code: /^\d{1,9}$/.test(errorId) ? errorId : 'unknown' };
}
