import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { closeHttpApp, createHttpApp, type Principal, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import fastify from 'fastify';
import { addCodecRoutes, type CodecRoutesOptions } from './codec-routes.ts';
import { sealPayloads } from './seal-payloads.ts';

@Module({})
class EmptyModule {}

const lines: string[] = [];
const logger = createLogger({ service: 'codec', level: 'info', destination: { write: (line: string) => void lines.push(line) } });
const principals: Readonly<Record<string, Principal['roles']>> = {
  'Bearer operator': { '*': ['operator'] },
  'Bearer elsewhere': { acme: ['operator', 'auditor'] },
  'Bearer viewer': { '*': ['viewer', 'auditor', 'token-admin'] },
};
const principalOf = (header: string | undefined): Principal | undefined => {
  const roles = principals[header ?? ''];
  return roles && { subject: 'ops-1', roles, expiresAt: 4e12 };
};
const auth: TokenVerifier = {
  prepare: () => Promise.resolve(),
  cached: () => undefined,
  verify: (header) => {
    const principal = principalOf(header);
    return Promise.resolve(principal ? { kind: 'verified', principal } : { kind: 'refused', reason: 'invalid' });
  },
};
const keys = parseKeyRing(generateKeyRing('k1'));
const ui = 'https://temporal.example';
const options: CodecRoutesOptions = { keys, namespace: 'default', uiOrigins: [`${ui}/`], logger };
let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  app = await createHttpApp(EmptyModule, { service: 'codec', logger, auth, openapi: { title: 'codec', description: 'codec' } });
  addCodecRoutes(app.getHttpAdapter().getInstance(), options);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => closeHttpApp(app));

const wire = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  ),
  data: Buffer.from(data ?? []).toString('base64'),
});
const sealed = async (value: unknown, ring = keys) =>
  (await sealPayloads(ring, 'default').encode([defaultPayloadConverter.toPayload(value)])).map(wire)[0]!;
const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/codec/${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer operator', 'content-type': 'application/json', origin: ui, ...headers },
    body: JSON.stringify(body),
  });

describe('the codec endpoint', () => {
  it('opens sealed payloads for an operator, leaves clear ones, and says who read how many', async () => {
    const clear = wire(defaultPayloadConverter.toPayload('clear'));
    const answer = await post('decode', { payloads: [await sealed('a needle'), clear] }, { 'x-namespace': 'default' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBe(ui);
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(await answer.json()).toEqual({ payloads: [wire(defaultPayloadConverter.toPayload('a needle')), clear] });
    const line = lines.find((it) => it.includes('opened for a reader'))!;
    expect(JSON.parse(line)).toMatchObject({ subject: 'ops-1', payloads: 2, sealed: 1 });
    expect(lines.join('')).not.toContain('needle');
  });

  it.each([
    ['nobody', 'Bearer nobody', 401],
    ['an operator of one environment', 'Bearer elsewhere', 403],
    ['every other role', 'Bearer viewer', 403],
  ])('is shut to %s, and lets the UI read the refusal', async (_, authorization, status) => {
    const answer = await post('decode', { payloads: [await sealed('a needle')] }, { authorization });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, ui]);
    expect(await answer.text()).not.toContain('needle');
  });

  it('encodes for nobody', async () => {
    const answer = await post('encode', { payloads: [] });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ type: 'urn:tallystick:problem:encoding-refused' });
  });

  it('says which key is missing, instead of handing out what it could not open', async () => {
    const answer = await post('decode', { payloads: [await sealed(1), await sealed(2, parseKeyRing(generateKeyRing('k9')))] });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ fault: 'unknown-key', detail: expect.stringContaining('"k9"') as unknown });
  });

  it.each([
    ['another namespace', { payloads: [] }, { 'x-namespace': 'other' }, 422],
    ['what is no base64', { payloads: [{ metadata: { encoding: 'binary/encrypted' }, data: '?' }] }, {}, 422],
    ['no list of payloads', [], {}, 422],
    ['too many payloads', { payloads: Array.from({ length: 1_001 }, () => ({})) }, {}, 422],
    ['another form of body', {}, { 'content-type': 'text/plain' }, 415],
  ])('refuses %s', async (_, body, headers, status) => {
    expect((await post('decode', body, headers)).status).toBe(status);
  });

  it('takes a payload of the greatest size, and no body above 4 MiB', async () => {
    const greatest = await sealed('x'.repeat(2_000_000));
    expect((await post('decode', { payloads: [greatest] })).status).toBe(200);
    expect((await post('decode', { payloads: [greatest, greatest] })).status).toBe(413);
  });

  it('answers the question that browsers ask before, to the UI and to no other page', async () => {
    const ask = (origin: string) =>
      fetch(`${url}/codec/decode`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await ask(ui);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization, content-type, x-namespace');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    const other = await ask('https://evil.example');
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const read = await post('decode', { payloads: [] }, { origin: 'https://evil.example' });
    expect(read.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is not added to a server whose routes nobody guards', () => {
    expect(() => addCodecRoutes(fastify(), options)).toThrow('the routes of this server are not guarded');
  });
});
