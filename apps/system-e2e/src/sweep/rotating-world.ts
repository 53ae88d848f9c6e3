import { expect } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints } from '@tallystick/platform-testing';
import { isAllowedAtLast } from '../system/ask-validators.ts';
import { createLocalAccess } from '../system/local-access.ts';
import { type Between, type ProxiedRequest, type Proxy, startProxy } from '../system/proxy.ts';
import { RotationsClient, type RotationSeen } from '../system/rotations-client.ts';
import { startSystem, type System } from '../system/system.ts';
import { type IssuedToken, TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';

const second = 1 / 3_600;
const slots = [{ id: 'files', mdm: 'intune', platform: 'ios', kind: 'file' }];
/** A rotation of seconds, with every stage that one of weeks has. */
export const quickRotation = {
  ...{ label: 'next', slots, adoptionShare: 1, watchEveryMinutes: 1 / 60, reason: 'yearly', segment: { platform: 'ios' } },
  ...{ minimumOverlapHours: 2 * second, retireForHours: 2 * second },
};

/** What a request asks for, whoever and whatever it is about; and of which environment: `''` for one that is of none. */
export function callIn({ method, path }: ProxiedRequest): { readonly environment: string; readonly call: string } {
  const [, environment = '', rest = ''] = /^\/v1\/environments\/([^/]+)(\/[^?]*)/.exec(path) ?? [];
  return { environment, call: `${method} ${rest.replace(/tok_[0-9a-z]+/g, '{id}')}` };
}

/**
 * A tokens half whose worker acts in every environment, through a proxy to the token service. `base`: what the environments' names begin with.
 *
 * @param tokenService more settings of the token service
 */
export async function startRotatingSystem(
  { name, base, between }: { readonly name: string; readonly base: string; readonly between: Between },
  tokenService: Readonly<Record<string, string>> = {},
): Promise<{ readonly system: System; readonly proxy: Proxy }> {
  const { redis, kafka, temporal, oidc } = endpoints();
  const root = resolve(import.meta.dirname, '../../../..');
  const folder = join(root, '.stack', 'test', name);
  // The worker's access is made before the system is.
  const account = await (await createLocalAccess(oidc)).accountFor(`worker-of-${base}`, '*', ['token-admin', 'viewer']);
  const worker: Record<string, string> = {};
  let proxy: Proxy | undefined;
  const system = await startSystem({
    ...{ root, folder, environment: base, halves: ['tokens'], validators: 2, deviceLimit: 9, connections: () => [] },
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    targets: async (url) => {
      proxy = await startProxy(url);
      proxy.between = between;
      const secret = join(folder, 'worker-of-all.secret');
      writeFileSync(secret, account.clientSecret, { mode: 0o600 });
      Object.assign(worker, { WORKER_TOKEN_SERVICE_URL: proxy.url, WORKER_CLIENT_ID: account.clientId, WORKER_CLIENT_SECRET_FILE: secret }); // prettier-ignore
      return { documents: [] };
    },
    // After each start a token service has to outwait a lease: it does not know yet who has one.
    env: { 'temporal-worker': worker, 'token-service': tokenService, 'pairing-validator': { VALIDATOR_LEASE_MS: '1000' } },
  }).catch(async (error: unknown) => {
    await proxy?.close();
    throw error;
  });
  return { system, proxy: proxy! };
}

/** One environment with one phone and one administrator, who rotates its token. */
export class RotatingWorld {
  readonly environment: string;
  readonly rotations: RotationsClient;
  readonly #tokens: TokensClient;
  readonly #system: System;
  readonly #caller: string;
  readonly #old: IssuedToken;

  private constructor(system: System, tokens: TokensClient, seen: { environment: string; caller: string; old: IssuedToken }) {
    this.#system = system;
    this.#tokens = tokens;
    this.rotations = new RotationsClient(tokens);
    this.environment = seen.environment;
    this.#caller = seen.caller;
    this.#old = seen.old;
  }

  /** Makes the environment, with one token that the phone has. @param url of the token service, for the administrator. */
  static async of(system: System, environment: string, url = system.url('token-service')): Promise<RotatingWorld> {
    const bearer = (subject: string, roles: string[]) => system.access.tokenFor(`${subject}-${environment}`, environment, roles);
    const tokens = new TokensClient(url, environment, await bearer('admin', ['token-admin', 'viewer', 'approver']));
    const guards = { windowDays: 14, refusedShare: 0.02, minimumObservationHours: 0, staleAfterHours: 24, noticeHours: 12 };
    const settings = { reason: 'sweep', compatibility: 'safe', twoPeople: false, readableValues: false, guards };
    expect((await tokens.raw('PUT', '/settings', settings, { 'if-none-match': '*' })).status).toBe(200);
    const old = await tokens.add('old', { segment: { platform: 'ios' }, keepValue: true });
    await tokens.enforce(new Date(), 'the sweep begins');
    const world = new RotatingWorld(system, tokens, { environment, caller: await bearer('provider', ['validator-caller']), old });
    await waitUntil('the phone to sign on', async () => (await world.signOn(old.value)).every(Boolean));
    return world;
  }

  /** The one phone asks at every validator. */
  signOn(presentedToken: string): Promise<boolean[]> {
    const { environment } = this;
    const question = { environment, caller: this.#caller, presentedToken, device: 'phone' };
    return Promise.all(this.#system.validators.map((name) => isAllowedAtLast(this.#system.url(name), question)));
  }

  /** Starts the rotation; again, as a person would, when nobody answered. */
  async start(): Promise<void> {
    await waitUntil('the rotation to be started', async () => {
      if (await this.rotations.look('ios')) return true;
      return this.rotations.start(quickRotation).then(
        () => true,
        () => false,
      );
    });
  }

  /** Does all that people and phones do, until the rotation is over. Gives the new value. @param known the value, if it was exported already. */
  async carriedOut(known?: string, withinMs = 420_000): Promise<string> {
    const { rotations } = this;
    let value = known;
    let last: RotationSeen | undefined;
    await waitUntil(
      `the rotation of ${this.environment} to be over`,
      async () => {
        const seen = await rotations.look('ios');
        last = seen ?? last;
        if (seen?.slots.some(({ state }) => state === 'awaiting')) {
          value ??= await rotations.exported('ios', 'files').catch(() => undefined);
          if (value !== undefined) await rotations.confirmAll('ios').catch(() => undefined); // again, when somebody was away
        }
        if (value !== undefined) await this.signOn(value);
        return seen?.stage === 'finished';
      },
      { withinMs, everyMs: 500 }, // what was broken off often is tried again after 10 s, 20 s, 40 s …,
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`, { cause: error });
    });
    return value!;
  }

  /** One new token, however often it was asked for, and it lets the phone in; the old one is revoked, everywhere. */
  async expectTurned(value: string, what: string): Promise<void> {
    const { items } = (await this.#tokens.read('/tokens')) as { items: { id: string; state: string }[] };
    expect([what, items.map(({ state }) => state).sort()]).toEqual([what, ['active', 'revoked']]);
    expect([what, items.find(({ id }) => id === this.#old.id)?.state]).toEqual([what, 'revoked']);
    const [fresh, former] = [await this.signOn(value), await this.signOn(this.#old.value)];
    expect([what, fresh, former]).toEqual([what, [true, true], [false, false]]);
  }
}
