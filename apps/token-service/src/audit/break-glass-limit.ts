/** How many tokens the break-glass credential may revoke at this process. */
export interface BreakGlassLimit {
  readonly perMinute: number;
  /** Takes so many of what is left. Undefined: go on; else the seconds until there are so many. What is refused takes nothing. */
  readonly take: (tokens: number) => number | undefined;
}

const minuteMs = 60_000;

/**
 * Fills up evenly, `perMinute` in a minute, and holds no more than that. Asked before the note in the audit is written, so that a stolen credential
 * fills neither the outbox nor its reserve. For all environments together: who has the credential has it for all of them.
 * @param elapsedMs a clock that nobody sets.
 */
export function createBreakGlassLimit(perMinute: number, elapsedMs: () => number): BreakGlassLimit {
  const perMs = perMinute / minuteMs;
  let [left, at] = [perMinute, elapsedMs()];
  return {
    perMinute,
    take: (tokens) => {
      const now = elapsedMs();
      [left, at] = [Math.min(perMinute, left + (now - at) * perMs), now];
      if (tokens > left) return Math.max(1, Math.ceil((Math.min(tokens, perMinute) - left) / perMs / 1_000));
      left -= tokens;
      return undefined;
    },
  };
}
