import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionRef, sourcePosition, type SourceRecordStore, type UserRef } from '@tallystick/devices-domain';
import { createIdentities, type Identities, RedisSourceRecordStore } from '@tallystick/devices-store-redis';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import { parseKeyRing } from '@tallystick/platform-secrets';
import { ProvisioningClient } from '../system/provisioning-client.ts';
import { SeenDirectory } from '../system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from '../system/system.ts';
import type { SectionOptions } from './section.ts';

/** The devices half as it is shipped, with a provider's stand-in that has no latency, and a door to its store of records. */
export interface DevicesBench {
  readonly system: System;
  readonly ref: ConnectionRef;
  readonly topic: string;
  readonly document: object;
  readonly directory: SeenDirectory;
  readonly operator: ProvisioningClient;
  readonly identities: Identities;
  readonly store: SourceRecordStore;
  readonly temporal: string;
  readonly stop: () => Promise<void>;
}

/** Nothing is held: what is measured is the work, not a person's answer. */
const ampleGuards = { atLeast: 1_000_000, share: 1, atMost: 1_000_000 };

/** A connection whose people are {@link attributesOf}; nothing of it waits for a person or for a budget. */
export const benchConnection = (environment: string, connection: string, topic: string, properties: string) => ({
  ...{ environment, connection },
  source: { topic, format: { kind: 'json' } },
  directory: { kind: 'pingid', properties: { file: properties } },
  mapping: {
    userName: { attribute: 'username' },
    email: { attribute: 'mail' },
    fName: { attribute: 'first' },
    lName: { attribute: 'last' },
    mfaEmail1: { attribute: 'mail' },
    mfaSms1: { attribute: 'mobile' },
    mfaVoice1: { attribute: 'phone' },
  },
  guards: {
    deletions: ampleGuards,
    suspensions: ampleGuards,
    removals: ampleGuards,
    replacements: ampleGuards,
    accountChanges: ampleGuards,
  },
  visibilityWindowMs: 1_000,
  budget: ampleBudget,
});

/** One connection `staff` in an environment of that name. @throws Error without Temporal. */
export async function startDevicesBench(
  { root, folder, servers: { temporal, ...servers } }: SectionOptions,
  environment: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<DevicesBench> {
  if (temporal === undefined) throw new Error('this section needs Temporal: tools/bench.mjs has to start it');
  const topic = `${environment}.staff`;
  const documentOf = (properties: string) => ({ ...benchConnection(environment, 'staff', topic, properties), ...more });
  let document: object = {};
  const system = await startSystem({
    ...{ root, folder, environment },
    servers: { ...servers, temporal },
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    connections: (properties) => [(document = documentOf(properties))],
  });
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const redis = await connectRedis({ url: servers.redis, name: 'bench', logger });
  const ring = (name: string) => parseKeyRing(readFileSync(join(folder, name), 'utf8'));
  const bearer = await system.access.tokenFor('bench', environment, ['operator', 'viewer']);
  return {
    ...{ system, topic, document, temporal },
    ref: { environment: environmentId(environment), connection: connectionId('staff') },
    directory: new SeenDirectory(system.url('directory-simulator')),
    operator: new ProvisioningClient(system.url('provisioning-service'), environment, 'staff', bearer),
    identities: createIdentities(ring('identity-key.json')),
    store: new RedisSourceRecordStore(redis, ring('seal-keys.json')),
    stop: async () => {
      await redis.close();
      await system.stop();
    },
  };
}

/** The attributes of the provider's n-th generated user, from 1: in sync with it, one device of each kind. */
export function attributesOf(n: number): Readonly<Record<string, string>> {
  const [username, seven] = [`user-${String(n).padStart(6, '0')}`, String(n).padStart(7, '0')];
  return {
    ...{ username, mail: `${username}@example.com`, first: `Given ${n}`, last: `Family ${n}` },
    ...{ mobile: `+1202${seven}`, phone: `+1303${seven}` },
  };
}

/**
 * As many users at the provider and in the store of records, in sync and woken already, as if they had been read long ago: at the pace
 * of the stores, not of a reconciliation each. Whoever was there before is forgotten by the provider.
 * @param recordOf what the datastore says of the n-th one, from 1
 * @param position of their records; higher than before for other ones of the same users
 */
export async function loadUsers(
  { ref, directory, identities, store }: DevicesBench,
  count: number,
  progress: (text: string) => void,
  recordOf: (n: number) => Readonly<Record<string, string>> = attributesOf,
  position = 0,
): Promise<readonly UserRef[]> {
  await directory.reset({ generate: { count, devices: ['email', 'sms', 'voice'] } });
  const version = sourcePosition(0, String(position).padStart(20, '0'));
  const users = Array.from({ length: count }, (_, at) => identities.userOf(ref.environment, ref.connection, `key-${at + 1}`));
  for (let from = 0; from < count; from += 2_000) {
    progress(`loading users: ${from.toLocaleString('en')} of ${count.toLocaleString('en')}`);
    const some = users.slice(from, from + 2_000);
    await store.putAll(
      some.map((user, at) => ({ user, version, change: { kind: 'record', attributes: recordOf(from + at + 1) } })),
    );
    await Promise.all(some.map((user) => store.signalled(user, version)));
  }
  return users;
}
