import { noteUsed } from './used-values.ts';

/** What the demo and the end-to-end tests look at behind the provider's API, through the simulator's admin API. */
export interface SeenDevice {
  readonly deviceId: string;
  readonly nickname: string;
  readonly type: string;
  readonly role: string;
  readonly value: string;
}
export interface SeenUser {
  readonly username: string;
  readonly status: string;
  readonly devices: readonly SeenDevice[];
}
export interface SeenCall {
  readonly n: number;
  readonly op: string;
  readonly username: string;
  readonly deviceId?: string;
  readonly attributeName?: string;
  /** null: the call got no answer. */
  readonly status: number | null;
  readonly errorId: number | null;
  /** The fault that was put into this call. */
  readonly fault?: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

export interface SeenCounters {
  readonly calls: number;
  readonly writes: number;
  readonly inFlight: { readonly now: number };
  /** By operation; those that were never called are missing. */
  readonly operations: Readonly<Record<string, { readonly calls: number }>>;
}

interface RawDevice {
  readonly deviceId: string | number;
  readonly nickname: string;
  readonly type: string;
  readonly deviceRole: string | null;
  readonly displayID: string | null;
}
interface RawUser {
  readonly userName: string;
  readonly status: string;
  readonly devicesDetails: readonly RawDevice[] | null;
}

export class SeenDirectory {
  readonly #base: string;
  constructor(simulatorUrl: string) {
    this.#base = simulatorUrl;
  }

  async user(username: string): Promise<SeenUser | undefined> {
    const response = await fetch(`${this.#base}/admin/users/${encodeURIComponent(username)}`);
    if (response.status === 404) return undefined;
    return seen((await this.#json(response)) as RawUser);
  }

  async users(): Promise<SeenUser[]> {
    const users: SeenUser[] = [];
    for (let cursor: string | null = '0'; cursor !== null;) {
      const page = (await this.#json(await fetch(`${this.#base}/admin/users?limit=1000&cursor=${cursor}`))) as {
        users: RawUser[];
        nextCursor: string | null;
      };
      users.push(...page.users.map(seen));
      cursor = page.nextCursor;
    }
    return users;
  }

  /** Calls after number `since`, oldest first. */
  async calls(since: number, username?: string): Promise<SeenCall[]> {
    const query = new URLSearchParams({ since: String(since), ...(username === undefined ? {} : { username }) });
    return ((await this.#json(await fetch(`${this.#base}/admin/calls?${query.toString()}`))) as { calls: SeenCall[] }).calls;
  }

  async lastCall(): Promise<number> {
    return (await this.calls(0)).at(-1)?.n ?? 0;
  }

  /** Calls that were meant to change something, and all of them, since the start or the last reset. */
  async counters(): Promise<SeenCounters> {
    return (await this.#json(await fetch(`${this.#base}/admin/counters`))) as SeenCounters;
  }

  async removeDevice(username: string, deviceId: string): Promise<void> {
    const device = `/admin/users/${encodeURIComponent(username)}/devices/${deviceId}`;
    const answer = await fetch(`${this.#base}${device}`, { method: 'DELETE' });
    if (!answer.ok) throw new Error(`the simulator answers ${answer.status} to the removal of a device`);
  }

  async addOwnDevice(username: string, device: Readonly<Record<string, string>>): Promise<void> {
    await this.#json(await this.#send('POST', `/admin/users/${encodeURIComponent(username)}/devices`, device));
  }

  async setFaults(faults: readonly object[]): Promise<void> {
    await this.#json(await this.#send('PUT', '/admin/faults', faults));
  }

  /** Changes the settings that it names, and nothing else. */
  async change(settings: object): Promise<void> {
    await this.#json(await this.#send('PUT', '/admin/settings', settings));
  }

  async reset(body: object): Promise<void> {
    await this.#json(await this.#send('POST', '/admin/reset', body));
  }

  #send(method: string, path: string, body: unknown): Promise<Response> {
    const text = JSON.stringify(body);
    noteUsed(text);
    return fetch(`${this.#base}${path}`, { method, headers: { 'content-type': 'application/json' }, body: text });
  }

  async #json(response: Response): Promise<unknown> {
    const text = await response.text();
    if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${text.slice(0, 300)}`);
    // Device ids are bare 64-bit numbers: as JavaScript numbers they would not be the same ids any more.
    return JSON.parse(text.replace(/"deviceId":\s*(\d+)/g, '"deviceId":"$1"')) as unknown;
  }
}

const seen = (user: RawUser): SeenUser => ({
  username: user.userName,
  status: user.status,
  devices: (user.devicesDetails ?? []).map((device) => ({
    deviceId: String(device.deviceId),
    nickname: device.nickname,
    type: device.type,
    role: device.deviceRole ?? '',
    value: device.displayID ?? '',
  })),
});
