import { setTimeout as pause } from 'node:timers/promises';

/** What a call gives, unless it takes longer than `ms`: then undefined, and what becomes of it later is nobody's business. */
export async function inTime<T>(call: Promise<T>, ms: number): Promise<{ readonly value: T } | undefined> {
  const stop = new AbortController();
  const late = pause(ms, undefined, { signal: stop.signal, ref: false });
  late.catch(() => undefined);
  call.catch(() => undefined);
  try {
    return await Promise.race([call.then((value) => ({ value })), late]);
  } finally {
    stop.abort();
  }
}
