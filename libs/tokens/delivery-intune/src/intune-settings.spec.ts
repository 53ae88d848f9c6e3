import { describe, expect, it } from '@jest/globals';
import { intuneSettings } from './intune-settings.ts';

const id = 'AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaa1';
const least = { tenant: 'contoso.example', clientId: id, clientSecret: { file: 'intune' }, iosPolicies: [id] };

describe('settings of an Intune target', () => {
  it('are for the public cloud and without Android unless told', () => {
    expect(intuneSettings.parse(least)).toEqual({
      ...least,
      clientId: id.toLowerCase(),
      iosPolicies: [id.toLowerCase()],
      androidPolicies: [],
      androidBeta: false,
      graphUrl: 'https://graph.microsoft.com',
      loginUrl: 'https://login.microsoftonline.com',
    });
  });

  it.each<[string, object]>([
    ['no policy', { iosPolicies: [] }],
    ['a policy twice', { iosPolicies: [id, id.toLowerCase()] }],
    ['a policy that would be a path', { iosPolicies: ['../users'] }],
    ['Android without the word for the beta', { androidPolicies: [id] }],
    ['a tenant that would be a path', { tenant: 'a/../b' }],
    ['a secret in the document', { clientSecret: 'hunter2' }],
    ['a secret by a path', { clientSecret: { file: '../other/secret' } }],
    ['a path behind the address', { graphUrl: 'https://graph.microsoft.com/v1.0' }],
    ['credentials in the address', { loginUrl: 'https://a:b@login.example' }],
    ['another scheme', { loginUrl: 'file:///etc/passwd' }],
    ['a member that there is not', { androidbeta: true }],
  ])('with %s are refused', (_, more) => {
    expect(intuneSettings.safeParse({ ...least, ...more }).success).toBe(false);
  });
});
