import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { Redis, RedisScript } from '@tallystick/platform-redis';
import type { CommandAnswer, DeviceCommand, DeviceJournal, DeviceNote } from '@tallystick/tokens-domain';
import { NoteReader, writeCommand, writeHolds } from './note-text.ts';
import { noteAnswersScript } from './scripts/note-answers.script.ts';
import { noteEnrolledAnewScript } from './scripts/note-enrolled-anew.script.ts';
import { noteIntendScript } from './scripts/note-intend.script.ts';

export interface RedisDeviceJournalOptions {
  /** Before every key; default `tally`. */
  readonly prefix?: string;
  readonly environment: EnvironmentId;
  /** The target's name in its environment: two targets have nothing in common. */
  readonly target: string;
  /** A keyed digest that stays the same for as long as notes are kept: it stands for the device in the names of keys. */
  readonly nameOf: (enrolmentId: string) => string;
}

/** Commands in one script, which holds the server up for a few milliseconds. */
const commandsAtOnce = 100;
/** Devices that are read in one round trip; each is a command of its own, so the server attends to others in between. */
const devicesAtOnce = 250;

/**
 * The journal of one target on Redis 7: a hash for each device, command id → note, without the device's id, and gone 90 days after its last
 * change by the server's clock. A note that has not changed for 90 days also goes when something is intended for its device.
 * The Redis is one that evicts nothing (`maxmemory-policy noeviction`); what it loses all the same is sent and asked again.
 * Thousands of commands go in batches, one after another: when a call rejects, the first of them may have been noted, and it is safe to repeat.
 */
export class RedisDeviceJournal implements DeviceJournal {
  readonly #client: Redis;
  readonly #start: string;
  readonly #nameOf: (enrolmentId: string) => string;

  /** @param client from `connectRedis`, so that no call hangs when it is away. */
  constructor(client: Redis, { prefix = 'tally', environment, target, nameOf }: RedisDeviceJournalOptions) {
    this.#client = client;
    this.#start = `${prefix}:{journal-${environment}:${target}}`;
    this.#nameOf = nameOf;
  }

  async intend(commands: readonly DeviceCommand[], at: Instant): Promise<void> {
    await this.#inBatches(noteIntendScript, [at], commands, (one) => [one.command, writeCommand(one)]);
  }

  /** @throws RangeError when a digest is none. */
  async note(answers: readonly CommandAnswer[]): Promise<void> {
    await this.#inBatches(noteAnswersScript, [], answers, ({ command, status, answeredAt, holds }) => [
      ...[command, status, answeredAt ?? '', writeHolds(holds)],
    ]);
  }

  async enrolledAnew(enrolmentId: string, at: Instant): Promise<void> {
    await noteEnrolledAnewScript.run(this.#client, [this.#key(enrolmentId)], [at]);
  }

  /** @throws UnreadableRecord when what is stored is nothing that this version can read. */
  async find(enrolmentId: string, command: string): Promise<DeviceNote | undefined> {
    const text = await this.#client.hGet(this.#key(enrolmentId), command);
    return text === null ? undefined : new NoteReader().read(enrolmentId, command, text).note;
  }

  /** @throws UnreadableRecord when what is stored is nothing that this version can read. */
  async read(enrolmentIds: readonly string[]): Promise<ReadonlyMap<string, readonly DeviceNote[]>> {
    const reader = new NoteReader();
    const found = new Map<string, readonly DeviceNote[]>();
    for (let from = 0; from < enrolmentIds.length; from += devicesAtOnce) {
      const batch = enrolmentIds.slice(from, from + devicesAtOnce);
      const hashes = await Promise.all(batch.map((id) => this.#client.hGetAll(this.#key(id))));
      batch.forEach((id, index) => {
        const notes = Object.entries(hashes[index] ?? {}).map(([command, text]) => reader.read(id, command, text));
        if (notes.length === 0) return;
        notes.sort((left, right) => left.order - right.order);
        found.set(
          id,
          notes.map(({ note }) => note),
        );
      });
    }
    return found;
  }

  /** One batch after another: of two commands to one device the first stays the first, also when the server does not know the script yet. */
  async #inBatches<T extends { readonly enrolmentId: string }>(
    script: RedisScript,
    first: readonly (string | number)[],
    all: readonly T[],
    argsOf: (one: T) => readonly (string | number)[],
  ): Promise<void> {
    for (let from = 0; from < all.length; from += commandsAtOnce) {
      const places = new Map<string, number>(); // of the keys, as Lua counts
      const args = all.slice(from, from + commandsAtOnce).flatMap((one) => {
        const key = this.#key(one.enrolmentId);
        const place = places.get(key) ?? places.size + 1;
        places.set(key, place);
        return [place, ...argsOf(one)];
      });
      await script.run(this.#client, [...places.keys()], [...first, ...args]);
    }
  }

  #key(enrolmentId: string): string {
    return `${this.#start}:${this.#nameOf(enrolmentId)}`;
  }
}
