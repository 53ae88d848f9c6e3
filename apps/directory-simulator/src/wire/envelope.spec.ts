import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { algorithmFor, type Credentials, openRequest, signResponse } from './envelope.ts';

// The example of the provider's documents: its properties file, its request and its response.
const documented: Credentials = {
  key: Buffer.from('JWC41crr322aUfdckVfJKHvGKNIPyAPGL7rMsTbzHlA=', 'base64'),
  token: '1a2b3c4d5e6f',
  orgAlias: 'aaaaaaaa-a1b2-123a-b456-1234abcd5678',
};
const header =
  'eyJhbGciOiJIUzI1NiIsIm9yZ19hbGlhcyI6ImFhYWFhYWFhLWExYjItMTIzYS1iNDU2LTEyMzRhYmNkNTY3OCIsInRva2VuIjoiMWEyYjNjNGQ1ZTZmIn0';
const requestPayload =
  'eyByZXFIZWFkZXIiOiB7ICAibG9jYWxlIjoiZW4iLCAgIm9yZ0FsaWFzIjoiYWFhYWFhYWEtYTFiMi0xMjNhLWI0NTYtMTIzNGFiY2Q1Njc4IiwgICJzZWNyZXRLZXkiOiIxYTJiM2M0ZDVlNmYiLCAgInRpbWVzdGFtcCI6IjIwMTUtMDktMDMgMTE6NTc6MjUuMjI5IiwgICJ2ZXJzaW9uIjoiNC42IiB9LCAicmVxQm9keSI6IHsgICJhY3RpdmF0ZVVzZXIiOnRydWUsICAiZW1haWwiOiJtYXJjaGVyQHBpbmdkZXZlbG9wZXJzLmNvbSIsICAiZk5hbWUiOiJNZXJlZGl0aCIsICAibG5hbWUiOiJBcmNoZXIiLCAgInVzZXJuYW1lIjoibWVyZWRpdGgiLCAgInJvbGUiOiJSRUdVTEFSIiwgICJjbGllbnREYXRhIjpudWxsIH0gfQ';
const responsePayload =
  'eyAgImFjdGl2YXRpb25Db2RlIjogIjI5MjA3MDUyMjcwMSIsICAgICJ1c2VyRGV0YWlscyI6IHsgICAgICAiZW1haWwiOiAibWVyZWRpdGhAcGluZ2RldmVsb3BlcnMuY29tIiwgICAgICAidXNlcklkIjogMTc0NTcsICAgICAgImxuYW1lIjogIkFyY2hlciIsICAgICAgInVzZXJFbmFibGVkIjogZmFsc2UsICAgICAgImZuYW1lIjogIk1lcmVkaXRoIiwgICAgICAicGljVVJMIjogIkIyVU1PVUlGRUwzQ1FIVlY0S08zWjVSMk8yRlRKWUFWVDMzTlVINk1NSTRCNUdPU1BJWkFSTkE9IiwgICAgICAic3BMaXN0IjogW10sICAgICAgImxhc3RMb2dpbiI6IG51bGwsICAgICAgImJ5cGFzc0V4cGlyYXRpb24iOiBudWxsLCAgICAgICJkZXZpY2VEZXRhaWxzIjogbnVsbCwgICAgICAibGFzdFRyYW5zYWN0aW9ucyI6IFtdLCAgICAgICJ1c2VySW5CeXBhc3MiOiBmYWxzZSwgICAgICAidXNlck5hbWUiOiAibWVyZWRpdGgiLCAgICAgICJzdGF0dXMiOiAiUEVORElOR19BQ1RJVkFUSU9OIiwgICAgICAicm9sZSI6ICJSRUdVTEFSIiAgICB9LCAgICAiZXJyb3JJZCI6IDIwMCwgICAgInVuaXF1ZU1zZ0lkIjogIndlYnNfT3pHVGVXemxGeENyejVhZXRuOUlnUlFIWGxXLVlqaGgxcU9BeGtLdmJkSSIsICAgICJlcnJvck1zZyI6ICJvayIsICAgICJjbGllbnREYXRhIjogbnVsbCAgfQ';

describe('the golden vector of the documents', () => {
  it('accepts the signature that is right for the bytes of the documented request, whose JSON lacks one quotation mark', () => {
    expect(Buffer.from(requestPayload, 'base64url').toString()).toMatch(/^\{ reqHeader": /);
    expect(openRequest(`${header}.${requestPayload}.eQgLoeRYb9kV4hMIxrhKbSnWc5cJZjf8JKkWTAoK7X4`, documented)).toMatchObject({
      ok: false,
      refusal: { kind: 'invalid-input' },
    });
  });

  it('opens the documented request with that quotation mark put in', () => {
    const mended = Buffer.from(Buffer.from(requestPayload, 'base64url').toString().replace('{ req', '{ "req')).toString(
      'base64url',
    );
    const signature = createHmac('sha256', documented.key).update(`${header}.${mended}`).digest('base64url');
    expect(openRequest(`${header}.${mended}.${signature}`, documented)).toEqual({
      ok: true,
      value: {
        activateUser: true,
        email: 'marcher@pingdevelopers.com',
        fName: 'Meredith',
        lname: 'Archer',
        username: 'meredith',
        role: 'REGULAR',
        clientData: null,
      },
    });
  });

  it('refuses the documented request under the signature that is printed beside it, which is wrong', () => {
    const opened = openRequest(`${header}.${requestPayload}.4o60VnZOFP-C3g17WTVGxqIGc-XLrpGZphRhhoo4rWo`, documented);
    expect(opened).toEqual({ ok: false, refusal: { kind: 'signature-invalid' } });
  });

  it('signs with the decoded key as the documented response does, over the same header bytes', () => {
    expect(createHmac('sha256', documented.key).update(`${header}.${responsePayload}`).digest('base64url')).toBe(
      '6XMoyLUdrw7Y124-X4gNnIpj-s1qMNx-5TMXCvog5eg',
    );
    const [head, payload, signature] = signResponse({ responseBody: { errorId: 200 } }, documented).split('.');
    expect(head).toBe(header);
    expect(signature).toBe(createHmac('sha256', documented.key).update(`${head}.${payload}`).digest('base64url'));
  });
});

describe('the length of the key', () => {
  it.each([
    [32, 'HS256', 'sha256'],
    [48, 'HS384', 'sha384'],
    [64, 'HS512', 'sha512'],
  ])('of %d bytes means %s', (length, alg, digest) => {
    const credentials = { ...documented, key: Buffer.alloc(length, 7) };
    expect(algorithmFor(credentials.key)).toBe(alg);
    const [head = '', payload = '', signature] = signResponse({ responseBody: {} }, credentials).split('.');
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
      alg,
      org_alias: documented.orgAlias,
      token: documented.token,
    });
    expect(signature).toBe(createHmac(digest, credentials.key).update(`${head}.${payload}`).digest('base64url'));
  });
});

describe('what is not a request', () => {
  const sign = (head: object, payload: string, key = documented.key) => {
    const signed = `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };
  const head = { alg: 'HS256', org_alias: documented.orgAlias, token: documented.token };

  it('but one with the organization in the header alone, by either name, is', () => {
    for (const name of ['org_alias', 'orgAlias']) {
      const body = sign({ alg: 'HS256', token: documented.token, [name]: documented.orgAlias }, '{"reqBody":{"a":1}}');
      expect(openRequest(body, documented)).toEqual({ ok: true, value: { a: 1 } });
    }
  });

  it.each([
    ['an empty body', '', 'invalid-input'],
    ['raw JSON', '{"reqBody":{}}', 'invalid-input'],
    ['two parts', `${header}.${requestPayload}`, 'invalid-input'],
    ['four parts', `${header}.${requestPayload}.x.y`, 'invalid-input'],
    ['a payload that is no JSON', sign(head, 'hello'), 'invalid-input'],
    ['a payload that is a list', sign(head, '[]'), 'invalid-input'],
    ['a body that is a list', sign(head, '{"reqBody":[]}'), 'invalid-input'],
    ['no algorithm', sign({ ...head, alg: undefined }, '{}'), 'signature-invalid'],
    ['alg none', sign({ ...head, alg: 'none' }, '{}'), 'signature-invalid'],
    ['an algorithm that does not fit the key', sign({ ...head, alg: 'HS512' }, '{}'), 'signature-invalid'],
    ['another key', sign(head, '{}', Buffer.alloc(32, 1)), 'signature-invalid'],
    ['a signature that was cut', sign(head, '{}').slice(0, -4), 'signature-invalid'],
    ['another token in the header', sign({ ...head, token: 'x' }, '{}'), 'credentials-unknown'],
    ['another organization in the header', sign({ ...head, org_alias: 'x' }, '{}'), 'credentials-unknown'],
    ['another organization in the header, by its other name', sign({ ...head, orgAlias: 'x' }, '{}'), 'credentials-unknown'],
    ['another token in reqHeader', sign(head, '{"reqHeader":{"secretKey":"x"}}'), 'credentials-unknown'],
    ['another organization in reqHeader', sign(head, '{"reqHeader":{"orgAlias":"x"}}'), 'credentials-unknown'],
    ['no token anywhere', sign({ alg: 'HS256', org_alias: documented.orgAlias }, '{}'), 'credentials-unknown'],
    ['no organization anywhere', sign({ alg: 'HS256', token: documented.token }, '{}'), 'credentials-unknown'],
  ])('%s is refused', (_case, text, kind) => {
    expect(openRequest(text, documented)).toMatchObject({ ok: false, refusal: { kind } });
  });
});
