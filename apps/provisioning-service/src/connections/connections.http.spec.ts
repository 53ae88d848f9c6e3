import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parityOptions, type UnreadableConnection, UnreadableDocument } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { openApiFaults } from '@tallystick/platform-testing';
import { ada, connectionsHttp } from './test-support/connections-http.ts';

let http: Awaited<ReturnType<typeof connectionsHttp>>;
beforeEach(async () => {
  http = await connectionsHttp();
});
afterEach(() => http.app.close());

const document = (changes: object = {}): object => ({
  ...connectionDocument({ source: { topic: 'acme.partners', format: { kind: 'json' } } }),
  connection: 'partners',
  directory: { kind: 'pingid', properties: { file: 'partners.properties' } },
  ...changes,
});
const saved = document({
  connection: 'workforce',
  directory: connectionDocument().directory,
  source: { topic: 'acme.people', format: { kind: 'debezium', envelope: 'full' } },
});
const seen = { 'if-match': '"1"' };
const fresh = { 'if-none-match': '*' };
const ref = { environment: environmentId('acme'), connection: connectionId('workforce') };

describe('the routes of connections', () => {
  it('are documented as OpenAPI 3.1 says', async () => {
    expect(await openApiFaults(await http.openApi())).toEqual([]);
  });

  it.each([
    ['PUT', '/workforce', 'viewer,auditor,token-admin'],
    ['DELETE', '/workforce', 'viewer,auditor,token-admin'],
    ['POST', '/workforce/validate', 'viewer,auditor,token-admin'],
    ['POST', '/workforce/test', 'viewer,auditor,token-admin'],
    ['POST', '/workforce/try-mapping', 'viewer,token-admin'],
    ['GET', '', 'token-admin,validator-caller'],
  ] as const)('let nobody in without the role (%s %s), and do not tell strangers what there is', async (method, rest, roles) => {
    const body = method === 'GET' ? {} : { body: {} };
    expect((await http.call(method, rest, { ...body, as: `x:${roles}` })).status).toBe(403);
    expect((await http.call(method, rest, { ...body, as: 'x:operator,approver@elsewhere' })).status).toBe(404);
  });
});

describe('reading', () => {
  it("shows the document, the reference's labels and the warnings, with the version as ETag", async () => {
    const answer = await http.call('GET', '/workforce', { as: 'x:viewer' });
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: { version: 1, savedBy: 'file' } });
    expect(answer.body).toMatchObject({
      document: { directory: { properties: { file: 'pingid.properties' } } },
      reference: expect.arrayContaining([{ label: 'Manage Devices', key: 'manageDevices', value: 'Merge devices' }]),
      warnings: [{ kind: 'nobody-is-disabled', text: expect.stringContaining('P8') }],
    });
    expect((await http.call('GET', '/nobody')).status).toBe(404);
    expect((await http.call('GET', '')).body).toMatchObject({
      readOnly: false,
      connections: [{ connection: 'workforce', topic: 'acme.people' }],
    });
  });
});

describe('saving', () => {
  it('makes a connection once, replaces the version that was seen, and keeps the history', async () => {
    const made = await http.call('PUT', '/partners', { body: document(), headers: fresh });
    expect(made).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    expect((await http.call('PUT', '/partners', { body: document(), headers: fresh })).status).toBe(412);
    const read = (await http.call('GET', '/partners')).body;
    const changed = { ...(read['document'] as unknown as object), defaultCountry: 'FR' };
    expect(await http.call('PUT', '/partners', { body: changed, headers: seen })).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
    });
    expect(await http.call('PUT', '/partners', { body: changed, headers: seen })).toMatchObject({
      status: 412,
      body: { version: 2 },
    });
    expect((await http.call('GET', '/partners/history')).body).toMatchObject({
      versions: [{ version: 2, savedBy: 'ada' }, { version: 1 }],
    });
    expect((await http.call('DELETE', '/partners', { headers: seen })).status).toBe(412);
    expect((await http.call('DELETE', '/partners', { headers: { 'if-match': '"2"' } })).status).toBe(204);
    expect((await http.call('GET', '/partners')).status).toBe(404);
  });

  it('needs to know which version was seen', async () => {
    expect((await http.call('PUT', '/workforce', { body: saved })).status).toBe(428);
    expect((await http.call('DELETE', '/workforce')).status).toBe(428);
    expect((await http.call('PUT', '/workforce', { body: saved, headers: { ...seen, ...fresh } })).status).toBe(400);
    expect((await http.call('PUT', '/workforce', { body: saved, headers: { 'if-match': '*' } })).status).toBe(400);
  });

  it('refuses with all faults at once, of expressions as well, and none of the values', async () => {
    const faulty = {
      ...saved,
      connection: 'other',
      scope: 'sEcReT(',
      mapping: { userName: { expression: 'sEcReT' } },
      source: { topic: 'acme.people', format: { kind: 'json' } },
    };
    const answer = await http.call('PUT', '/partners', { body: faulty, headers: fresh });
    expect(answer.status).toBe(422);
    expect((answer.body['faults'] as unknown as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'connection',
      'mapping.userName.expression',
      'scope',
      'source.topic',
    ]);
    expect(answer.text).not.toContain('sEcReT');
    expect(await http.store.read({ ...ref, connection: connectionId('partners') })).toBeUndefined();
  });

  it('what is more dangerous than before is for an approver (ADR 5.5)', async () => {
    const body = { ...saved, options: { ...parityOptions, manageDevices: 'overwrite' } };
    const refused = await http.call('PUT', '/workforce', { body, headers: seen });
    expect(refused).toMatchObject({
      status: 403,
      body: { type: 'urn:tallystick:problem:needs-approver', dangers: [{ kind: 'overwrite-on' }] },
    });
    expect((await http.store.read(ref))?.version).toBe(1);
    expect((await http.call('PUT', '/workforce', { body, headers: seen, as: 'x:operator,approver@elsewhere' })).status).toBe(404);
    expect((await http.call('PUT', '/workforce', { body, headers: seen, as: 'bob:approver@acme' })).status).toBe(200);
    expect(http.logged).toContainEqual(expect.objectContaining({ by: 'bob', version: 2, dangers: ['overwrite-on'] }));
    // It is there now: to keep it needs nobody.
    expect(
      (await http.call('PUT', '/workforce', { body: { ...body, defaultCountry: 'GB' }, headers: { 'if-match': '"2"' } })).status,
    ).toBe(200);
  });

  it('of a connection that was removed is held against what it was: removing it is no way around an approver', async () => {
    const careful = { ...saved, preset: 'never-less', options: {}, guards: { twoPeople: true } };
    expect((await http.call('PUT', '/workforce', { body: careful, headers: seen })).status).toBe(200);
    expect((await http.call('DELETE', '/workforce', { headers: { 'if-match': '"2"' } })).status).toBe(204);
    const body = { ...saved, preset: 'parity', options: {}, guards: { twoPeople: false } };
    const answer = await http.call('PUT', '/workforce', { body, headers: fresh });
    expect(answer).toMatchObject({ status: 403, body: { type: 'urn:tallystick:problem:needs-approver' } });
    expect((answer.body['dangers'] as unknown as { kind: string }[]).map(({ kind }) => kind)).toEqual([
      'working-factor-unprotected',
      'remove-first',
      'one-person-approves',
    ]);
    expect((await http.call('PUT', '/workforce', { body: careful, headers: fresh })).status).toBe(201);
  });

  it('is refused where connections come from a file, with what to do; reading and trying go on', async () => {
    const files = await connectionsHttp({ readOnly: true });
    for (const [method, options] of [
      ['PUT', { body: saved, headers: seen }],
      ['DELETE', { headers: seen }],
    ] as const)
      expect(await files.call(method, '/workforce', options)).toMatchObject({
        status: 409,
        body: { type: 'urn:tallystick:problem:connections-are-read-only' },
      });
    expect((await files.call('POST', '/workforce/validate', { body: saved })).status).toBe(200);
    expect((await files.call('GET', '')).body).toMatchObject({ readOnly: true });
    await files.app.close();
  });
});

describe('a connection whose saved document can not be read', () => {
  beforeEach(() => {
    const unreadable = { ...ref, because: 'document.guards' };
    http.store.read = () => Promise.reject(new UnreadableDocument(unreadable, 1));
    http.store.history = (_, __, told?: (one: UnreadableConnection) => void) => (told?.(unreadable), Promise.resolve([]));
    const list = (_?: unknown, told?: (one: UnreadableConnection) => void) => (told?.(unreadable), Promise.resolve([]));
    http.store.list = list;
  });

  it('is named, and what has to be done with it', async () => {
    expect((await http.call('GET', '')).body).toMatchObject({
      connections: [],
      unreadable: [{ connection: 'workforce', because: 'document.guards' }],
    });
    const answer = await http.call('GET', '/workforce');
    expect(answer).toMatchObject({
      status: 409,
      body: { type: 'urn:tallystick:problem:connection-unreadable', version: 1 },
    });
  });

  it('is mended by an approver who saves another document over it', async () => {
    expect((await http.call('POST', '/workforce/validate', { body: saved })).body).toMatchObject({
      dangers: [{ kind: 'replaces-unreadable' }],
    });
    expect((await http.call('PUT', '/workforce', { body: saved, headers: fresh })).status).toBe(412);
    expect((await http.call('PUT', '/workforce', { body: saved, headers: seen })).status).toBe(403);
    const mended = await http.call('PUT', '/workforce', { body: saved, headers: seen, as: 'bob:approver' });
    expect(mended).toMatchObject({ status: 200, headers: { etag: '"2"' } });
  });
});

describe('a validation', () => {
  it('says what saving would, and saves nothing', async () => {
    const body = { ...saved, options: { 'Manage Devices': 'Overwrite devices', 'Remove User Action': 'Delete' } };
    const answer = await http.call('POST', '/workforce/validate', { body });
    expect(answer.body).toMatchObject({ valid: true, faults: [] });
    expect((answer.body['dangers'] as unknown as { kind: string }[]).map(({ kind }) => kind)).toEqual([
      'overwrite-on',
      'delete-on',
    ]);
    expect((answer.body['warnings'] as unknown as { kind: string }[]).map(({ kind }) => kind)).toContain(
      'deleted-users-come-back',
    );
    expect((await http.call('POST', '/workforce/validate', { body: { ...saved, mapping: {} } })).body).toMatchObject({
      valid: false,
      faults: [{ path: 'mapping.userName' }],
    });
    expect((await http.store.read(ref))?.version).toBe(1);
  });

  it('warns when a mapping reads what was not kept (trap 12)', async () => {
    const kept = await connectionsHttp({ document: connectionDocument({ keepAttributes: 'mapped' }) });
    const body = { ...saved, mapping: { userName: { attribute: 'username' }, mfaEmail1: { expression: 'source.mail' } } };
    const { warnings } = (await kept.call('POST', '/workforce/validate', { body })).body as unknown as {
      warnings: { kind: string }[];
    };
    expect(warnings.map(({ kind }) => kind)).toContain('new-attributes-need-a-rewind');
    await kept.app.close();
  });
});

describe('trying a mapping', () => {
  const candidate = {
    mapping: {
      userName: { expression: 'source.username.split(".")[0]' },
      mfaSms1: { attribute: 'mobile' },
      lName: { expression: 'source.surname', default: '?' },
    },
    scope: 'source.department == "it"',
  };
  const trial = (body: object, as?: string) => http.call('POST', '/workforce/try-mapping', { body, ...(as && { as }) });
  const targets = (answer: Awaited<ReturnType<typeof trial>>) =>
    (answer.body['results'] as unknown as { targets: { target: string }[] }[])[0]?.targets;

  it('shows how each target of a stored user comes about, masked unless an auditor asks; both are noted', async () => {
    const answer = await trial({ candidate, users: [ada] });
    expect(answer.body).toMatchObject({ masked: true, results: [{ user: ada, found: true, scope: 'in', becomes: 'present' }] });
    expect(targets(answer)).toContainEqual({
      target: 'mfaSms1',
      result: 'value',
      origin: { kind: 'attribute', name: 'mobile' },
      raw: '+•••3',
      value: '+•••3',
    });
    expect(targets(answer)).toContainEqual({
      target: 'lName',
      result: 'value',
      origin: { kind: 'default', because: 'attribute-missing' },
      raw: '•••',
      value: '•••',
    });
    expect(answer.text).not.toContain('7700');
    expect(answer.text).not.toContain('ovelac');
    // An expression is an oracle: who asks it of stored users is known, masked or not.
    const readBy = (actor: string, masked: boolean) => ({
      class: 'reading',
      action: 'try-mapping',
      actor,
      person: { ...ref, user: ada },
      facts: { masked },
    });
    expect(http.trail.notes).toMatchObject([readBy('ada', true)]);
    const open = await trial({ candidate, users: [ada] }, 'eve:auditor');
    expect(targets(open)).toContainEqual(expect.objectContaining({ target: 'userName', value: 'ada' }));
    expect(http.trail.notes.slice(1)).toMatchObject([readBy('eve', false)]);
  });

  it('masks by what a value is, not by where it was put', async () => {
    const shown = { userName: { attribute: 'username' }, country: { attribute: 'mobile' }, enabled: { attribute: 'username' } };
    const answer = await trial({ candidate: { mapping: shown }, users: [ada] });
    expect(answer.body).toMatchObject({ masked: true });
    expect(answer.text).not.toMatch(/7700|lovelace/);
    const plain = { ...shown, country: { expression: '"GB"' }, enabled: { expression: '"TRUE"' } };
    const values = targets(await trial({ candidate: { mapping: plain }, users: [ada] }));
    expect(values).toContainEqual(expect.objectContaining({ target: 'country', raw: 'GB', value: 'GB' }));
    expect(values).toContainEqual(expect.objectContaining({ target: 'enabled', raw: 'TRUE', value: 'true' }));
  });

  it('works on attributes that are sent, on a sample, and says who has no record', async () => {
    const sent = await trial({ candidate, attributes: { username: 'bob.x', mobile: 'none', department: 'hr' } });
    expect(sent.body).toMatchObject({ results: [{ found: true, scope: 'out', becomes: 'gone' }] });
    expect(targets(sent)).toContainEqual(
      expect.objectContaining({ target: 'mfaSms1', result: 'invalid', because: 'phone-not-a-number' }),
    );
    expect(http.trail.notes).toEqual([]);
    expect((await trial({ sample: 3 })).body).toMatchObject({ results: [{ user: ada, found: true }] });
    expect((await trial({ users: ['f'.repeat(32)] })).body).toMatchObject({ results: [{ found: false }] });
  });

  it('P14, P15: says what is used on creation only, and whose account is never touched', async () => {
    const marked = { ...candidate.mapping, mfaSms1: { attribute: 'mobile', createOnly: true } };
    const answer = await trial({ candidate: { mapping: marked, scope: null, protectedUsernames: ['ADA'] }, users: [ada] });
    expect(answer.body).toMatchObject({ results: [{ becomes: 'present', protected: true }] });
    expect(targets(answer)).toContainEqual(expect.objectContaining({ target: 'mfaSms1', createOnly: true }));
    expect(targets(answer)).not.toContainEqual(expect.objectContaining({ target: 'lName', createOnly: true }));
  });

  it('refuses what can not be tried, with its faults', async () => {
    expect((await trial({ candidate: { mapping: { userName: { expression: 'foo(' } } }, users: [ada] })).status).toBe(422);
    expect((await trial({ candidate: { guards: { enabled: false } }, users: [ada] })).status).toBe(422);
    expect((await trial({ users: [ada], sample: 2 })).status).toBe(400);
    expect((await trial({ users: ['ada@corp.example'] })).status).toBe(400);
  });
});

describe('a connection test', () => {
  it('is made by whoever has the secrets, of the saved document or of one that is sent', async () => {
    expect((await http.call('POST', '/workforce/test', { body: {} })).body).toEqual({
      checks: [{ part: 'secret', result: 'failed', because: 'not-there' }],
    });
    const directory = { kind: 'pingid', properties: { variable: 'NEW' } };
    await http.call('POST', '/workforce/test', { body: { document: { ...saved, directory } } });
    expect(http.inspected.map((one) => one.directory)).toEqual([connectionDocument().directory, directory]);
    expect((await http.call('POST', '/nobody/test', { body: {} })).status).toBe(404);
  });
});
