import { type Account } from '../core/account.ts';
import { uniqueKey } from '../core/device-facts.ts';
import { foldUsername } from '../core/pingone-ids.ts';

/**
 * All accounts, in memory, with what is looked up across accounts. PingID tells usernames apart exactly, case included;
 * PingOne does not look at case.
 */
export class Directory {
  /** In the order of creation, each with its number in that order. */
  readonly #accounts = new Map<string, { readonly number: number; readonly account: Account }>();
  #created = 0;
  readonly #guids = new Map<string, string>();
  /** Of the folded names that are not themselves somebody's name: whose they are, oldest first. */
  readonly #foldings = new Map<string, readonly string[]>();
  readonly #deviceIds = new Set<bigint>();
  /** How many devices have each unique key; counted when it is asked for the first time. */
  #keys: Map<string, number> | undefined;

  get size(): number {
    return this.#accounts.size;
  }

  find(username: string): Account | undefined {
    return this.#accounts.get(username)?.account;
  }

  findByGuid(guid: string): Account | undefined {
    const username = this.#guids.get(guid);
    return username === undefined ? undefined : this.find(username);
  }

  /** The oldest account whose name is the same without case. */
  findFolded(username: string): Account | undefined {
    const folded = foldUsername(username);
    const names = [folded, ...(this.#foldings.get(folded) ?? [])];
    const entries = names.map((name) => this.#accounts.get(name)).filter((entry) => entry !== undefined);
    return entries.sort((a, b) => a.number - b.number)[0]?.account;
  }

  /** Whether an account other than the one with `guid` has this name, without case. */
  isNameTaken(username: string, guid?: string): boolean {
    const folded = foldUsername(username);
    return [folded, ...(this.#foldings.get(folded) ?? [])].some((name) => {
      const account = this.find(name);
      return account !== undefined && account.guid !== guid;
    });
  }

  hasDevice(id: bigint): boolean {
    return this.#deviceIds.has(id);
  }

  isTaken(key: string): boolean {
    if (!this.#keys) {
      this.#keys = new Map();
      for (const { account } of this.#accounts.values()) this.#count(account, 1);
    }
    return this.#keys.has(key);
  }

  /**
   * Puts the account in the place of the one with this username; `undefined` removes it. An account with another username
   * is one that was renamed: it comes last then.
   */
  put(username: string, account: Account | undefined): void {
    const entry = this.#accounts.get(username);
    if (entry?.account === account) return;
    if (entry) this.#index(entry.account, -1);
    if (entry && account?.username !== username) {
      this.#accounts.delete(username);
      this.#guids.delete(entry.account.guid);
      this.#unfold(username);
    }
    if (!account) return;
    const known = this.#accounts.get(account.username);
    if (!known) {
      this.#created += 1;
      this.#guids.set(account.guid, account.username);
      const folded = foldUsername(account.username);
      if (folded !== account.username) this.#foldings.set(folded, [...(this.#foldings.get(folded) ?? []), account.username]);
    }
    this.#accounts.set(account.username, { number: known?.number ?? this.#created, account });
    this.#index(account, 1);
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

  #unfold(username: string): void {
    const folded = foldUsername(username);
    const left = this.#foldings.get(folded)?.filter((name) => name !== username) ?? [];
    if (left.length === 0) this.#foldings.delete(folded);
    else this.#foldings.set(folded, left);
  }

  #index(account: Account, step: 1 | -1): void {
    for (const devices of [account.devices, account.pending ?? []])
      for (const { id } of devices) {
        if (step === 1) this.#deviceIds.add(id);
        else this.#deviceIds.delete(id);
      }
    if (this.#keys) this.#count(account, step);
  }

  #count(account: Account, step: 1 | -1): void {
    const keys = (this.#keys ??= new Map<string, number>());
    for (const device of account.devices) {
      const key = uniqueKey(device.type, device.facts);
      if (key === undefined) continue;
      const count = (keys.get(key) ?? 0) + step;
      if (count === 0) keys.delete(key);
      else keys.set(key, count);
    }
  }
}
