import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createKafka, readToEnd } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { address, type AwayWorld, hasNetwork, startAwayWorld } from './access-away-world.ts';
import { isAllowed } from './system/ask-validators.ts';
import { everythingWritten, findIn, type Written } from './system/leaks.ts';
import { waitUntil } from './system/wait-until.ts';

// The issuer dies. What is left: revoking by id, with a token of before or with the break-glass credential, and every use is in the audit.
// Real processes, TLS, Redis, Kafka, Temporal and OpenID provider.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('away').toLowerCase();
const lastUsed = 'tallystick_break_glass_last_used_timestamp_seconds';

let world: AwayWorld;
let [admin, caller, breakGlass] = ['', '', ''];
/** Tokens by their labels. */
const tokens = new Map<string, { readonly id: string; readonly value: string }>();
const servers = () => {
  const { redis, kafka, temporal } = endpoints();
  return { redis, kafka: kafka.join(','), temporal };
};

const send = async (method: string, path: string, body: object, headers: Readonly<Record<string, string>> = {}) => {
  const { status, text, body: answered } = await world.ask(method, path, admin, { reason: 'a test', ...body }, headers);
  if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
  return answered;
};
const revokeBy = (authorization: string, id: string, more: object = {}) =>
  world.ask('POST', `/tokens/${id}/revoke`, authorization, { reason: 'INC-17: Ann holds the envelope', ...more });
const accepts = (label: string, device?: string) =>
  isAllowed(world.validator(), {
    ...{ environment, caller, presentedToken: tokens.get(label)!.value },
    ...(device === undefined ? {} : { device }),
  });

beforeAll(async () => {
  world = await startAwayWorld(root, environment, servers());
  admin = `Bearer ${await world.access.tokenFor('admin', environment, ['token-admin', 'viewer', 'approver'])}`;
  caller = await world.access.tokenFor('provider', environment, ['validator-caller']);
  breakGlass = `BreakGlass ${world.credential}`;
  await send('PUT', '/requirement', { mode: 'enforce', effectiveAt: new Date().toISOString(), force: { reason: 'a test' } });
  for (const label of ['kept', 'armed', 'stale', 'opened', 'limited', 'limited too']) {
    const { token, value } = (await send('POST', '/tokens', { label })) as { token: { id: string }; value: string };
    tokens.set(label, { id: token.id, value });
  }
  const { body, headers } = await world.ask('GET', '/settings', admin);
  const { version: _, guards, ...settings } = body;
  const changed = { ...settings, guards: { ...(guards as object), minimumObservationHours: 0 } };
  await send('PUT', '/settings', changed, { 'if-match': headers.etag ?? '' });
  for (const label of tokens.keys()) await waitUntil(`the validator to accept ${label}`, () => accepts(label));
  // A phone is seen with the token that stays, so the guards know that nobody has the others: nothing can be forced below.
  await accepts('kept', 'phone-1');
  await waitUntil('the guards to know which token phones have', async () => {
    const { text } = await world.ask('GET', '/adoption', admin);
    return text.includes('"kind":"known"');
  });
  // A history of this environment, so that the search below has one to look through.
  const slots = [{ id: 'jamf', mdm: 'jamf', platform: 'ios', kind: 'person' }];
  await send('POST', '/rotations', { label: 'winter', segment: { platform: 'ios' }, slots, adoptionShare: 0.9 });
}, 180_000);

afterAll(() => world?.stop(), 60_000);

describe('while the issuer is there', () => {
  it('the break-glass credential opens nothing, and who mounts its file can arm it: a second hand', async () => {
    const { id } = tokens.get('armed')!;
    expect((await revokeBy(breakGlass, id)).status).toBe(401);
    expect([await world.metric(lastUsed), await accepts('armed')]).toEqual([0, true]);
    world.mount({ armedUntil: new Date(Date.now() + 3_600_000).toISOString() });
    const { body } = await waitUntil('the file to be armed', async () => {
      const answer = await revokeBy(breakGlass, id);
      return answer.status === 200 && answer;
    });
    expect(body).toMatchObject({ confirmedBy: expect.any(String), token: { id, state: 'revoked' } });
    expect(await accepts('armed')).toBe(false);
    expect(await world.metric(lastUsed)).toBeGreaterThan(Date.now() / 1_000 - 60);
    world.mount();
    await waitUntil('it to be shut again', async () => (await revokeBy(breakGlass, 'tok_none')).status === 401, {
      everyMs: 4_000,
    });
  }, 60_000);
});

describe('while the issuer is away', () => {
  it('a token that was issued before revokes by id, and does nothing else', async () => {
    await world.killIssuer();
    await waitUntil('its keys to be too old', async () => (await world.ask('GET', '/tokens', admin)).status === 503);
    const { id } = tokens.get('stale')!;
    const others: readonly (readonly [string, string, object?])[] = [
      ['GET', '/tokens'],
      ['GET', '/requirement'],
      ['POST', '/tokens', { label: 'one more' }],
      ['POST', '/tokens/revoke-all-but', { keep: id }],
      ['POST', `/tokens/${id}/retire`, {}],
      ['PUT', '/requirement', { mode: 'off' }],
    ];
    const refused = async () =>
      Promise.all(
        others.map(async ([method, path, body]) => {
          const { status } = await world.ask(method, path, admin, body && { reason: 'a test', ...body });
          return status;
        }),
      );
    expect(await refused()).toEqual(others.map(() => 503));
    expect((await revokeBy(admin, id, { force: { reason: 'now' } })).status).toBe(403);
    expect(await accepts('stale')).toBe(true);
    expect(await revokeBy(admin, id)).toMatchObject({ status: 200, body: { token: { id, state: 'revoked' } } });
    expect(await accepts('stale')).toBe(false);
    expect(await refused()).toEqual(others.map(() => 503)); // having revoked, they are known for nothing else
  }, 60_000);

  it('the break-glass credential opens by itself; wrong ones never shut it, and it does nothing else either', async () => {
    const { id } = tokens.get('opened')!;
    const wrong = Array.from({ length: 300 }, () => `BreakGlass bg_${randomBytes(32).toString('base64url')}`);
    for (const one of [...wrong, 'BreakGlass', 'BreakGlass bg_', `${breakGlass}x`])
      if ((await revokeBy(one, id)).status !== 401) throw new Error('a wrong credential was not refused');
    expect(await accepts('opened')).toBe(true);
    expect((await world.ask('GET', '/tokens', breakGlass)).status).toBe(401);
    expect((await world.ask('POST', '/tokens', breakGlass, { reason: 'a test', label: 'x' })).status).toBe(401);
    expect((await revokeBy(breakGlass, id, { force: { reason: 'now' } })).status).toBe(403);
    expect(await revokeBy(breakGlass, id)).toMatchObject({ status: 200, body: { token: { id, state: 'revoked' } } });
    expect(await accepts('opened')).toBe(false);
    expect(await accepts('kept')).toBe(true);
  }, 60_000);

  (hasNetwork ? it : it.skip)('who sends it over the net without TLS is refused, and told to exchange it', async () => {
    const { id } = tokens.get('limited')!;
    const { status } = await world.askPlainly('POST', `/tokens/${id}/revoke`, breakGlass, { reason: 'a test' });
    expect(status).toBe(401);
    const log = () => readFileSync(world.logOf('token-service-plain'), 'utf8');
    await waitUntil('the log to say so', () => Promise.resolve(log().includes('mount the digest of another one')));
  });

  it('it revokes a few a minute, so that who has stolen it does not empty all rings at once', async () => {
    const many = ['kept', 'limited', 'limited too'].map((label) => tokens.get(label)!.id);
    const { status, headers, text } = await world.ask('POST', '/tokens/revoke', breakGlass, { reason: 'x', tokens: many });
    expect([status, Number(headers['retry-after']) > 0]).toEqual([429, true]);
    expect(text).toContain('2 tokens a minute');
    expect(await accepts('limited')).toBe(true);
  });
});

describe('what was written', () => {
  interface Entry {
    readonly environment?: string;
    readonly action?: string;
    readonly via?: string;
    readonly keys?: string;
    readonly tokens?: readonly unknown[];
    readonly revoked?: readonly string[];
    readonly from?: string;
  }
  it('the audit has a note of each use before the change that it made, and of where it came from only a digest', async () => {
    const logger = createLogger({ service: 'auditor', level: 'silent' });
    const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'auditor', logger });
    const read = async (): Promise<readonly Entry[]> => {
      const entries: Entry[] = [];
      const onRecord = ({ value }: { readonly value: Buffer | null }) => {
        const { entry } = JSON.parse(String(value)) as { entry?: Entry | string };
        if (typeof entry === 'object' && entry.environment === environment) entries.push(entry);
      };
      await readToEnd({ kafka, topic: 'tallystick.audit', groupPrefix: 'auditor', onRecord });
      return entries;
    };
    const revokedIn = (entries: readonly Entry[], id: string) => entries.findIndex(({ revoked }) => revoked?.includes(id));
    const { id: last } = tokens.get('opened')!;
    const entries = await waitUntil('the last revoke to be published', async () => {
      const now = await read();
      return revokedIn(now, last) >= 0 && now;
    });
    for (const label of ['armed', 'opened']) {
      const { id } = tokens.get(label)!;
      const noted = entries.findIndex((one) => one.action === 'use-break-glass' && one.tokens?.includes(id));
      expect(entries[noted]).toMatchObject({ via: 'break-glass', from: expect.stringMatching(/^[\w-]+:[0-9a-f]{64}$/) });
      expect(revokedIn(entries, id)).toBeGreaterThan(noted);
      expect(entries[revokedIn(entries, id)]).toMatchObject({ action: 'revoke-tokens', via: 'break-glass' });
    }
    expect(entries[revokedIn(entries, tokens.get('stale')!.id)]).toMatchObject({ keys: 'stale' });
    if (hasNetwork) expect(JSON.stringify(entries)).not.toContain(address);
  }, 60_000);

  it('the credential is in nothing: no log, file, key of Redis, topic or history', async () => {
    const places = new Set<string>();
    async function* searched(): AsyncGenerator<Written> {
      for await (const written of everythingWritten({ folder: world.folder, servers: servers(), environment })) {
        places.add(written.where.split(' ')[0]!);
        yield written;
      }
    }
    const texts = new Map([
      ['the credential', world.credential],
      ['the secret of it', world.credential.slice('bg_'.length)],
    ]);
    await waitUntil('the history to be listed', async () => {
      places.clear();
      expect(await findIn(searched(), texts)).toEqual([]);
      return places.has('temporal');
    });
    expect([...places].sort()).toEqual(['file', 'kafka', 'redis', 'temporal']);
  }, 60_000);
});
