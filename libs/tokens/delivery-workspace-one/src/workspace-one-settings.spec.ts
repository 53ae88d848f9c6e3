import { describe, expect, it } from '@jest/globals';
import { workspaceOneSettings } from './index.ts';

const application = '0b7c5a52-6d1e-4f0a-9f5b-1f2f0a6f1c01';
const oauth = {
  kind: 'oauth',
  tokenUrl: 'https://emea.uemauth.workspaceone.com/connect/token',
  clientId: 'c',
  clientSecret: { file: 'ws1-client-secret' },
};
const basic = { kind: 'basic', username: 'api', password: { file: 'ws1-password' }, tenantCode: { variable: 'WS1_KEY' } };
const good = { apiUrl: 'https://as123.awmdm.com/API', auth: oauth, ios: { application } };

describe('settings of Workspace ONE', () => {
  it('name the tenant, its credentials and an application for each platform', () => {
    expect(workspaceOneSettings.parse(good)).toEqual(good);
    expect(workspaceOneSettings.safeParse({ ...good, auth: basic, android: { application } }).success).toBe(true);
  });

  it.each<[string, object]>([
    ['a secret by itself', { auth: { ...oauth, clientSecret: 'hunter2hunter2' } }],
    ['a file elsewhere', { auth: { ...oauth, clientSecret: { file: '../other/hunter2' } } }],
    ['a colon in the name of the user', { auth: { ...basic, username: 'api:hunter2' } }],
    ['both ways to log in', { auth: { ...oauth, ...basic } }],
    ['an address with credentials', { apiUrl: 'https://user:hunter2hunter2@as123.awmdm.com/API' }],
    ['an address with a query', { apiUrl: 'https://as123.awmdm.com/API?key=hunter2' }],
    ['an application that is no UUID', { ios: { application: '../hunter2' } }],
    ['another kind of devices', { ios: { application, devices: { kind: '../hunter2', id: 1 } } }],
    ['no slot', { ios: undefined }],
  ])('with %s are refused, and the value is not said', (_, wrong) => {
    const read = workspaceOneSettings.safeParse({ ...good, ...wrong });
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).not.toContain('hunter2');
  });
});
