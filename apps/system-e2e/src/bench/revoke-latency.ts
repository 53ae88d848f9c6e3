import type { System } from '../system/system.ts';
import { type OpenLoad, startOpenLoad } from '../system/open-load.ts';
import type { TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';

export interface RevokeLatency {
  /** From the request to revoke until the answer to the last request that was allowed, in milliseconds; one per round. */
  readonly lastAllowMs: readonly number[];
  /** From the request to revoke until its answer. */
  readonly answerMs: readonly number[];
  /** Allows to requests that were begun after the answer: the promise is none. */
  readonly brokenPromises: number;
  readonly requests: number;
}

/** Adds and revokes a token again and again while all validators answer an open load of `rate` requests a second about it. */
export async function measureRevokes(options: {
  readonly system: System;
  readonly environment: string;
  readonly tokens: TokensClient;
  readonly caller: string;
  readonly rate: number;
  readonly rounds: number;
  readonly beforeRevoke?: () => void;
  /** While the load goes on. */
  readonly afterAnswer?: () => void;
}): Promise<RevokeLatency> {
  const { system, environment, tokens, caller, rate, rounds, beforeRevoke, afterAnswer } = options;
  const validators = system.validators.map((name) => system.url(name));
  const lastAllowMs: number[] = [];
  const answerMs: number[] = [];
  let [brokenPromises, requests] = [0, 0];
  for (let round = 1; round <= rounds; round += 1) {
    const token = await tokens.add(`round ${round}`);
    const load: OpenLoad = startOpenLoad({ validators, environment, caller, rate, presentedToken: () => token.value });
    try {
      const seen = new Set<string>();
      await waitUntil('every validator to accept the token', () => {
        for (const { validator, allowed } of load.taken()) if (allowed) seen.add(validator);
        return Promise.resolve(seen.size === validators.length);
      });
      beforeRevoke?.();
      const sentAt = performance.now();
      await tokens.revoke(token.id, 'measurement', 'measurement');
      const answeredAt = performance.now();
      await waitUntil('requests after the answer', () => Promise.resolve(performance.now() > answeredAt + 200), { everyMs: 20 });
      afterAnswer?.();
      const asked = await load.stop();
      requests += asked.length;
      answerMs.push(answeredAt - sentAt);
      lastAllowMs.push(Math.max(0, ...asked.filter(({ allowed }) => allowed).map(({ endedAt }) => endedAt - sentAt)));
      brokenPromises += asked.filter(({ allowed, startedAt }) => allowed && startedAt > answeredAt).length;
    } finally {
      await load.stop();
    }
  }
  return { lastAllowMs, answerMs, brokenPromises, requests };
}
