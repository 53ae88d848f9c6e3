import { instant } from '@tallystick/kernel-core';
import {
  type CommandAnswer,
  type CommandStatus,
  commandStatuses,
  type DeviceCommand,
  type DeviceNote,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { readRecord, UnreadableRecord } from './unreadable-record.ts';

/**
 * What is kept of a note, as one JSON array: changed at (by Redis), order, status, intended at, answered at or null, digest of what the
 * device holds (null: nothing; false: it has not said), and the command. The scripts put it together and take it apart as text
 * (see `notePrelude`): another form needs other scripts. Taken apart as text here too: a target may have 300,000 notes, which are all read
 * to count its devices, and a schema takes ten times as long.
 */
const form = /^\[\d{1,16},(\d{1,16}),"([a-z-]+)",(-?\d{1,16}),(null|-?\d{1,16}),(null|false|"[\w.:+/=-]{1,256}"),(\{.+\})\]$/;
const statuses: ReadonlySet<string> = new Set(commandStatuses);
const isStatus = (text: string | undefined): text is CommandStatus => text !== undefined && statuses.has(text);

const storedCommand = z.object({ delivery: z.string(), kind: z.enum(['set', 'read']), attempt: z.int(), round: z.int() });

/** The part of a note that never changes; without the device, which only who asks can name, and the id, which is the field's name. */
export const writeCommand = ({ delivery, kind, attempt, round }: DeviceCommand): string =>
  JSON.stringify({ delivery, kind, attempt, round });

/**
 * As the scripts take it: JSON, or nothing when the answer says nothing of it.
 * @throws RangeError on a text that is no digest.
 */
export function writeHolds(holds: CommandAnswer['holds']): string {
  if (holds === undefined) return '';
  if (holds !== null && !/^[\w.:+/=-]{1,256}$/.test(holds))
    throw new RangeError('a digest has 1–256 letters, digits and ".", ":", "+", "/", "=", "_" or "-"');
  return JSON.stringify(holds);
}

/** Reads many notes: most of them have their command, but for its id and its device, in common with others. */
export class NoteReader {
  readonly #commands = new Map<string, z.infer<typeof storedCommand>>();

  /** @throws UnreadableRecord on anything that the scripts of this version do not write. */
  read(enrolmentId: string, command: string, text: string): { readonly order: number; readonly note: DeviceNote } {
    const [, order, status, intendedAt, answeredAt, holds, rest] = form.exec(text) ?? [];
    if (rest === undefined || !isStatus(status))
      throw new UnreadableRecord('a note of a device is not of the form of this version');
    const known = this.#commands.get(rest) ?? readRecord(storedCommand, rest, 'the command of a note of a device');
    this.#commands.set(rest, known);
    const note: DeviceNote = {
      ...{ enrolmentId, command, ...known, status, intendedAt: instant(Number(intendedAt)) },
      ...(answeredAt !== 'null' && { answeredAt: instant(Number(answeredAt)) }),
      ...(holds !== 'false' && { holds: holds === 'null' ? null : String(holds).slice(1, -1) }),
    };
    return { order: Number(order), note };
  }
}
