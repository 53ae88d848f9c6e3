import type { Instant } from '@tallystick/kernel-core';

/**
 * What became of a command to a device. `sending`: about to be sent, and it may have been. `queued`: the MDM took it. `not-now`: the device
 * will take it later. Final are `acknowledged` and `error`, the device's own answers, and `lost`: the device was enrolled anew, and
 * what was queued for it or done by it is gone.
 */
export const commandStatuses = ['sending', 'queued', 'not-now', 'acknowledged', 'error', 'lost'] as const;
export type CommandStatus = (typeof commandStatuses)[number];

/** A command of a delivery to one device. A device and a command's id name it; the same command is never another one's. */
export interface DeviceCommand {
  readonly enrolmentId: string;
  readonly command: string;
  /** Name of the delivery that it belongs to. */
  readonly delivery: string;
  /** Sets the app's configuration, or asks the device what it holds. */
  readonly kind: 'set' | 'read';
  /** How often the delivery set it on this device, from 1 on; of a question: the attempt that it comes after. */
  readonly attempt: number;
  /** Of a question: which one. 0 elsewhere. */
  readonly round: number;
}

export interface DeviceNote extends DeviceCommand {
  readonly status: CommandStatus;
  /** By our clock. */
  readonly intendedAt: Instant;
  /** Of `not-now`, `acknowledged` and `error`, by the MDM's clock: compared with one another only. */
  readonly answeredAt?: Instant;
  /** Keyed digest of the value that the device said it holds; null: it said that it holds none. */
  readonly holds?: string | null;
}

export interface CommandAnswer {
  readonly enrolmentId: string;
  readonly command: string;
  readonly status: Exclude<CommandStatus, 'sending' | 'lost'>;
  readonly answeredAt?: Instant;
  readonly holds?: string | null;
}

const rank: Record<CommandStatus, number> = { sending: 0, queued: 1, 'not-now': 2, acknowledged: 3, error: 3, lost: 3 };

/** A note never goes back, and the first final answer stays: answers come late, twice, and replayed. */
export function afterAnswer(note: DeviceNote, { status, answeredAt, holds }: CommandAnswer): DeviceNote {
  if (rank[status] <= rank[note.status]) return note;
  return { ...note, status, ...(answeredAt !== undefined && { answeredAt }), ...(holds !== undefined && { holds }) };
}

/**
 * What devices answered to the commands of one target. Holds no value, only keyed digests. Each method is one step for each command, also
 * beside others, and rejects when the store is away. Notes are kept for 90 days after they last changed, or longer.
 * Implementations pass `deviceJournalConformance`.
 */
export interface DeviceJournal {
  /** Before commands are sent: from here on their answers count. One that is noted already stays as it is. */
  intend(commands: readonly DeviceCommand[], at: Instant): Promise<void>;
  /** By {@link afterAnswer}. A command that was never intended for that device changes nothing. */
  note(answers: readonly CommandAnswer[]): Promise<void>;
  /** Every note of the device that was intended before `at` is `lost`, also answered ones. */
  enrolledAnew(enrolmentId: string, at: Instant): Promise<void>;
  find(enrolmentId: string, command: string): Promise<DeviceNote | undefined>;
  /** All notes of these devices, in the order in which they were intended; a device without any is left out. */
  read(enrolmentIds: readonly string[]): Promise<ReadonlyMap<string, readonly DeviceNote[]>>;
}
