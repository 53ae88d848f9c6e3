import { describe, expect, it } from '@jest/globals';
import { registeredTable, routeLines, writtenTable } from './route-table.ts';
import { type Grants, type RouteWalk, routeWalkFaults } from './route-walk.ts';

const roles = ['viewer', 'admin', 'auditor'];
const table = `
GET   /health                             public
GET   /v1/environments/:environment/things      viewer admin
POST  /v1/environments/:environment/things/:id  admin
POST  /v1/everywhere                            admin
POST  /v1/environments/:environment/hook        signature
`;

/** A service of these routes that does all right. `of` may change what it answers. */
const walkOf = (of: (url: string, grants: Grants, status: number) => number | string = (_, __, status) => status): RouteWalk => ({
  table,
  roles,
  environment: 'acme',
  ask: (method, url, grants) => {
    const line = routeLines(table).find(({ method: own, pattern }) => {
      const form = new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`);
      return own === method.replace('HEAD', 'GET') && form.test(url);
    });
    const environment = /environments\/([^/]+)/.exec(url)?.[1];
    const granted = [...(grants?.['*'] ?? []), ...(grants?.[environment ?? '*'] ?? [])];
    const judged = (): number => {
      if (!grants || line?.callers.includes('signature')) return 401;
      if (line?.callers.some((role) => granted.includes(role))) return 200;
      return environment && granted.length === 0 ? 404 : 403;
    };
    const changed = of(url, grants ?? {}, judged());
    const [status, text] = typeof changed === 'string' ? [404, changed] : [changed, ''];
    return Promise.resolve({ status, headers: { date: String(Math.random()) }, text });
  },
});

describe('the table of routes', () => {
  it('is the same in any order, with a HEAD for each GET or without', () => {
    const admin = { kind: 'roles', anyOf: ['admin'] } as const;
    const both = { kind: 'roles', anyOf: ['admin', 'viewer'] } as const;
    const things = '/v1/environments/:environment/things';
    const registered = [
      { method: 'POST', pattern: '/v1/everywhere', access: admin },
      { method: 'GET', pattern: '/health', access: { kind: 'public' } },
      { method: 'HEAD', pattern: '/health', access: { kind: 'public' } },
      { method: 'GET', pattern: things, access: both },
      { method: 'HEAD', pattern: things, access: both },
      { method: 'POST', pattern: `${things}/:id`, access: admin },
      { method: 'POST', pattern: '/v1/environments/:environment/hook', access: { kind: 'signature' } },
    ] as const;
    expect(registeredTable(registered)).toEqual(writtenTable(table));
  });

  it.each([
    ['public', { kind: 'public' }],
    ['closed', 'closed'],
    ['viewer', { kind: 'roles', anyOf: ['viewer'] }],
  ] as const)('has a line of its own for a HEAD that is not as its GET, and for a route that became %s', (_, access) => {
    const head = { method: 'HEAD', pattern: '/x', access } as const;
    const get = { method: 'GET', pattern: '/x', access: { kind: 'roles', anyOf: ['admin'] } } as const;
    expect(registeredTable([head, get])).toHaveLength(2);
    expect(registeredTable([{ ...get, access }])).not.toEqual(registeredTable([get]));
  });

  it('has callers on every line', () => {
    expect(() => routeLines('GET /v1/things')).toThrow('no line of a table of routes: GET /v1/things');
  });
});

describe('the walk', () => {
  const things = '/v1/environments/acme/things';

  it('finds nothing where all is right', async () => {
    expect(await routeWalkFaults(walkOf())).toEqual([]);
  });

  it.each([
    ['an open route', (url: string) => url === things, 200, /GET .*things answers 200 to no token, not 401/],
    [
      'a role too many',
      (url: string, { '*': all }: Grants) => url === things && all?.[0] === 'auditor',
      200,
      /auditor in \*, not 403/,
    ],
    [
      'a role that is refused',
      (url: string, { acme }: Grants) => url === things && acme?.[0] === 'admin',
      403,
      /403 to admin in acme/,
    ],
    [
      'roles of elsewhere',
      (url: string, { acme }: Grants) => url === things && acme?.[0] === 'auditor',
      200,
      /elsewhere, not 403/,
    ],
    [
      'a foreign environment',
      (url: string, { acme, '*': all }: Grants) => url === things && !acme && !all,
      403,
      /elsewhere, not 404/,
    ],
    [
      'an answer of its own',
      (url: string, { acme, '*': all }: Grants) => url === things && !acme && !all,
      'no acme',
      /tells strangers/,
    ],
    [
      'one environment for all',
      (url: string, { acme }: Grants) => url === '/v1/everywhere' && !!acme,
      200,
      /all roles in one environ/,
    ],
    ['a hook for everybody', (url: string) => url.endsWith('/hook'), 200, /hook answers 200 to an unsigned request/],
  ] as const)('finds %s', async (_, when, answer, fault) => {
    const faults = await routeWalkFaults(walkOf((url, grants, status) => (when(url, grants) ? answer : status)));
    expect(faults.join('\n')).toMatch(fault);
  });

  it('refuses a table without roles, and finds words that are none', async () => {
    await expect(routeWalkFaults({ ...walkOf(), table: 'GET /health public' })).rejects.toThrow('no route has a role');
    const named = await routeWalkFaults({ ...walkOf(), table: `${table} GET /v1/things closed` });
    expect(named.join('\n')).toContain('GET /v1/things names closed, which is no role');
  });
});
