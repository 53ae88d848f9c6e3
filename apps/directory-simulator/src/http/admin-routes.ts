import { type FastifyInstance } from 'fastify';
import { type z } from 'zod';
import { type Refusal, refusals } from '../core/refusals.ts';
import { type Account, findDevice, withoutDevice } from '../core/account.ts';
import { deviceGuid } from '../core/pingone-ids.ts';
import { withoutExpired } from '../core/pingone-decide.ts';
import { generateUsers } from '../state/generate-users.ts';
import { type SettingsPatch } from '../state/settings.ts';
import { type Simulator } from '../state/simulator.ts';
import { pairOwnDevice, seedUsers } from './seed-users.ts';
import { deviceId, deviceSpec, faultList, logQuery, pageQuery, resetBody, settingsPatch } from './admin-schemas.ts';
import { check, Problem, readBody, sendJson } from './json-bodies.ts';

type UserRoute = { Params: { username: string } };

const isLoopback = (address: string | undefined) => address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);

function stop({ kind, hint }: Refusal): never {
  const { text } = refusals[kind];
  throw new Problem(
    kind === 'user-unknown' ? 404 : kind === 'device-limit' || kind === 'device-not-unique' ? 409 : 400,
    hint ? `${text} ${hint}` : text,
  );
}

/** What tests and demos need to set a scene and to look behind it. Answers on loopback only. */
export function adminRoutes(app: FastifyInstance, { simulator, seed }: { simulator: Simulator; seed: string }): void {
  app.addHook('onRequest', (request, _reply, proceed) =>
    proceed(isLoopback(request.socket.remoteAddress) ? undefined : new Problem(403, 'The admin API answers on loopback only.')),
  );

  const accountOf = (username: string) => simulator.directory.find(username) ?? stop({ kind: 'user-unknown' });

  app.post('/reset', (request, reply) => {
    const body = readBody(resetBody, request);
    simulator.reset(body.seed ?? seed);
    if (body.settings === 'start') simulator.resetSettings();
    else if (body.settings) simulator.change(definedSettings(body.settings));
    if (body.generate) generateUsers(simulator, body.seed ?? seed, body.generate);
    const seeded = seedUsers(simulator, body.users);
    if (!seeded.ok) stop(seeded.refusal);
    return sendJson(reply, 200, { users: simulator.directory.size });
  });

  app.get('/settings', (_request, reply) => sendJson(reply, 200, simulator.settings));
  app.put('/settings', (request, reply) => {
    simulator.change(definedSettings(readBody(settingsPatch, request)));
    return sendJson(reply, 200, simulator.settings);
  });

  app.get('/calls', (request, reply) => {
    const { since, username, limit } = check(logQuery, request.query);
    if (limit === undefined) return sendJson(reply, 200, { calls: simulator.calls.list(since, username) });
    const calls = simulator.calls.list(since, username, limit + 1);
    const shown = calls.slice(0, limit);
    return sendJson(reply, 200, { calls: shown, ...(calls.length > limit && { nextSince: shown.at(-1)?.n }) });
  });
  app.delete('/calls', (_request, reply) => {
    simulator.calls.clear();
    return reply.code(204).send();
  });

  app.get('/counters', (_request, reply) => sendJson(reply, 200, simulator.counters.show()));
  app.delete('/counters', (_request, reply) => {
    simulator.counters.reset(simulator.now());
    return reply.code(204).send();
  });

  app.post('/tokens/expire', (_request, reply) => {
    simulator.tokens.expireAll();
    return reply.code(204).send();
  });

  app.get('/policy-events', (request, reply) => {
    const { since, username } = check(logQuery, request.query);
    return sendJson(reply, 200, { events: simulator.policyEvents.list(since, username) });
  });

  app.get('/faults', (_request, reply) => sendJson(reply, 200, simulator.faults.list()));
  app.put('/faults', (request, reply) => {
    simulator.faults.set(readBody(faultList, request).map((fault) => defined(fault)));
    return sendJson(reply, 200, simulator.faults.list());
  });

  app.get('/users', (request, reply) => {
    const { cursor, limit } = check(pageQuery, request.query);
    const { accounts, next } = simulator.directory.page(cursor, limit);
    return sendJson(reply, 200, {
      users: accounts.map((account) => shown(simulator, account)),
      nextCursor: next === null ? null : String(next),
    });
  });
  app.get<UserRoute>('/users/:username', (request, reply) =>
    sendJson(reply, 200, shown(simulator, accountOf(request.params.username))),
  );

  app.post<UserRoute>('/users/:username/devices', (request, reply) => {
    const paired = pairOwnDevice(simulator, request.params.username, readBody(deviceSpec, request), 'keep-limit');
    if (!paired.ok) stop(paired.refusal);
    return sendJson(reply, 201, { deviceId: paired.value.id, nickname: paired.value.nickname });
  });
  app.delete<{ Params: { username: string; deviceId: string } }>('/users/:username/devices/:deviceId', (request, reply) => {
    const account = accountOf(request.params.username);
    const id = check(deviceId, request.params.deviceId);
    if (!findDevice(account, id)) throw new Problem(404, refusals['device-unknown'].text);
    simulator.directory.put(account.username, withoutDevice(account, id, simulator.settings.primaryAfterUnpair));
    return reply.code(204).send();
  });
}

/** A user as PingID shows it, and beside it what only PingOne shows. */
function shown(simulator: Simulator, stored: Account) {
  const account = withoutExpired(stored, simulator.now());
  const entry = (status: string) => (device: { readonly id: bigint }) => ({
    id: deviceGuid(device.id),
    deviceId: device.id,
    status,
  });
  return {
    ...simulator.show(account),
    pingone: {
      userId: account.guid,
      enabled: account.status !== 'SUSPENDED',
      mfaEnabled: account.mfaEnabled,
      devices: [...account.devices.map(entry('ACTIVE')), ...(account.pending ?? []).map(entry('ACTIVATION_REQUIRED'))],
    },
  };
}

function definedSettings({ pingone, rateLimit, ...rest }: z.infer<typeof settingsPatch>): SettingsPatch {
  return {
    ...defined(rest),
    ...(rateLimit !== undefined && { rateLimit: rateLimit && defined(rateLimit) }),
    ...(pingone && { pingone: defined(pingone) }),
  };
}

/** The same without the keys that are undefined, which zod leaves in for optional ones. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
