import type { HoldId, PassKind, PassStage } from '@tallystick/devices-domain';
import type { PassPage } from '@tallystick/devices-workflow-api';

/** What a run hands on to the next one that continues it: cursors and sums, never users. */
export interface PassProgress {
  readonly stage: Exclude<PassStage, 'paused'>;
  readonly pausedAt?: number;
  /** Of the connection, as the pass began. */
  readonly users: number;
  /** Shards that nobody has begun, and the next page of those that somebody has. */
  readonly shards: readonly string[];
  readonly pages: readonly PassPage[];
  readonly planned: number;
  readonly applied: number;
  /** Users that were woken. */
  readonly woken: number;
  readonly applyCursor?: string;
  readonly hold?: HoldId;
  /** When planning began, put off by the time that it was paused: for the estimate. */
  readonly since: number;
}

export interface PassLimits {
  /** A run that began so many activities, or was told so much, continues in a new one. */
  readonly begun: number;
  /** The same for a run of before that was counted: when so many events are in its history. */
  readonly historyEvents: number;
  /** Shards at one time. */
  readonly sideBySide: number;
  /** How often a hold is asked about that nobody has told of. */
  readonly askHoldEveryMs: number;
  /** A cancelled pass gives its pages under way so long to end. */
  readonly graceMs: number;
}

export const usualLimits: PassLimits = {
  begun: 250, // at six or seven events each, with the tasks around them
  historyEvents: 2_000,
  sideBySide: 4,
  askHoldEveryMs: 600_000,
  graceMs: 60_000,
};

/** What an operator reads in the Temporal UI. */
export function passDetails(kind: PassKind, progress: PassProgress, shown: PassStage, now: number): string {
  const { stage, users, planned, applied, woken, hold } = progress;
  const share = users === 0 ? 100 : Math.min(100, Math.floor((100 * planned) / users));
  const left = shown === 'planning' ? leftMs(progress, now) : undefined;
  return [
    `**${kind}: ${shown}**${shown === 'paused' ? ` while ${stage}` : ''}`,
    '',
    `- planned: ${planned} of ${users} (${share} %)`,
    ...(left === undefined ? [] : [`- about ${minutes(left)} left`]),
    ...(stage === 'applying' || applied > 0 ? [`- applied: ${applied}, of ${woken} woken`] : []),
    ...(hold === undefined ? [] : [`- hold: \`${hold}\``]),
  ].join('\n');
}

/** From the pace so far; the budget sets it. */
function leftMs({ users, planned, since }: PassProgress, now: number): number | undefined {
  if (planned === 0 || now <= since || planned >= users) return undefined;
  return ((now - since) / planned) * (users - planned);
}

const minutes = (ms: number): string => (ms < 90_000 ? `${Math.ceil(ms / 1_000)} seconds` : `${Math.ceil(ms / 60_000)} minutes`);
