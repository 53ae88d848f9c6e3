import { describe, expect, it } from '@jest/globals';
import { jamfSettings } from './index.ts';

const good = {
  url: 'https://acme.jamfcloud.com',
  clientId: 'c',
  clientSecret: { file: 'jamf-client-secret' },
  ios: { applications: [12] },
};

describe('settings of Jamf Pro', () => {
  it('name the instance, the client and the records of the app', () => {
    expect(jamfSettings.parse(good)).toEqual({ ...good, tokenPath: '/api/v1/oauth/token' });
  });

  it.each<[string, object]>([
    ['a secret by itself', { clientSecret: 'hunter2hunter2' }],
    ['a file elsewhere', { clientSecret: { file: '../other/secret' } }],
    ['an address with credentials', { url: 'https://user:hunter2hunter2@acme.example' }],
    ['an address with a query', { url: 'https://acme.example?a=hunter2hunter2' }],
    ['an address with a slash at its end', { url: 'https://acme.example/' }],
    ['another protocol', { url: 'file:///hunter2hunter2' }],
    ['no record', { ios: { applications: [] } }],
    ['a record twice', { ios: { applications: [1, 1] } }],
    ['a slot for Android', { android: { applications: [1] } }],
    ['an address of tokens elsewhere', { tokenPath: '//hunter2hunter2.example/token' }],
  ])('with %s are refused, and the value is not said', (_, wrong) => {
    const read = jamfSettings.safeParse({ ...good, ...wrong });
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).not.toContain('hunter2');
  });
});
