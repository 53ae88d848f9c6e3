/** How many tokens a break-glass credential may revoke at this process. */
export interface BreakGlassLimit {
  readonly perMinute: number;
  /** Takes so many of what this credential has left. Undefined: go on; else the seconds until there are so many. What is refused takes nothing. */
  readonly take: (credential: string, tokens: number) => number | undefined;
  /** What was taken is not used after all. */
  readonly giveBack: (credential: string, tokens: number) => void;
}

const minuteMs = 60_000;

/**
 * For each credential apart, so that whoever has stolen one takes nothing from the holder of the other: fills up evenly, `perMinute` in a minute, and holds
 * no more than that. Asked before the note in the audit is written, so that a stolen credential fills neither the outbox nor its reserve. For all
 * environments together: who has the credential has it for all of them. Only credentials that were used within a minute are remembered.
 * @param elapsedMs a clock that nobody sets.
 */
export function createBreakGlassLimit(perMinute: number, elapsedMs: () => number): BreakGlassLimit {
  const perMs = perMinute / minuteMs;
  /** What was left at that time; of who is not here: all. */
  const used = new Map<string, { readonly left: number; readonly at: number }>();

  const leftOf = (credential: string, now: number): number => {
    const { left, at } = used.get(credential) ?? { left: perMinute, at: now };
    return Math.min(perMinute, left + (now - at) * perMs);
  };
  const keep = (credential: string, left: number, now: number): void => {
    for (const one of used.keys()) if (leftOf(one, now) >= perMinute) used.delete(one);
    used.set(credential, { left, at: now });
  };
  return {
    perMinute,
    take: (credential, tokens) => {
      const now = elapsedMs();
      const left = leftOf(credential, now);
      if (tokens > left) return Math.max(1, Math.ceil((Math.min(tokens, perMinute) - left) / perMs / 1_000));
      keep(credential, left - tokens, now);
      return undefined;
    },
    giveBack: (credential, tokens) => {
      const now = elapsedMs();
      keep(credential, Math.min(perMinute, leftOf(credential, now) + tokens), now);
    },
  };
}
