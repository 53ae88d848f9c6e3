import { describe, expect, it } from '@jest/globals';
import { authorise, isRole, type Principal } from './access.ts';

const holding = (roles: Principal['roles']): Principal => ({ subject: 's', roles, expiresAt: 0 });

describe('authorise', () => {
  it.each([
    ['a role in the environment', { acme: ['viewer'] }, 'acme', ['viewer'], 'allowed'],
    ['any one of the roles', { acme: ['auditor'] }, 'acme', ['viewer', 'auditor'], 'allowed'],
    ['a role in all environments', { '*': ['viewer'] }, 'acme', ['viewer'], 'allowed'],
    ['another role there', { acme: ['viewer'] }, 'acme', ['approver'], 'missing-role'],
    ['another role in all environments', { '*': ['viewer'] }, 'acme', ['approver'], 'missing-role'],
    ['the role elsewhere only', { other: ['viewer'] }, 'acme', ['viewer'], 'unknown-environment'],
    ['an empty grant', { acme: [] }, 'acme', ['viewer'], 'unknown-environment'],
    ['nothing', {}, 'acme', ['viewer'], 'unknown-environment'],
    ['an inherited name', {}, 'constructor', ['viewer'], 'unknown-environment'],
    ['an environment named *', { other: ['viewer'] }, '*', ['viewer'], 'unknown-environment'],
    ['a role in all, outside environments', { '*': ['viewer'] }, undefined, ['viewer'], 'allowed'],
    ['a role in one, outside environments', { acme: ['viewer'] }, undefined, ['viewer'], 'missing-role'],
    ['a route that lists no role', { '*': ['viewer'] }, 'acme', [], 'missing-role'],
  ] as const)('with %s', (_, roles, environment, anyOf, expected) => {
    expect(authorise(holding(roles), environment, anyOf)).toBe(expected);
  });

  it('knows its roles, and no others', () => {
    expect(['viewer', 'operator', 'approver', 'token-admin', 'auditor', 'validator-caller'].every(isRole)).toBe(true);
    expect(['admin', 'Viewer', '', undefined, 7].some(isRole)).toBe(false);
  });
});
