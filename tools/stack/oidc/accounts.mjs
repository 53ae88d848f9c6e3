// The accounts of the provider: ready ones, and those that tests register, in one file that a person may edit while it runs.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * An OAuth client, by its id. `roles` is the claim of its tokens, `{ "<environment>" | "*": ["viewer", …] }`; `subject` their `sub`
 * (default: the id); `token_seconds` how long they live (default: eight hours).
 * @typedef {{ client_secret: string, roles: Record<string, string[]>, subject?: string, token_seconds?: number } & Record<string, unknown>} Account
 */

/** The secret of every ready account. Whoever runs a program on this machine may use them: they open nothing elsewhere. */
export const readySecret = 'local-use-only';

/** The public client that the command line is, as long as nobody tells it another. */
export const cliClient = 'tallystick-cli';

/** @type {Record<string, string[]>} the roles of each ready account, in every environment */
const readyRoles = {
  viewer: ['viewer'],
  operator: ['operator', 'viewer'],
  'token-admin': ['token-admin', 'viewer'],
  'second-admin': ['approver', 'token-admin', 'viewer'],
  auditor: ['auditor', 'viewer'],
  'validator-caller': ['validator-caller'],
  worker: ['token-admin', 'viewer'],
};

/** @type {Readonly<Record<string, Account>>} */
export const readyAccounts = Object.fromEntries(
  Object.entries(readyRoles).map(([id, names]) => [id, { client_secret: readySecret, roles: { '*': names } }]),
);

/** @param {string} path */
export class AccountsFile {
  /** @param {string} path  made with the ready accounts when it is not there */
  constructor(path) {
    this.path = path;
    try {
      readFileSync(path);
    } catch {
      this.#write(readyAccounts);
    }
  }

  /** @param {string} id @returns {Account | undefined} as the file says now */
  find(id) {
    const all = this.#read();
    return Object.hasOwn(all, id) ? all[id] : undefined;
  }

  /** @param {string} id @param {Account} account */
  save(id, account) {
    this.#write({ ...this.#read(), [id]: account });
  }

  /** @returns {Record<string, Account>} */
  #read() {
    return JSON.parse(readFileSync(this.path, 'utf8'));
  }

  /** @param {Record<string, Account>} accounts */
  #write(accounts) {
    writeFileSync(`${this.path}.new`, `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path); // a reader never sees half of it
  }
}
