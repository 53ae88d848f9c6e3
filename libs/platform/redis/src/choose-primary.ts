import type { HostPort } from './redis-client.ts';

/** What one sentinel says about the primary that it watches. */
export interface SentinelAnswer extends HostPort {
  /** The sentinel's own id; two names of one sentinel are one voice. */
  readonly sentinelId: string;
  /** Grows with each fail-over. */
  readonly configEpoch: number;
  /** Replicas that it knows of, also those that are away. */
  readonly replicas: number;
}

export interface ChosenPrimary extends HostPort {
  readonly configEpoch: number;
  /** The most that one of those who agree knows of. */
  readonly replicas: number;
}

/**
 * The primary that a majority of the *configured* sentinels names at the newest config epoch that any of them has seen; undefined when there is
 * none. A sentinel that was cut off together with the old primary goes on naming it; so whoever answers first must not decide.
 */
export function choosePrimary(answers: readonly SentinelAnswer[], configured: number): ChosenPrimary | undefined {
  const voices = [...new Map(answers.map((answer) => [answer.sentinelId, answer])).values()];
  const configEpoch = Math.max(...voices.map((voice) => voice.configEpoch));
  const newest = voices.filter((voice) => voice.configEpoch === configEpoch);
  const majority = Math.floor(configured / 2) + 1;
  for (const { host, port } of newest) {
    const agreed = newest.filter((voice) => voice.host === host && voice.port === port);
    if (agreed.length >= majority) return { host, port, configEpoch, replicas: Math.max(...agreed.map((one) => one.replicas)) };
  }
  return undefined;
}
