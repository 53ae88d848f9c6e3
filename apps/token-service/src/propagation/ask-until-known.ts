import { setTimeout as pause } from 'node:timers/promises';

/** What is asked again after a failure, and how the pauses grow. */
export interface Asked<T> {
  readonly ask: () => Promise<T>;
  /** Of the first failure only: the next ones say nothing new. */
  readonly onFailure: (error: unknown) => void;
  /** False: nobody wants to know any more. */
  readonly isWanted: () => boolean;
  readonly firstPauseMs?: number;
}

const longestPauseMs = 60_000;

/** The answer, however often it takes; undefined once it is not wanted any more. Keeps no process alive. */
export async function askUntilKnown<T>({ ask, onFailure, isWanted, firstPauseMs = 1_000 }: Asked<T>): Promise<T | undefined> {
  for (let attempt = 0; isWanted(); attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 0) onFailure(error);
    }
    await pause(Math.min(firstPauseMs * 2 ** attempt, longestPauseMs), undefined, { ref: false });
  }
  return undefined;
}
