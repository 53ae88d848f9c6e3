import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './run-cli.ts';
import { problem, type Scripted, scriptedServer } from './test-support/scripted-server.ts';
import { testTerminal } from './test-support/test-terminal.ts';

// What the command line makes of a network and of a person. What the services mean is shown against them: apps/system-e2e, cli.e2e-spec.

let folder: string;
const servers: Awaited<ReturnType<typeof scriptedServer>>[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));
  writeFileSync(join(folder, 'token'), 'a.b.c\n');
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const environment = () => ({ TALLYSTICK_ENVIRONMENT: 'acme', TALLYSTICK_ACCESS_TOKEN_FILE: join(folder, 'token') });
async function run(args: readonly string[], answers: readonly Scripted[] = [], more: Parameters<typeof testTerminal>[0] = {}) {
  const server = await scriptedServer(answers);
  servers.push(server);
  const { terminal, shown } = testTerminal({ ...more, env: { ...environment(), TALLYSTICK_URL: server.url, ...more.env } });
  const exit = await runCli(args, terminal);
  return { exit, ...shown, seen: server.seen };
}
const token = {
  ...{ id: 'tok_aaaaaaaaaaaaaaaa', label: 'a', state: 'active', accepted: true, origin: 'generated', segment: {} },
  ...{ segmentName: 'all', createdAt: '2027-01-01T00:00:00.000Z', createdBy: 'ada', pepper: 'p' },
};
const propagation = { confirmedBy: 'acknowledgement', validators: 2, waitedMs: 12, bounded: true };
const revoked = { outcome: 'changed', version: 2, warnings: [], tokens: [token], ...propagation };
const added = { outcome: 'changed', version: 2, warnings: [], token, value: 'tsk_secret', propagation };
const revoke = ['token', 'revoke', token.id, '--yes', '--reason', 'stolen'];

describe('a change', () => {
  it('is repeated with the same key and body while nobody knows its outcome, and answered once', async () => {
    const { exit, seen, out } = await run(revoke, [
      'break',
      { status: 503, body: problem('outcome-unknown', 503), headers: { 'retry-after': '0' } },
      { status: 504, body: 'bad gateway' },
      { status: 200, body: revoked },
    ]);
    expect([exit, seen.length]).toEqual([0, 4]);
    expect(new Set(seen.map(({ key, body }) => `${key} ${body}`)).size).toBe(1);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ tokens: [token.id], reason: 'stolen' });
    expect(out).toContain('no validator can accept it any more, confirmed by 2 validators, after 12 ms');
  });

  it('whose outcome stays unknown ends with 5 and the key to repeat it with', async () => {
    const { exit, err } = await run([...revoke, '--timeout', '1', '--idempotency-key', 'mine'], ['hang']);
    expect(exit).toBe(5);
    expect(err).toContain('may or may not have been made');
    expect(err).toContain('--idempotency-key mine');
  });

  it('stays unknown when a lost answer is followed by a service that is away', async () => {
    const { exit } = await run(
      [...revoke, '--timeout', '1'],
      ['break', { status: 503, body: problem('store-unavailable', 503), headers: { 'retry-after': '1' } }],
    );
    expect(exit).toBe(5);
  });

  it('that a guard refuses ends with 3, its figures and what an approver can do', async () => {
    const figures = { kind: 'known', devices: 100, byToken: 20, bySiblings: 0 };
    const refused = problem('too-many-devices', 409, { detail: 'because', forceable: true, figures });
    const { exit, err, out } = await run([...revoke, '--json'], [{ status: 409, body: refused }]);
    expect([exit, out]).toEqual([3, '']);
    const { error } = JSON.parse(err) as { error: { exit: number; advice: string; problem: object } };
    expect(error.problem).toEqual(refused);
    expect(error.advice).toBe(
      'Because. Of 100 devices seen it would refuse 20 for their token and 0 for other requirements. An approver can do it all the same with --force.',
    );
  });

  it('that waits for a second person ends with 8: nothing is done yet', async () => {
    const proposal = { id: 'p1', command: { kind: 'revoke-tokens' }, refusal: 'too-many-devices', text: 'It would refuse many.' };
    const proposed = { ...proposal, reason: 'stolen', by: 'ada', at: token.createdAt, expiresAt: token.createdAt };
    const { exit, out } = await run(revoke, [{ status: 202, body: { outcome: 'proposed', version: 1, proposal: proposed } }]);
    expect(exit).toBe(8);
    expect(out).toContain('Nothing was changed: a second person has to approve it');
  });

  it('needs a reason, and a yes where it does harm; without them nothing is sent', async () => {
    const sent = [{ status: 200, body: revoked }];
    const bare = ['token', 'revoke', token.id];
    expect(await run(bare, sent)).toMatchObject({ exit: 2, seen: [] });
    expect(await run([...bare, '--reason', 'x'], sent)).toMatchObject({ exit: 2, seen: [] });
    const adoption = { status: 503, body: problem('sightings-unavailable', 503) };
    const asked = await run(bare, [adoption, { status: 200, body: token }], {
      isTerminal: { in: true },
      answers: ['stolen', 'n'],
    });
    expect(asked.exit).toBe(9);
    expect(asked.seen.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(asked.err).toContain('how many devices present it is unknown');
  });
});

describe('the value of a new token', () => {
  const add = ['token', 'add', 'phones', '--reason', 'new'];
  const answer = [{ status: 201, body: added }];

  it('goes to stdout only when that is asked for', async () => {
    expect((await run([...add, '--print-value'], answer)).out).toContain('tsk_secret');
    const kept = await run([...add, '--keep-value'], answer); // a service that shows it all the same
    expect(kept.out + kept.err).not.toContain('tsk_secret');
    expect(JSON.parse(kept.seen[0]?.body ?? '')).toMatchObject({ showValue: false, keepValue: true });
    expect((await run([...add, '--keep-value', '--json'], answer)).out).not.toContain('tsk_secret');
  });

  it('goes into a new file that only its owner reads; one that is there is left alone, and nothing is asked for', async () => {
    const file = join(folder, 'value');
    const { exit, out, err } = await run([...add, '--value-to', file, '--json'], answer);
    expect([exit, readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([0, 'tsk_secret\n', 0o600]);
    expect(out + err).not.toContain('tsk_secret');
    expect(await run([...add, '--value-to', file], answer)).toMatchObject({ exit: 2, seen: [] });
  });

  it('has to have a place, and a refusal leaves no empty file', async () => {
    expect(await run(add, answer)).toMatchObject({ exit: 2, seen: [] });
    const file = join(folder, 'never');
    expect((await run([...add, '--value-to', file], [{ status: 409, body: problem('ring-full', 409) }])).exit).toBe(3);
    expect(existsSync(file)).toBe(false);
  });
});

describe('where it goes', () => {
  const list = ['token', 'list'];

  it('is never elsewhere: a redirect is not followed, and no token goes over plain HTTP to another machine', async () => {
    const other = await scriptedServer([{ status: 200, body: {} }]);
    const { exit, err } = await run(list, [{ status: 307, headers: { location: other.url } }]);
    expect([exit, other.seen]).toEqual([6, []]);
    expect(err).toContain('redirect');
    await other.close();
    const plain = await run([...list, '--url', 'http://tokens.example'], []);
    expect([plain.exit, plain.err]).toEqual([2, expect.stringContaining('must start with https://')]);
  });

  it.each<[number, object, number]>([
    [401, problem('unauthenticated', 401), 4],
    [403, problem('forbidden', 403), 4],
    [404, problem('not-found', 404), 4],
    [400, problem('malformed-request', 400), 2],
    [503, problem('ring-unreadable', 503), 6],
    [200, { not: 'a list' }, 1],
  ])('an answer %i %j ends with %i', async (status, body, exit) => {
    expect((await run(list, [{ status, body }])).exit).toBe(exit);
  });

  it('that does not answer ends with 6, and says of a change that it was not made', async () => {
    const gone = await scriptedServer([]);
    await gone.close();
    const { terminal, shown } = testTerminal({ env: { ...environment(), TALLYSTICK_URL: gone.url } });
    expect(await runCli([...revoke, '--timeout', '1'], terminal)).toBe(6);
    expect(shown.err).toMatch(/can not be reached \(ECONNREFUSED\); nothing was changed/);
    shown.err = '';
    expect(await runCli([...list, '--timeout', '1'], terminal)).toBe(6);
    expect(shown.err).toMatch(/can not be reached \(ECONNREFUSED\)\n/);
  });

  it('reads every page', async () => {
    const pages = [
      { status: 200, body: { version: 1, items: [token], next: token.id } },
      { status: 200, body: { version: 1, items: [{ ...token, id: 'tok_bbbbbbbbbbbbbbbb' }] } },
    ];
    const { out, seen } = await run([...list, '--json'], pages);
    expect(JSON.parse(out)).toMatchObject({ format: 1, command: 'token list', result: { items: [{}, {}] } });
    expect(seen[1]?.path).toContain(`cursor=${token.id}`);
    expect(seen[0]?.authorization).toBe('Bearer a.b.c');
  });
});

describe('an argument that is not understood', () => {
  it.each([[['nonsense']], [['token']], [['token', 'list', '--state', 'x']], [['hold', 'show']], [['parked', 'replay']]])(
    '%j ends with 2',
    async (args) => {
      expect(await run(args)).toMatchObject({ exit: 2, seen: [] });
    },
  );

  it('is not one of help, which ends with 0', async () => {
    expect(await run(['token', 'revoke', '--help'])).toMatchObject({
      exit: 0,
      out: expect.stringContaining('--reason') as unknown,
    });
  });
});

describe('the key of a user', () => {
  const answers = [{ status: 404, body: problem('not-found', 404) }];
  const explain = ['explain', '-c', 'staff'];

  it('is asked for or piped in, and in an argument only with a warning; no output has it', async () => {
    const typed = await run(explain, answers, { isTerminal: { in: true }, answers: ['jane-7'] });
    const piped = await run([...explain, '-'], answers, { input: 'jane-7\n' });
    const given = await run([...explain, 'jane-7'], answers);
    const dashed = await run([...explain, '-'], answers, { isTerminal: { in: true }, answers: ['jane-7'] });
    for (const { seen, out, err } of [typed, piped, given, dashed]) {
      expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ sourceKey: 'jane-7' });
      expect(out + err).not.toContain('jane-7');
    }
    expect([piped.err.includes('history'), given.err.includes('history')]).toEqual([false, true]);
  });

  it('of whom is to be erased travels in the body as well, after it was confirmed', async () => {
    const done = {
      known: true,
      erased: { accounts: 1, holds: 0, passEntries: 2, mentions: 0, parkedRecords: 0, runs: 3 },
      left: [],
    };
    const erase = ['erase', '-c', 'staff', '--reason', 'asked for it'];
    const refused = await run(erase, [], { isTerminal: { in: true }, answers: ['jane-7', 'n'] });
    expect([refused.exit === 0, refused.seen]).toEqual([false, []]);
    const { exit, seen, out, err } = await run([...erase, '--yes', '-'], [{ status: 200, body: done }], { input: 'jane-7\n' });
    expect([exit, JSON.parse(seen[0]?.body ?? '')]).toEqual([0, { sourceKey: 'jane-7', reason: 'asked for it' }]);
    expect(out).toContain('3 runs in Temporal');
    expect(out + err).not.toContain('jane-7');
  });
});

describe('explaining somebody', () => {
  const answer = (known: boolean) => ({
    ...{ user: 'a'.repeat(32), known, masked: true, workflow: { id: 'w' }, at: token.createdAt, connectionVersion: 1 },
    ...{ targets: [], unfinished: false, outcomes: known ? [{ at: token.createdAt, kind: 'in-sync', steps: [] }] : [] },
  });

  it('who is not known here says so, not that all is well, and has an exit code of its own', async () => {
    const found = { status: 200, body: { user: 'a'.repeat(32), outcome: null } };
    const piped = await run(['explain', '-c', 'staff', '-'], [found, { status: 200, body: answer(false) }], {
      input: 'jnae-7\n',
    });
    expect([piped.exit, piped.out]).toEqual([10, expect.stringMatching(/^NOT KNOWN HERE .*acme\/staff/)]);
    expect(piped.out).not.toMatch(/nothing to do|Plan|Last outcomes/);
    const json = await run(
      ['explain', '-c', 'staff', '--hash', 'a'.repeat(32), '--json'],
      [{ status: 200, body: answer(false) }],
    );
    expect([json.exit, JSON.parse(json.out)]).toMatchObject([10, { result: { explanation: { known: false } } }]);
  });

  it('who has outcomes and no record is known, and the record is said to be missing', async () => {
    const ended = await run(['explain', '-c', 'staff', '--hash', 'a'.repeat(32)], [{ status: 200, body: answer(true) }]);
    expect([ended.exit, ended.out]).toEqual([0, expect.stringContaining('There is no record of this user.')]);
  });
});

describe('reading a source anew', () => {
  const rebuild = ['source', 'rebuild', '-c', 'staff', '--reason', 'restored', '--yes'];
  const now = { status: 200, body: { topic: 'staff', epoch: 4 } };

  it('is repeated with its key only when the epoch of the first try is named', async () => {
    const bare = await run([...rebuild, '--idempotency-key', 'mine'], [now]);
    expect([bare.exit, bare.seen, bare.err]).toEqual([2, [], expect.stringContaining('--epoch')]);
    const again = await run(
      [...rebuild, '--idempotency-key', 'mine', '--epoch', '3'],
      [now, { status: 200, body: { epoch: 4, outcome: 'replayed' } }],
    );
    expect([again.exit, JSON.parse(again.seen[1]?.body ?? '')]).toEqual([0, { epoch: 3, reason: 'restored' }]);
    expect((await run([...rebuild, '--epoch', 'x'], [now])).exit).toBe(2);
  });

  it('whose outcome is unknown names both, the key and the epoch', async () => {
    const { exit, err } = await run([...rebuild, '--timeout', '1', '--json'], [now, 'hang']);
    const { error } = JSON.parse(err) as { error: { advice: string; problem: object } };
    expect([exit, error.problem]).toEqual([5, { idempotencyKey: 'key-1', epoch: 4 }]);
    expect(error.advice).toMatch(/--epoch 4 [\s\S]*--idempotency-key key-1/);
  });
});
