import type { Instant } from '@tallystick/kernel-core';
import {
  afterAnswer,
  type CommandAnswer,
  type DeviceCommand,
  type DeviceJournal,
  type DeviceNote,
} from '@tallystick/tokens-domain';

/** The journal in memory; keeps `deviceJournalConformance`. Forgets nothing. */
export class InMemoryDeviceJournal implements DeviceJournal {
  /** False: every call fails, as when the store is away. */
  reachable = true;
  readonly #notes = new Map<string, Map<string, DeviceNote>>();

  async intend(commands: readonly DeviceCommand[], at: Instant): Promise<void> {
    await this.#reach();
    for (const command of commands) {
      const notes = this.#notes.get(command.enrolmentId) ?? new Map<string, DeviceNote>();
      if (!notes.has(command.command)) notes.set(command.command, { ...command, status: 'sending', intendedAt: at });
      this.#notes.set(command.enrolmentId, notes);
    }
  }

  async note(answers: readonly CommandAnswer[]): Promise<void> {
    await this.#reach();
    for (const answer of answers) {
      const notes = this.#notes.get(answer.enrolmentId);
      const note = notes?.get(answer.command);
      if (note) notes?.set(answer.command, afterAnswer(note, answer));
    }
  }

  async enrolledAnew(enrolmentId: string, at: Instant): Promise<void> {
    await this.#reach();
    const notes = this.#notes.get(enrolmentId);
    for (const [command, note] of notes ?? []) if (note.intendedAt < at) notes?.set(command, { ...note, status: 'lost' });
  }

  async find(enrolmentId: string, command: string): Promise<DeviceNote | undefined> {
    await this.#reach();
    return this.#notes.get(enrolmentId)?.get(command);
  }

  async read(enrolmentIds: readonly string[]): Promise<ReadonlyMap<string, readonly DeviceNote[]>> {
    await this.#reach();
    return new Map(
      enrolmentIds.flatMap((id) => {
        const notes = this.#notes.get(id);
        return notes ? [[id, [...notes.values()]] as const] : [];
      }),
    );
  }

  async #reach(): Promise<void> {
    await Promise.resolve();
    if (!this.reachable) throw new Error('the journal can not be reached');
  }
}
