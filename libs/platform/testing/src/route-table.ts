/** Who may call a route, as a library for HTTP says it of a registered route. */
export interface RegisteredRoute {
  readonly method: string;
  readonly pattern: string;
  readonly access:
    'closed' | { readonly kind: 'public' | 'signature' } | { readonly kind: 'roles'; readonly anyOf: readonly string[] };
}

/** A line of a table of routes: `GET /v1/environments/:environment/tokens  viewer token-admin`, or `public`, `signature`, `closed`. */
export interface RouteLine {
  readonly method: string;
  readonly pattern: string;
  readonly callers: readonly string[];
}

/** What every service serves besides its own: the first lines of its table. */
export const operationalRoutes = `
GET    /health/live  public
GET    /health/ready  public
GET    /metrics  public
GET    /docs/swagger-ui-init.js  public
GET    /docs/docs/swagger-ui-init.js  public
GET    /docs  public
GET    /docs/index.html  public
GET    /docs/LICENSE  public
GET    /docs/  public
GET    /docs/*  public
GET    /openapi.json  public
`;

const wordsOf = ({ access }: RegisteredRoute): string =>
  access === 'closed' ? access : access.kind === 'roles' ? access.anyOf.join(' ') : access.kind;

const written = ({ method, pattern, callers }: RouteLine): string => `${method} ${pattern}  ${[...callers].sort().join(' ')}`;

/** A table that somebody wrote: a route on each line, in any order, with any spaces. @throws SyntaxError on a line that is none */
export function routeLines(table: string): readonly RouteLine[] {
  const lines = table.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [method, pattern, ...callers] = line.trim().split(/\s+/);
    if (!method || !pattern?.startsWith('/') || callers.length === 0)
      throw new SyntaxError(`no line of a table of routes: ${line}`);
    return { method, pattern, callers };
  });
}

/**
 * Both sides of `expect(registeredTable(await everyRoute(app))).toEqual(writtenTable(table))`, which fails until every route is written
 * down with its callers. The order of routes and of roles counts for nothing; a `HEAD` that is as its `GET` is not written.
 */
export const writtenTable = (table: string): readonly string[] => routeLines(table).map(written).sort();

/** See {@link writtenTable}. */
export function registeredTable(routes: readonly RegisteredRoute[]): readonly string[] {
  const lines = routes.map((route) => written({ ...route, callers: wordsOf(route).split(' ') }));
  const known = new Set(lines);
  return lines.filter((line) => !(line.startsWith('HEAD ') && known.has(line.replace('HEAD', 'GET')))).sort();
}
