import { type Account } from '../core/account.ts';
import { uniqueKey } from '../core/device-facts.ts';

/** All accounts, in memory, with what is looked up across accounts. Usernames are told apart exactly, case included. */
export class Directory {
  /** In the order of creation, each with its number in that order. */
  readonly #accounts = new Map<string, { readonly number: number; readonly account: Account }>();
  #created = 0;
  readonly #owners = new Map<bigint, string>();
  readonly #keys = new Map<string, number>();

  get size(): number {
    return this.#accounts.size;
  }

  find(username: string): Account | undefined {
    return this.#accounts.get(username)?.account;
  }

  hasDevice(id: bigint): boolean {
    return this.#owners.has(id);
  }

  isTaken(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Puts the account in the place of the one with this username; `undefined` removes it. */
  put(username: string, account: Account | undefined): void {
    const entry = this.#accounts.get(username);
    if (entry?.account === account) return;
    if (entry) this.#index(entry.account, -1);
    if (account) {
      if (!entry) this.#created += 1;
      this.#accounts.set(username, { number: entry?.number ?? this.#created, account });
      this.#index(account, 1);
    } else {
      this.#accounts.delete(username);
    }
  }

  /** Up to `limit` accounts created after the one with number `after`, oldest first, and the number to go on from. */
  page(after: number, limit: number): { readonly accounts: readonly Account[]; readonly next: number | null } {
    const accounts: Account[] = [];
    let last = after;
    for (const { number, account } of this.#accounts.values()) {
      if (number <= after) continue;
      if (accounts.length === limit) return { accounts, next: last };
      accounts.push(account);
      last = number;
    }
    return { accounts, next: null };
  }

  #index(account: Account, step: 1 | -1): void {
    for (const device of account.devices) {
      if (step === 1) this.#owners.set(device.id, account.username);
      else this.#owners.delete(device.id);
      const key = uniqueKey(device.type, device.facts);
      if (key === undefined) continue;
      const count = (this.#keys.get(key) ?? 0) + step;
      if (count === 0) this.#keys.delete(key);
      else this.#keys.set(key, count);
    }
  }
}
