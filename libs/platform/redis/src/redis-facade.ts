import type { Redis } from './redis-client.ts';

/** Hears what is published. */
export type Listener = (message: string, channel: string) => void;

/** What the client has of its own, whichever connection there is. */
export interface FacadeCalls {
  readonly close: () => Promise<void>;
  readonly destroy: () => void;
  readonly subscribe: (channel: string, listener: Listener) => Promise<void>;
  readonly unsubscribe: (channel: string, listener: Listener) => Promise<void>;
  readonly isOpen: () => boolean;
}

/** What would stay with one connection without anybody noticing. */
const notKept = new Set<string | symbol>([
  ...['on', 'once', 'off', 'addListener', 'removeListener', 'connect', 'duplicate', 'createPool', 'monitor', 'watch'],
  ...['select', 'pSubscribe', 'pUnsubscribe', 'sSubscribe', 'sUnsubscribe'],
]);

/** Looks like the client that there is now, whichever that is. */
export function facade(current: () => Redis, calls: FacadeCalls): Redis {
  let bound = new Map<string | symbol, unknown>();
  let boundTo: Redis | undefined;
  return new Proxy({} as Redis, {
    get: (_, name) => {
      if (name === 'isOpen') return calls.isOpen();
      if (Object.hasOwn(calls, name)) return calls[name as keyof FacadeCalls];
      if (notKept.has(name))
        throw new TypeError(`"${String(name)}" does not outlive a connection, so a client of connectRedis does not have it`);
      const client = current();
      if (client !== boundTo) {
        boundTo = client;
        bound = new Map();
      }
      const known = bound.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(client, name, client);
      if (typeof value !== 'function') return value;
      const method: unknown = (value as (...args: unknown[]) => unknown).bind(client);
      bound.set(name, method);
      return method;
    },
  });
}
