import { routeLines } from './route-table.ts';
import type { WalkAnswer } from './route-walk.ts';

export interface ForeignWalk {
  /** As it is written down, see `writtenTable`. */
  readonly table: string;
  /** Of a caller with every role in `own`, and none elsewhere. */
  readonly authorization: string;
  /** Both are there, and have what `ids` name in the other one. */
  readonly own: string;
  readonly other: string;
  /** What stands for `:token` and the like: one of the other environment, and one of the same form that nobody has. */
  readonly ids: Readonly<Record<string, { readonly foreign: string; readonly unknown: string }>>;
  /** An Idempotency-Key that was used in the other environment. */
  readonly usedKey: string;
  /** Routes, as `PUT /v1/…`, that make what the path names: there an id of the other environment is one that is free. */
  readonly making?: readonly string[];
  /** Bodies with which a route gets as far as looking for its ids; `{ reason }` for all others. */
  readonly bodies?: Readonly<Record<string, object>>;
  readonly ask: (
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    body: object | undefined,
  ) => Promise<WalkAnswer>;
}

const nowhere = 'walk-nowhere';

/** Ways to write a part of a path that a server, a cache or a proxy might read as the same or as something else. */
const forms: readonly ((part: string) => string)[] = [
  (part) => part,
  (part) => `%${part.charCodeAt(0).toString(16)}${part.slice(1)}`,
  (part) => part.toUpperCase(),
  (part) => `${part}/`,
  (part) => `${part}%00`,
  (part) => `${part}%2f..%2f${part}`,
];

/**
 * Asks for everything of another environment by every route that has an environment in its path. For
 * `expect(await foreignWalkFaults(walk)).toEqual([])`. What it expects: the other environment, and what is in it, under its own path or
 * under the caller's, is answered as one that nobody has: the same status, the same headers, the same body, however it is written and
 * whatever key comes with it.
 */
export async function foreignWalkFaults(walk: ForeignWalk): Promise<{
  readonly asked: number;
  readonly faults: readonly string[];
  /** Routes with ids that answered the plain request otherwise than 404: what they look at before. */ readonly before: readonly string[];
}> {
  const faults: string[] = [];
  const before: string[] = [];
  let asked = 0;
  for (const { method, pattern, callers } of routeLines(walk.table)) {
    if (!pattern.includes('/:environment') || ['public', 'signature', 'closed'].includes(callers[0] ?? '')) continue;
    const name = `${method} ${pattern}`;
    const named = [...pattern.matchAll(/:(\w+)/g)]
      .map(([, parameter = '']) => parameter)
      .filter((one) => Object.hasOwn(walk.ids, one));
    const urlOf = (environment: string, kind: 'foreign' | 'unknown', form: (part: string) => string, at: 'environment' | 'ids') =>
      pattern.replaceAll(/:(\w+)/g, (_, parameter: string) => {
        if (parameter === 'environment') return at === 'environment' ? form(environment) : environment;
        const id = walk.ids[parameter]?.[kind] ?? 'x';
        return at === 'ids' && named.includes(parameter) ? form(id) : id;
      });
    const body = ['PATCH', 'POST', 'PUT'].includes(method) ? (walk.bodies?.[name] ?? { reason: 'a walk' }) : undefined;
    const keys = method === 'GET' ? [undefined] : ['a-fresh-key', walk.usedKey];
    for (const form of forms)
      for (const key of keys) {
        const pairs: [string, string][] = [
          [urlOf(walk.other, 'foreign', form, 'environment'), urlOf(nowhere, 'unknown', form, 'environment')],
        ];
        if (named.length > 0 && !walk.making?.includes(name))
          pairs.push([urlOf(walk.own, 'foreign', form, 'ids'), urlOf(walk.own, 'unknown', form, 'ids')]);
        for (const [foreign, unknown] of pairs) {
          const headers = { authorization: walk.authorization, 'x-request-id': 'walk', ...(key && { 'idempotency-key': key }) };
          const answers = [
            await walk.ask(method, foreign, headers, body),
            await walk.ask(method, unknown, { ...headers, ...(key && { 'idempotency-key': 'a-fresh-key' }) }, body),
          ];
          const [said, expected] = answers.map(told);
          asked += 1;
          const status = answers[0]?.status ?? 0;
          if (form === forms[0] && key !== walk.usedKey && foreign.includes(`/${walk.own}/`) && status !== 404)
            before.push(`${name} ${status}`);
          if (said !== expected) faults.push(`${method} ${foreign} (${key ?? 'no key'}): ${said} and not ${expected}`);
          if (status < 400 && foreign.startsWith(`/v1/environments/${walk.other}`))
            faults.push(`${method} ${foreign} was answered ${status}`);
        }
      }
  }
  return { asked, faults, before };
}

/** All that the caller sees, but the time. */
const told = ({ status, headers, text }: WalkAnswer): string =>
  JSON.stringify([status, Object.entries(headers).filter(([header]) => header !== 'date').sort(), text]); // prettier-ignore
