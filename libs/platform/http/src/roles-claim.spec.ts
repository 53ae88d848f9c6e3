import { describe, expect, it } from '@jest/globals';
import { rolesClaimReader } from './roles-claim.ts';

const viewers = { acme: ['viewer'] };

describe('the roles of a token', () => {
  it.each([
    ['roles', { roles: viewers }],
    ['realm_access.roles', { realm_access: { roles: viewers } }],
    ['/realm_access/roles', { realm_access: { roles: viewers } }],
    ['/https:~1~1example.org~1roles', { 'https://example.org/roles': viewers }],
    ['realm_access.roles', { realm_access: { roles: ['acme:viewer', 'offline_access', 'uma:x', 'acme:root'] } }],
    ['roles', { roles: ['acme:viewer', 'globex:eu:viewer', ':viewer', 'acme:', 'viewer'] }],
  ])('stand at %s', (path, claims) => {
    expect(rolesClaimReader(path)(claims)).toEqual(viewers);
  });

  it('are none where nothing stands, and only what the token itself has counts', () => {
    for (const claims of [{}, { roles: null }, { roles: [] }, { realm_access: 'x' }, { realm_access: [{ roles: viewers }] }])
      for (const path of ['roles', 'realm_access.roles', 'realm_access.0.roles', '__proto__.roles', 'constructor.prototype'])
        expect(rolesClaimReader(path)(claims)).toEqual({});
    const odd = rolesClaimReader('roles')({ roles: ['__proto__:viewer'] })!;
    expect([Object.keys(odd), ({} as Record<string, unknown>)['viewer']]).toEqual([['__proto__'], undefined]);
    expect(Object.getPrototypeOf(odd)).toBe(Object.prototype);
  });

  it('of another form are refused, and so is a place that is none', () => {
    for (const roles of ['viewer', 7, [['acme:viewer']], [7], { acme: 'viewer' }, { acme: [1] }, { acme: { 0: 'viewer' } }])
      expect(rolesClaimReader('roles')({ roles })).toBeUndefined();
    for (const path of ['', '.', 'a..b', '/', '/a//b', 'a.b.c.d.e.f.g.h.i'])
      expect(() => rolesClaimReader(path)).toThrow(RangeError);
  });
});
