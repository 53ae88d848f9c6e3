import { type RouteLine, routeLines } from './route-table.ts';

/** The roles of a caller by environment; `*` is every environment. */
export type Grants = Readonly<Record<string, readonly string[]>>;

export interface WalkAnswer {
  readonly status: number;
  readonly headers: object;
  readonly text: string;
}

export interface RouteWalk {
  /** As it is written down, see `writtenTable`. */
  readonly table: string;
  readonly roles: readonly string[];
  /** An environment that exists, and has what `parameters` name. */
  readonly environment: string;
  /** What stands for `:token` and the like; `x` for those that are left out. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Routes, as `POST /codec/encode`, that answer 403 even to who may call them. */
  readonly alwaysRefused?: readonly string[];
  /**
   * Sends a request with `{}` as its body where the method has one, the same request id each time, and a token with these grants, or
   * none.
   */
  readonly ask: (method: string, url: string, grants: Grants | undefined) => Promise<WalkAnswer>;
}

const [elsewhere, nowhere] = ['walk-elsewhere', 'walk-nowhere'];

/**
 * Asks for every route of the table as every kind of caller. For `expect(await routeWalkFaults(walk)).toEqual([])`. What it expects:
 * no token → 401, whatever the environment; without a role of the route → 403, even with the right one in another environment; nothing in
 * that environment → 404, to the byte as in one that does not exist; each right role, there or in `*` → neither 401 nor 403. A route
 * outside all environments counts roles in `*` only. A route with `signature` is 401 to whoever did not sign, with all roles as well.
 * @throws RangeError when no route has roles, for then nothing was walked
 */
export async function routeWalkFaults(walk: RouteWalk): Promise<readonly string[]> {
  const lines = routeLines(walk.table);
  if (!lines.some(({ callers }) => callers.some((caller) => walk.roles.includes(caller))))
    throw new RangeError('no route has a role');
  const faults: string[] = [];
  for (const line of lines) {
    const [only] = line.callers;
    if (only === 'public') continue;
    for (const method of line.method === 'GET' ? ['GET', 'HEAD'] : [line.method])
      faults.push(...(await faultsOf({ ...line, method }, walk)));
  }
  return faults;
}

async function faultsOf(line: RouteLine, walk: RouteWalk): Promise<readonly string[]> {
  const { method, pattern, callers } = line;
  const name = `${method} ${pattern}`;
  const strange = callers.filter((caller) => caller !== 'signature' && !walk.roles.includes(caller));
  if (strange.length > 0) return [`${name} names ${strange.join()}, which is no role`];
  const urlIn = (environment: string): string =>
    pattern.replaceAll(/:(\w+)/g, (_, parameter: string) =>
      parameter === 'environment' ? environment : (walk.parameters?.[parameter] ?? 'x'),
    );
  const [url, isInEnvironment] = [urlIn(walk.environment), pattern.includes(':environment')];
  const faults: string[] = [];
  const answers = async (who: string, grants: Grants | undefined, expected: string, isRight: (status: number) => boolean) => {
    const answer = await walk.ask(method, url, grants);
    if (!isRight(answer.status)) faults.push(`${name} answers ${answer.status} to ${who}, not ${expected}`);
    return answer;
  };

  if (callers.includes('signature')) {
    await answers('an unsigned request', undefined, '401', (status) => status === 401);
    await answers('all roles and no signature', { '*': walk.roles }, '401', (status) => status === 401);
    return faults;
  }
  await answers('no token', undefined, '401', (status) => status === 401);

  const missing = walk.roles.filter((role) => !callers.includes(role));
  for (const role of missing) {
    if (isInEnvironment) {
      const grants = { [walk.environment]: [role], [elsewhere]: callers };
      await answers(`${role} there, with the right roles elsewhere`, grants, '403', (status) => status === 403);
    }
    await answers(`${role} in *`, { '*': [role] }, '403', (status) => status === 403);
  }

  const mayPass = (status: number): boolean => status !== 401 && (status !== 403 || walk.alwaysRefused?.includes(name) === true);
  for (const role of callers) {
    const here = isInEnvironment ? walk.environment : '*';
    await answers(`${role} in ${here}`, { [here]: [role] }, 'to be let in', mayPass);
  }

  if (!isInEnvironment) {
    const grants = { [walk.environment]: walk.roles };
    await answers('all roles in one environment', grants, '403', (status) => status === 403);
    return faults;
  }
  await answers('the right roles in *', { '*': callers }, 'to be let in', mayPass);
  const foreign = { [elsewhere]: callers };
  const there = await answers('the right roles elsewhere', foreign, '404', (status) => status === 404);
  const absent = await walk.ask(method, urlIn(nowhere), foreign);
  if (told(there) !== told(absent))
    faults.push(`${name} tells strangers which environments there are: ${told(there)} ${told(absent)}`);
  return faults;
}

/** All that the caller sees, but the time. */
const told = ({ status, headers, text }: WalkAnswer): string =>
  JSON.stringify([
    status,
    Object.entries(headers)
      .filter(([header]) => header !== 'date')
      .sort(),
    text,
  ]);

interface Injected {
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: object;
}

/** The `ask` of a walk for a server in memory, e.g. by Fastify's `inject`. */
export const askInMemory =
  (
    inject: (request: Injected) => Promise<{ readonly statusCode: number; readonly headers: object; readonly payload: string }>,
    authorizationOf: (grants: Grants) => string,
  ): RouteWalk['ask'] =>
  async (method, url, grants) => {
    const { statusCode, headers, payload } = await inject({
      method: method as Injected['method'],
      url,
      headers: { 'x-request-id': 'walk', ...(grants && { authorization: authorizationOf(grants) }) },
      ...(['PATCH', 'POST', 'PUT'].includes(method) && { payload: {} }),
    });
    return { status: statusCode, headers, text: payload };
  };

/** Grants as the fixtures of the services read them: `walker:viewer@acme+token-admin@elsewhere`. */
export const walkerWith = (grants: Grants): string =>
  `Bearer walker:${Object.entries(grants)
    .map(([environment, roles]) => `${roles.join()}@${environment}`)
    .join('+')}`;
