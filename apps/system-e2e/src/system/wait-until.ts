import { setTimeout as pause } from 'node:timers/promises';

/** Asks again until the answer is there: neither undefined nor null nor false. @throws Error saying what was waited for. */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false>,
  { withinMs = 60_000, everyMs = 100 } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain for this: ${what}`);
    await pause(everyMs);
  }
}
