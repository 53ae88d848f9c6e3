import type { AccountHash, UserHash, UserRef } from '@tallystick/devices-domain';
import { connectionId } from '@tallystick/kernel-core';
import type { MakeStores, StoresUnderTest } from './source-record-store-conformance.ts';

/** The stores under test as the tests of both suites use them: opened once, with a fresh user for whoever asks. */
export class StoreBench {
  readonly #make: MakeStores;
  #stores: StoresUnderTest | undefined;
  #users = 0;

  constructor(make: MakeStores) {
    this.#make = make;
  }

  async open(): Promise<void> {
    this.#stores = await this.#make();
  }

  async close(): Promise<void> {
    await this.#stores?.close();
  }

  get stores(): StoresUnderTest {
    if (!this.#stores) throw new Error('the stores under test could not be made');
    return this.#stores;
  }

  /** A new user, alone in a new connection. */
  user(): UserRef {
    const user = this.#hash();
    return { environment: this.stores.environment, connection: connectionId(`c${this.#users}`), user };
  }

  /** Another user of the same connection. */
  userBeside(user: UserRef): UserRef {
    return { ...user, user: this.#hash() };
  }

  /** The name of an account that nobody has claimed. */
  account(): AccountHash {
    // Accounts are not inside an environment: the name of this one keeps them apart from those of other runs.
    const run = [...this.stores.environment].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 2 ** 32, 7);
    return (this.#hash().slice(0, 24) + run.toString(16).padStart(8, '0')) as unknown as AccountHash;
  }

  /** `[user, version]` of each wake-up of the user's connection that was not confirmed, sorted. */
  async pendingOf(connection: UserRef): Promise<string[][]> {
    const listed: string[][] = [];
    for await (const { user, version } of this.stores.records.pending(connection)) {
      if (user.environment !== connection.environment || user.connection !== connection.connection)
        throw new Error('a user of another connection is listed');
      listed.push([user.user, version]);
    }
    return listed.sort();
  }

  /** 32 hex digits, spread as those of a real hash are. */
  #hash(): UserHash {
    this.#users += 1;
    const spread = ((this.#users * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0');
    return (spread + this.#users.toString(16).padStart(24, '0')) as UserHash;
  }
}
