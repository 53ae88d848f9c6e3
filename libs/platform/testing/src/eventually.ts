import { setTimeout as pause } from 'node:timers/promises';

/** How long to wait, and for what: the words end up in the failure. */
export type Eventually = { readonly withinMs: number; readonly what: string; readonly everyMs?: number };

/**
 * Asks until the answer is neither `undefined`, `null` nor `false`, and gives it back. A question that throws counts as "not yet".
 * @throws Error naming `what`, the time and the last answer or error.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { withinMs, what, everyMs = 20 }: Eventually,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + withinMs;
  let last: string;
  for (;;) {
    try {
      const answer = await condition();
      if (answer !== undefined && answer !== null && answer !== false) return answer as Exclude<T, undefined | null | false>;
      last = `the last answer was ${String(answer)}`;
    } catch (error) {
      last = `the last attempt failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what} (${last})`);
    await pause(everyMs);
  }
}
