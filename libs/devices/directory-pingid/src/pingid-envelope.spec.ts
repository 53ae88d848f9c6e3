import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { bareNumber, openAnswer, signRequest, signToken } from './pingid-envelope.ts';
import type { PingIdProperties } from './pingid-properties.ts';

// The vendor's published example of AddUser (b.3): key, header and bodies are theirs, byte for byte.
const properties: PingIdProperties = {
  baseUrl: 'https://idpxnyl3m.pingidentity.com/pingid',
  orgAlias: 'aaaaaaaa-a1b2-123a-b456-1234abcd5678',
  token: '1a2b3c4d5e6f',
  key: createSecretKey(Buffer.from('JWC41crr322aUfdckVfJKHvGKNIPyAPGL7rMsTbzHlA=', 'base64')),
  useSignature: true,
};
const header =
  'eyJhbGciOiJIUzI1NiIsIm9yZ19hbGlhcyI6ImFhYWFhYWFhLWExYjItMTIzYS1iNDU2LTEyMzRhYmNkNTY3OCIsInRva2VuIjoiMWEyYjNjNGQ1ZTZmIn0';
const requestPayload =
  'eyByZXFIZWFkZXIiOiB7ICAibG9jYWxlIjoiZW4iLCAgIm9yZ0FsaWFzIjoiYWFhYWFhYWEtYTFiMi0xMjNhLWI0NTYtMTIzNGFiY2Q1Njc4IiwgICJzZWNyZXRLZXkiOiIxYTJi' +
  'M2M0ZDVlNmYiLCAgInRpbWVzdGFtcCI6IjIwMTUtMDktMDMgMTE6NTc6MjUuMjI5IiwgICJ2ZXJzaW9uIjoiNC42IiB9LCAicmVxQm9keSI6IHsgICJhY3RpdmF0ZVVzZXIiOnRy' +
  'dWUsICAiZW1haWwiOiJtYXJjaGVyQHBpbmdkZXZlbG9wZXJzLmNvbSIsICAiZk5hbWUiOiJNZXJlZGl0aCIsICAibG5hbWUiOiJBcmNoZXIiLCAgInVzZXJuYW1lIjoibWVyZWRp' +
  'dGgiLCAgInJvbGUiOiJSRUdVTEFSIiwgICJjbGllbnREYXRhIjpudWxsIH0gfQ';
const responsePayload =
  'eyAgImFjdGl2YXRpb25Db2RlIjogIjI5MjA3MDUyMjcwMSIsICAgICJ1c2VyRGV0YWlscyI6IHsgICAgICAiZW1haWwiOiAibWVyZWRpdGhAcGluZ2RldmVsb3BlcnMuY29tIiwg' +
  'ICAgICAidXNlcklkIjogMTc0NTcsICAgICAgImxuYW1lIjogIkFyY2hlciIsICAgICAgInVzZXJFbmFibGVkIjogZmFsc2UsICAgICAgImZuYW1lIjogIk1lcmVkaXRoIiwgICAg' +
  'ICAicGljVVJMIjogIkIyVU1PVUlGRUwzQ1FIVlY0S08zWjVSMk8yRlRKWUFWVDMzTlVINk1NSTRCNUdPU1BJWkFSTkE9IiwgICAgICAic3BMaXN0IjogW10sICAgICAgImxhc3RM' +
  'b2dpbiI6IG51bGwsICAgICAgImJ5cGFzc0V4cGlyYXRpb24iOiBudWxsLCAgICAgICJkZXZpY2VEZXRhaWxzIjogbnVsbCwgICAgICAibGFzdFRyYW5zYWN0aW9ucyI6IFtdLCAg' +
  'ICAgICJ1c2VySW5CeXBhc3MiOiBmYWxzZSwgICAgICAidXNlck5hbWUiOiAibWVyZWRpdGgiLCAgICAgICJzdGF0dXMiOiAiUEVORElOR19BQ1RJVkFUSU9OIiwgICAgICAicm9s' +
  'ZSI6ICJSRUdVTEFSIiAgICB9LCAgICAiZXJyb3JJZCI6IDIwMCwgICAgInVuaXF1ZU1zZ0lkIjogIndlYnNfT3pHVGVXemxGeENyejVhZXRuOUlnUlFIWGxXLVlqaGgxcU9BeGtL' +
  'dmJkSSIsICAgICJlcnJvck1zZyI6ICJvayIsICAgICJjbGllbnREYXRhIjogbnVsbCAgfQ';
const responseToken = `${header}.${responsePayload}.6XMoyLUdrw7Y124-X4gNnIpj-s1qMNx-5TMXCvog5eg`;

const decoded = (part: string): string => Buffer.from(part, 'base64url').toString('utf8');
const resigned = (head: object, payload: string, key = properties.key): string => {
  const signed = `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
};

describe('requests', () => {
  it('are signed as the published bytes must be; the signature printed beside them is a misprint (b.3)', async () => {
    const token = await signToken(properties, decoded(requestPayload));
    expect(token).toBe(`${header}.${requestPayload}.eQgLoeRYb9kV4hMIxrhKbSnWc5cJZjf8JKkWTAoK7X4`);
  });

  it('carry header and body as documented, the time in UTC (b.2)', async () => {
    const token = await signRequest(properties, { userName: 'meredith' }, instant(Date.UTC(2015, 8, 3, 11, 57, 25, 229)));
    const [head = '', payload = '', signature = ''] = token.split('.');
    expect(JSON.parse(decoded(head))).toEqual({ alg: 'HS256', org_alias: properties.orgAlias, token: properties.token });
    expect(JSON.parse(decoded(payload))).toEqual({
      reqHeader: {
        locale: 'en',
        orgAlias: properties.orgAlias,
        secretKey: properties.token,
        timestamp: '2015-09-03 11:57:25.229',
        version: '4.9',
      },
      reqBody: { userName: 'meredith' },
    });
    expect(signature).toBe(createHmac('sha256', properties.key).update(`${head}.${payload}`).digest('base64url'));
  });

  it('write an id of 64 bits as a bare number with all its digits, and leave undefined fields out (P57)', async () => {
    const body = { userName: 'Łucja "x"', deviceId: bareNumber('285234913243546570'), email: undefined };
    const payload = decoded((await signRequest(properties, body, instant(0))).split('.')[1] ?? '');
    expect(payload).toContain('"reqBody":{"userName":"Łucja \\"x\\"","deviceId":285234913243546570}');
  });
});

describe('answers', () => {
  it('open when they are the published response token (b.3)', async () => {
    expect(await openAnswer(responseToken, properties)).toMatchObject({
      kind: 'answer',
      signed: true,
      fields: { errorId: '200', activationCode: '292070522701', userDetails: { userName: 'meredith', deviceDetails: null } },
    });
  });

  const bare = '{"errorId":200,"deviceId":285234913243546570}';
  it.each([
    ['a wrapped JWS', resigned({ alg: 'HS256' }, `{"responseBody":${bare}}`), true],
    ['a bare JWS', resigned({ alg: 'HS256', typ: 'JWT' }, bare), true],
    ['wrapped JSON', `{"responseBody":${bare}}`, false],
    ['bare JSON with blanks around it', `\r\n ${bare} \n`, false],
  ])('open as %s, and no digit is lost', async (_, text, signed) => {
    const fields = { errorId: '200', deviceId: '285234913243546570' };
    expect(await openAnswer(text, properties)).toEqual({ kind: 'answer', signed, fields });
  });

  it.each([
    ['the signature is of another key', resigned({ alg: 'HS256' }, bare, createSecretKey(Buffer.alloc(32, 7)))],
    ['the payload was changed', responseToken.replace('.eyAg', '.eyAi')],
    ['there is no algorithm', resigned({ alg: 'none' }, bare)],
    ['the algorithm is another one', resigned({ alg: 'HS512' }, bare)],
    ['it demands an extension', resigned({ alg: 'HS256', crit: ['x'], x: 1 }, bare)],
  ])('are forged when %s', async (_, text) => {
    expect(await openAnswer(text, properties)).toEqual({ kind: 'forged' });
  });

  it.each([
    ['', 'empty'],
    ['<html>busy</html>', 'HTML'],
    ['{"errorId":200', 'cut off'],
    ['[1]', 'a list'],
    ['"text"', 'a text'],
    [`{"a":${'['.repeat(200_000)}`, 'nested without end'],
    [`${header}.${responsePayload}.`, 'without a signature'],
  ])('are unreadable when they are %#', async (text) => {
    expect(await openAnswer(text, properties)).toEqual({ kind: 'unreadable' });
  });
});
