import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noChanges, type PassId, type PlanHash } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { everyRoute } from '@tallystick/platform-http';
import { at, provisioningHttp, userOf } from '../passes/test-support/provisioning-http.ts';

let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeEach(async () => {
  http = await provisioningHttp();
});
afterEach(() => http.app.close());

/** They only look, and note what they show where it is personal. */
const looks = /\/(?:validate|test|try-mapping|users\/lookup)$/;

interface Schema {
  readonly $ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly minLength?: number;
  readonly maxLength?: number;
}
interface Operation {
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

async function changes() {
  const document = (await http.openApi()) as Document;
  const routes = (await everyRoute(http.app)).filter(
    ({ method, pattern }) => ['PUT', 'POST', 'PATCH', 'DELETE'].includes(method) && !looks.test(pattern),
  );
  const operations = routes.map(({ method, pattern }) => {
    const path = pattern.replaceAll(/:(\w+)/g, '{$1}');
    return { name: `${method} ${pattern}`, method, pattern, operation: document.paths[path]?.[method.toLowerCase()] };
  });
  const resolve = (schema: Schema | undefined): Schema | undefined =>
    schema?.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)!];
  return { operations, resolve };
}

describe('every route that changes something', () => {
  it('documents a required Idempotency-Key and a required reason of 1–200 characters', async () => {
    const { operations, resolve } = await changes();
    expect(operations.length).toBeGreaterThan(12);
    const without = operations.filter(({ operation }) => {
      const key = operation?.parameters?.find((one) => one.name === 'Idempotency-Key' && one.in === 'header');
      const query = operation?.parameters?.find((one) => one.name === 'reason' && one.in === 'query');
      const body = resolve(operation?.requestBody?.content['application/json']?.schema);
      const inBody = body?.required?.includes('reason') ? resolve(body.properties?.['reason']) : undefined;
      const reason = query?.required ? query.schema : inBody;
      return key?.required !== true || reason?.minLength !== 1 || reason.maxLength !== 200;
    });
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('refuses who names no key, and who names no reason, and does nothing', async () => {
    const { operations } = await changes();
    const parameters = { user: userOf(1), kind: 'pass', pass: 'p1', hold: '1-1', id: '0-0-0-00000000' };
    const before = JSON.stringify([http.engine.told, http.woken, http.erased, http.state, await http.store.list()]);
    for (const { name, method, pattern } of operations) {
      const rest = pattern
        .replace('/v1/environments/:environment/connections/:connection', '')
        .replaceAll(/:(\w+)/g, (_, parameter: keyof typeof parameters) => parameters[parameter]);
      const as = 'x:operator,approver';
      const bare = (headers: Record<string, string>) =>
        http.call(method as 'PUT', rest, {
          isBare: true,
          headers: { 'if-match': '"1"', ...headers },
          as,
          ...(method === 'DELETE' ? {} : { body: {} }),
        });
      const keyless = await bare({});
      expect([name, keyless.status, keyless.body['type']]).toEqual([name, 400, 'urn:tallystick:problem:idempotency-key-missing']);
      const reasonless = await bare({ 'idempotency-key': 'k' });
      const faults = (reasonless.body['faults'] as readonly { path: string }[] | undefined)?.map(({ path }) => path);
      expect([name, reasonless.status, faults]).toEqual([name, 400, expect.arrayContaining(['reason'])]);
    }
    expect(http.trail.notes).toEqual([]);
    expect(JSON.stringify([http.engine.told, http.woken, http.erased, http.state, await http.store.list()])).toBe(before);
  });
});

/** A change that is done, its class in the audit, and what shows that it was. */
const document = { ...connectionDocument(), defaultCountry: 'FR' };
const user = `/users/${userOf(1)}`;
const table = [
  ['PUT', '', { document }, 'save-connection', 'intent'],
  ['DELETE', '', undefined, 'remove-connection', 'urgent'],
  ['POST', '/source/epoch', { epoch: 0 }, 'raise-epoch', 'intent'],
  ['POST', '/passes', { kind: 'preview' }, 'start-pass', 'intent'],
  ['POST', '/passes/p1/pause', {}, 'pause-pass', 'urgent'],
  ['POST', '/passes/p1/resume', {}, 'resume-pass', 'intent'],
  ['POST', '/passes/p1/cancel', {}, 'cancel-pass', 'urgent'],
  ['PUT', '/pass-schedules/sample', { everyMinutes: 60 }, 'set-pass-schedule', 'intent'],
  ['DELETE', '/pass-schedules/pass', undefined, 'remove-pass-schedule', 'urgent'],
  ['POST', `${user}/reconcile`, {}, 'reconcile-user', 'intent'],
  ['POST', '/users/erase', { sourceKey: 'key-1' }, 'erase-user', 'intent'],
  ['POST', '/holds/HOLD/approve', { hash: 'HASH' }, 'approve-hold', 'intent'],
  ['POST', '/holds/HOLD/reject', { hash: 'HASH' }, 'reject-hold', 'urgent'],
] as const;

describe.each(table)('%s %s', (method, rest, body, action, kind) => {
  const [as, reason] = ['ada:operator,approver', method === 'DELETE' ? 'cleaned up' : 'as agreed'];
  const sent = { 'if-match': '"1"', 'idempotency-key': 'once', 'x-request-id': 'r-1' };
  let change: (more?: object, headers?: Record<string, string>) => ReturnType<typeof http.call>;
  const state = async () =>
    JSON.stringify([
      ...[http.engine.told, [...http.engine.times], http.woken, http.erased, http.state.epoch],
      ...[await http.store.list(), await http.passes.list(http.ref, 9), await http.guards.list(http.ref, undefined, 9)],
    ]);
  beforeEach(async () => {
    await http.passes.open({
      ...{
        ...http.ref,
        id: 'p1' as PassId,
        kind: 'pass',
        stage: action === 'erase-user' ? 'held' : 'planning',
        connectionVersion: 1,
      },
      ...{ startedBy: 'x', startedAt: at, users: 2 },
    });
    http.engine.current = { ...http.ref, kind: 'pass', pass: 'p1' as PassId };
    http.engine.times.set('pass', { everyMinutes: 60, jitterMinutes: 0 });
    const held = { planHash: 'plan' as PlanHash, counts: { ...noChanges, deletions: 1 }, plan: { steps: [], findings: [] } };
    const hold = await http.guards.hold(
      { ...http.ref, user: userOf(1) },
      held,
      { because: 'too-many-deletions', holdHours: 72 },
      at,
    );
    const { hash } = (await http.guards.read(http.ref, hold))!;
    const filled = body && (JSON.parse(JSON.stringify(body).replace('HASH', hash)) as object);
    const url = rest.replace('HOLD', hold);
    change = (more = {}, headers = {}) => {
      const all = { as, headers: { ...sent, ...headers } };
      return http.call(method, url, filled ? { ...all, body: { ...filled, reason, ...more }, isBare: true } : all);
    };
  });

  it('is noted before and after, with who, why, and under which request', async () => {
    expect((await change()).status).toBeLessThan(300);
    const about = { environment: 'acme', connection: 'workforce', action, actor: 'ada', reason, requestId: expect.any(String) };
    expect(http.trail.notes).toMatchObject([
      { ...about, class: kind },
      { ...about, class: 'result', result: expect.any(String) },
    ]);
    // By which the result is known, or missed.
    const [intent, result] = http.trail.notes.map((note) => note.intent);
    expect([intent, typeof intent]).toEqual([result, 'string']);
  });

  it('R43: is refused without any effect when the audit can not be written', async () => {
    http.trail.full = ['intent', 'urgent'];
    const before = await state();
    expect(await change()).toMatchObject({ status: 503, body: { type: 'urn:tallystick:problem:audit-not-writable' } });
    expect(await state()).toBe(before);
    http.trail.full = [];
    expect((await change()).status).toBeLessThan(300); // the key is still free
  });

  it('is done, and said to be done, when only what became of it can not be noted', async () => {
    http.trail.full = ['result'];
    expect((await change()).status).toBeLessThan(300);
    expect(http.errors).toHaveLength(1);
  });

  it('is done once for its key, answered again as it was, and refused as another request', async () => {
    const first = await change();
    const after = await state();
    const again = await change();
    expect([again.status, again.text, again.headers['etag']]).toEqual([first.status, first.text, first.headers['etag']]);
    expect(await state()).toBe(after);
    expect(http.trail.notes).toHaveLength(2);
    const other = method === 'DELETE' ? await change({}, { 'if-match': '"2"' }) : await change({ reason: 'another one' });
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:tallystick:problem:idempotency-key-reused' } });
  });
});

describe('a change of which nobody knows whether it was made', () => {
  const headers = { 'if-match': '"1"', 'idempotency-key': 'lost' };
  it('is found to be made by who repeats it, and is not made twice', async () => {
    const save = http.store.save.bind(http.store);
    http.store.save = async (...saved) => {
      await save(...saved);
      throw new Error('the answer got lost');
    };
    expect((await http.call('PUT', '', { body: document, headers })).status).toBe(503);
    http.store.save = save;
    expect(await http.call('PUT', '', { body: document, headers })).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect((await http.store.history(http.ref, 9)).map(({ version }) => version)).toEqual([2, 1]);
    expect(http.trail.notes.map(({ result }) => result)).toEqual([undefined, 'outcome-unknown', undefined, 'done-before']);
  });
});

describe('R43: a reading of personal data', () => {
  const inspection = {
    kind: 'explanation',
    explanation: {
      environment: 'acme',
      connection: 'workforce',
      user: userOf(1),
      at,
      connectionVersion: 1,
      unfinished: false,
      outcomes: [],
      targets: [],
    },
  } as never;
  it('is not answered when it can not be noted; what is masked is', async () => {
    http.state.inspection = inspection;
    http.trail.full = ['reading'];
    const refused = { status: 503, body: { type: 'urn:tallystick:problem:audit-not-writable' } };
    expect(await http.call('GET', `${user}/explain`, { as: 'olga:auditor' })).toMatchObject(refused);
    expect(await http.call('POST', '/users/lookup', { body: { sourceKey: 'key-1' } })).toMatchObject(refused);
    expect((await http.call('GET', `${user}/explain`, { as: 'olga:viewer' })).status).toBe(200);
  });

  it('of somebody who is not known leaves no name, so that nobody can fill the audit with guesses', async () => {
    await http.call('POST', '/users/lookup', { body: { sourceKey: 'key-1' } });
    expect(http.trail.notes).toMatchObject([
      { action: 'look-up-user', actor: 'ada', facts: { known: true }, person: { user: userOf(1) } },
    ]);
    http.state.isKnown = false;
    await http.call('POST', '/users/lookup', { body: { sourceKey: 'nobody' } });
    expect(http.trail.notes[1]).toMatchObject({ facts: { known: false } });
    expect(http.trail.notes[1]).not.toHaveProperty('person');
  });
});
