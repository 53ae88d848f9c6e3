/** A string or number that only its own constructor hands out, so that an environment can't be passed where a username is meant. */
export type Branded<T, B extends string> = T & { readonly __brand: B };

/** The tenant. Every key, topic key, workflow id, metric and route carries it. Lower-case letters, digits and `-`, 1–63 characters. */
export type EnvironmentId = Branded<string, 'EnvironmentId'>;

/** One directory and its settings inside an environment; same alphabet as {@link EnvironmentId}. */
export type ConnectionId = Branded<string, 'ConnectionId'>;

const name = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** True when `text` may be an environment or connection id: it then needs no escaping in keys, topics, ids and routes. */
export const isName = (text: string): boolean => name.test(text);

/** @throws RangeError on a text that is no name; outside input is checked by its schema first. */
export function environmentId(text: string): EnvironmentId {
  if (!isName(text)) throw new RangeError('an environment id has 1–63 characters of a–z, 0–9 and "-"');
  return text as EnvironmentId;
}

/** @throws RangeError on a text that is no name; outside input is checked by its schema first. */
export function connectionId(text: string): ConnectionId {
  if (!isName(text)) throw new RangeError('a connection id has 1–63 characters of a–z, 0–9 and "-"');
  return text as ConnectionId;
}
