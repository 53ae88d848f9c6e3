import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { bodyOf, memoryHttp, type Operation } from '../test-support/memory-http.ts';

type Method = 'PUT' | 'POST' | 'PATCH' | 'DELETE';
interface Route {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
}

/** They only read: values after a note of their own, targets without answering a value. */
const readings = [
  /\/delivery-targets\/\{target\}\/(?:check|verify)$/,
  /\/tokens\/\{token\}\/export$/,
  /\/slots\/\{slot\}\/export$/,
];
/** Its bodies and headers are those of the reference product: see `device-requirements.controller`. */
const compatible = /\/applications\/\{application\}\//;
/** What says why under another name: of a leak that is where the value was found. */
const otherReasons: Readonly<Record<string, string>> = {
  'POST /v1/environments/{environment}/leak-reports': 'source',
  'POST /v1/leak-reports': 'source',
};

let http: Awaited<ReturnType<typeof memoryHttp>>;
let native: readonly Route[];
beforeAll(async () => {
  http = await memoryHttp();
  native = registered().filter(({ path }) => !compatible.test(path) && !readings.some((reading) => reading.test(path)));
});
afterAll(() => http.app.close());

/** Every route that is not for reading, as the controllers register it: also one that is kept out of the document. */
function registered(): readonly Route[] {
  const controllers = [...http.app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.keys()]);
  return controllers.flatMap((controller) => {
    if (typeof controller !== 'function') return [];
    const prototype = controller.prototype as Readonly<Record<string, unknown>>;
    return Object.getOwnPropertyNames(prototype).flatMap((name): Route[] => {
      const handler = prototype[name];
      const verb = typeof handler === 'function' && (Reflect.getMetadata('method', handler) as RequestMethod | undefined);
      if (typeof verb !== 'number' || verb === RequestMethod.GET) return [];
      const parts = [Reflect.getMetadata('path', controller), Reflect.getMetadata('path', handler as object)] as string[];
      const path = `/${parts.filter((part) => part !== '/').join('/')}`.replaceAll(/:([A-Za-z]+)/g, '{$1}');
      const method = RequestMethod[verb] as Method;
      return [{ name: `${method} ${path}`, method, path }];
    });
  });
}

const operationOf = ({ method, path }: Route): Operation | undefined => http.document.paths[path]?.[method.toLowerCase()];
const namesOf = (routes: readonly Route[]) => routes.map(({ name }) => name);

function hasReason(route: Route, operation: Operation): boolean {
  if (otherReasons[route.name] !== undefined) return true; // shown below
  const query = operation.parameters?.find(({ name, in: where }) => name === 'reason' && where === 'query');
  const body = bodyOf(http.document, operation);
  const schema = query?.required ? query.schema : body?.required?.includes('reason') ? body.properties?.['reason'] : undefined;
  return schema?.minLength === 1 && schema.maxLength === 200;
}

/** The route with parameters that can be read. */
const urlOf = ({ path }: Route): string =>
  path
    .replace('{environment}', 'acme')
    .replace('{segment}', 'ios')
    .replace('{shard}', '07')
    .replaceAll(/\{(\w+)\}/g, '$1_x');

describe('M38: every route of the API that changes something', () => {
  it('is looked at here, whatever it is called', () => {
    expect(native.length).toBeGreaterThan(20);
    expect(namesOf(native)).toEqual(expect.arrayContaining(['PUT /v1/environments/{environment}/requirement']));
    expect(namesOf(native.filter((route) => operationOf(route) === undefined))).toEqual([]);
  });

  it('documents a required Idempotency-Key and a required reason of 1–200 characters', () => {
    const without = native.filter((route) => {
      const operation = operationOf(route);
      const key = operation?.parameters?.find(({ name, in: where }) => name === 'Idempotency-Key' && where === 'header');
      return !operation || key?.required !== true || !hasReason(route, operation);
    });
    expect(namesOf(without)).toEqual([]);
  });

  it('refuses a request without a key, and names what is missing, before it looks at anything else', async () => {
    for (const route of native) {
      const { status, body } = await http.call(route.method, urlOf(route), { body: {}, isBare: true });
      expect([route.name, status, body.type]).toEqual([route.name, 400, 'urn:tallystick:problem:idempotency-key-missing']);
    }
  });

  it('refuses a request without a reason, and names the field', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    for (const route of native) {
      const other = otherReasons[route.name];
      const body = other === undefined ? {} : { items: [{ token: 'x' }] };
      const answer = await http.call(route.method, urlOf(route), { body, headers, isBare: true });
      expect([route.name, answer.status, answer.body.type]).toEqual([route.name, 400, 'urn:tallystick:problem:invalid-request']);
      const paths = (answer.body['faults'] as readonly { path: string }[]).map(({ path }) => path);
      expect([route.name, paths]).toEqual([route.name, expect.arrayContaining([other ? `items.0.${other}` : 'reason'])]);
    }
  });

  it('refuses a reason that is empty, too long, or holds a token value', async () => {
    for (const reason of ['', '  ', 'x'.repeat(201), `found tsk_${'a'.repeat(43)}`, 7]) {
      const body = { mode: 'off', reason };
      expect(await http.call('PUT', '/v1/environments/acme/requirement', { body })).toMatchObject({
        status: 400,
        body: { faults: [{ path: 'reason' }] },
      });
    }
  });
});

describe('M38: a change', () => {
  const base = '/v1/environments/change';
  const audit = (environment = 'change') =>
    http.memory
      .outbox(http.memory.shardOf(environment as never))
      .map((entry) => JSON.parse(entry) as Record<string, unknown>)
      .filter((entry) => entry['environment'] === environment);
  const keyed = (key: string, more: Readonly<Record<string, string>> = {}) => ({ headers: { 'idempotency-key': key, ...more } });

  it.each([
    ['PUT', 'requirement', { mode: 'off' }],
    ['PUT', 'sibling-requirements', { mode: 'observe', rules: { deviceLock: true } }],
    ['PUT', 'settings', {}],
    ['PATCH', 'tokens/', { label: 'another' }],
  ] as const)(
    'by %s %s is answered again as it was, not 412; and has its reason in the audit once',
    async (method, rest, more) => {
      const made = await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
      const { version: _version, ...settings } = (await http.call('GET', `${base}/settings`)).body;
      const share = made.body['version'] as number;
      const guards = { ...(settings['guards'] as object), refusedShare: share / 1_000 };
      const body = { reason: `why ${rest}`, ...(rest === 'settings' ? { ...settings, guards } : more) };
      const url = `${base}/${rest.endsWith('/') ? `${rest}${made.body.token.id}` : rest}`;
      const seen = keyed(`key-of-${method}-${rest.replace('/', '')}`, { 'if-match': String(made.headers['etag']) });
      const first = await http.call(method, url, { body, ...seen });
      const again = await http.call(method, url, { body, ...seen });
      expect([first.status, first.body.outcome, again.status, again.body.outcome]).toEqual([200, 'changed', 200, 'replayed']);
      const { outcome: _first, propagation: _before, ...told } = first.body;
      expect(again.body).toMatchObject(told);
      expect(await http.call(method, url, { body: { ...body, reason: 'another one' }, ...seen })).toMatchObject({
        status: 422,
        body: { type: 'urn:tallystick:problem:idempotency-key-reused' },
      });
      const fresh = { ...seen.headers, 'idempotency-key': `${seen.headers['idempotency-key']}-2` };
      expect((await http.call(method, url, { body, headers: fresh })).status).toBe(412);
      expect(audit().filter(({ reason }) => reason === body.reason)).toMatchObject([{ actor: 'admin', result: 'changed' }]);
    },
  );

  it.each(['retire', 'reinstate', 'release-value'])('of one token (%s) has its reason in the audit', async (act) => {
    const { token } = (await http.call('POST', `${base}/tokens`, { body: { label: act, keepValue: true } })).body;
    if (act === 'reinstate') await http.call('POST', `${base}/tokens/${token.id}/retire`);
    await http.call('POST', `${base}/tokens/${token.id}/${act}`, { body: { reason: `because of ${act}` } });
    expect(audit().at(-1)).toMatchObject({ action: expect.stringContaining(act), reason: `because of ${act}`, actor: 'admin' });
  });

  it('by the compatible API needs neither: the audit says that it was that, and for what; or the reason that was given', async () => {
    const url = '/v1/environments/compatible/applications/app/deviceRequirements';
    const put = (query = '', headers = {}) => http.call('PUT', `${url}${query}`, { body: {}, headers });
    // The same request id, as a gateway may give it to all that belongs together: each is done.
    for (const [query, headers] of [
      ['', { 'x-request-id': 'same' }],
      ['?reason=audit%2042', { 'x-request-id': 'same' }],
    ] as const) {
      await http.call('PUT', '/v1/environments/compatible/requirement', {
        body: { mode: 'observe', effectiveAt: '2099-01-01T00:00:00Z' },
      });
      expect((await put(query, headers)).status).toBe(200);
    }
    expect((await http.call('DELETE', url, { headers: { 'x-tallystick-reason': 'given up' } })).status).toBe(204);
    const told = audit('compatible').filter(({ action }) => action === 'replace-all' || action === 'clear');
    expect(told.map(({ reason }) => reason)).toEqual([
      'by the compatible API: everything was replaced by a PUT',
      'audit 42',
      'given up',
    ]);
  });
});
