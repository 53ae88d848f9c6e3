import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { durableNode, OwnSentinels } from '@tallystick/platform-testing';
import { createFeed, type Feed } from '../system/feed.ts';
import { SeenDirectory } from '../system/seen-directory.ts';
import { ask, tokenOf } from '../system/local-access.ts';
import { startSystem, type System } from '../system/system.ts';
import { TokensClient } from '../system/tokens-client.ts';
import type { LinkName, Shape } from './faults.ts';
import { type Links, startLinks } from './links.ts';
import { connections, kinds } from './people.ts';
import type { Budget } from './provider-watch.ts';

/** Where the servers answer, and how they are struck. */
export interface ChaosServers {
  readonly redis: string;
  readonly kafka: string;
  readonly temporal: string;
  readonly oidc: string;
}

/** The whole product, with a breakable link wherever there can be one. */
export interface ChaosSystem {
  readonly system: System;
  readonly links: Links;
  /** Where they lead to the rings. */
  readonly sentinels: OwnSentinels | undefined;
  readonly directory: SeenDirectory;
  readonly feed: Feed;
  readonly tokens: TokensClient;
  readonly caller: string;
  readonly environment: string;
  readonly topicOf: (connection: string) => string;
  readonly stop: () => Promise<void>;
}

/** Of each of the two directories; less than the load wants when it comes in bursts, so that it holds calls back (I10). */
export const budget: Budget = { callsPerSecond: 40, burst: 20, inFlight: 10 };
const callTimeoutMs = 3_000;
/** Longest listing lag of a strike, and what a call may take before it is done; what is not visible after that will not be (R30). */
const visibilityWindowMs = callTimeoutMs + 4_000;

const hostOf = (url: string): string => new URL(url).host;

export async function startChaosSystem(options: {
  readonly root: string;
  readonly folder: string;
  readonly servers: ChaosServers;
  readonly toxiproxy: string;
  readonly environment: string;
  readonly shape: Shape;
  /** More settings, by folder under `apps`. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}): Promise<ChaosSystem> {
  const { root, folder, servers, toxiproxy, environment, shape } = options;
  const redis = hostOf(servers.redis);
  const links = await startLinks(toxiproxy, {
    ...{ 'validator-1-redis': redis, 'validator-2-redis': redis, 'token-service-redis': redis, 'worker-redis': redis },
  });
  let sentinels: OwnSentinels | undefined;
  const rings = (prefix: 'TOKENS' | 'VALIDATOR', link: LinkName): Record<string, string> =>
    sentinels
      ? {
          [`${prefix}_REDIS_URL`]: '', // not set
          [`${prefix}_REDIS_SENTINELS`]: sentinels.addresses.join(),
          [`${prefix}_REDIS_SENTINEL_PRIMARY`]: sentinels.primary,
          [`${prefix}_MIN_REPLICAS`]: '1',
          // Of its own, as in production: the witness says when a Redis went back, and must not go back with it.
          [`${prefix}_SIGHTINGS_REDIS_URL`]: servers.redis,
          ...(prefix === 'TOKENS' && { TOKENS_REDIS_REPLICAS: String(sentinels.nodes.length - 1) }),
        }
      : { [`${prefix}_REDIS_URL`]: `redis://${links.at(link)}` };
  const topicOf = (connection: string): string => `${environment}.${connection}`;
  const stopLinks = async (): Promise<void> => {
    links.stop();
    await sentinels?.close();
  };
  let led: Promise<void> = Promise.resolve();
  let provider = '';
  /** In what the provider gave out to its clients: the link's address in the place of its own. */
  const byLink = (text: string): string => text.replaceAll(provider, links.at('worker-provider'));
  try {
    if (shape === 'led-by-sentinels') sentinels = await OwnSentinels.start({ settings: durableNode });
    const system = await startSystem({
      ...{ root, folder, servers, environment },
      validators: 2,
      workers: 2,
      deviceLimit: 9,
      onStarted: (name, url) => {
        if (name !== 'directory-simulator') return;
        provider = hostOf(url);
        led = links.lead('worker-provider', provider);
      },
      env: {
        ...options.env,
        'temporal-worker': {
          WORKER_CALL_TIMEOUT: `${callTimeoutMs}ms`,
          WORKER_REDIS_URL: `redis://${links.at('worker-redis')}`,
          WORKER_INSECURE_HOSTS: links.at('worker-provider'),
        },
        'provisioning-service': { PROVISIONING_SWEEP_INTERVAL: '2s' },
        'token-service': { ...rings('TOKENS', 'token-service-redis'), TOKENS_CHANGES_PER_MINUTE: '10000' },
        'pairing-validator-1': rings('VALIDATOR', 'validator-1-redis'),
        'pairing-validator-2': rings('VALIDATOR', 'validator-2-redis'),
      },
      connections: (file, pingone) => {
        const properties = join(folder, environment, file);
        writeFileSync(properties, byLink(readFileSync(properties, 'utf8')));
        return connections.map(({ kind, dialect, name }) => ({
          environment,
          connection: name,
          source: { topic: topicOf(name), format: { kind: 'cloudevents' } },
          directory:
            dialect === 'pingid'
              ? { kind: 'pingid', properties: { file } }
              : (JSON.parse(byLink(JSON.stringify(pingone))) as object),
          mapping: {
            userName: { attribute: 'username' },
            mfaEmail1: { attribute: 'mail' },
            mfaSms1: { attribute: 'mobile' },
            mfaVoice1: { attribute: 'desk' },
          },
          enabled: 'source.enabled != false',
          guards: { enabled: false }, // what they hold waits for a person
          visibilityWindowMs,
          budget,
          ...kinds[kind].settings,
        }));
      },
    });
    await led;
    const bearer = await tokenForDays(servers.oidc, 'chaos-admin', environment, ['token-admin', 'viewer', 'approver']);
    const tokens = new TokensClient(system.url('token-service'), environment, bearer);
    const caller = await tokenForDays(servers.oidc, 'chaos-load', environment, ['validator-caller']);
    await tokens.enforce(new Date(), 'the run begins');
    const feed = createFeed(servers.kafka);
    return {
      ...{ system, links, sentinels, feed, tokens, caller, environment, topicOf },
      directory: new SeenDirectory(system.url('directory-simulator')),
      stop: async () => {
        await feed.close().catch(() => undefined);
        await system.stop().finally(stopLinks);
      },
    };
  } catch (error) {
    await stopLinks();
    throw error;
  }
}

/** A bearer token that outlives a soak; those of {@link System.access} live for eight hours. */
async function tokenForDays(issuer: string, subject: string, environment: string, roles: readonly string[]): Promise<string> {
  const { registration_endpoint: register, token_endpoint: token } = await ask(`${issuer}/.well-known/openid-configuration`);
  const body = JSON.stringify({ subject, roles: { [environment]: roles }, token_seconds: 7 * 86_400 });
  const headers = { 'content-type': 'application/json' };
  const { client_id: clientId, client_secret: clientSecret } = await ask(register!, { method: 'POST', headers, body });
  return tokenOf(token!, { clientId: clientId!, clientSecret: clientSecret! });
}
