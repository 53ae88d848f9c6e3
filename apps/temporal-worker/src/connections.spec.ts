import { describe, expect, it } from '@jest/globals';
import type { ConnectionDocument, ConnectionStore } from '@tallystick/devices-domain';
import { connectionDocument, InMemoryConnectionStore } from '@tallystick/devices-testing';
import { connectionId, environmentId, type SecretRef } from '@tallystick/kernel-core';
import { createSecretResolver } from '@tallystick/platform-secrets';
import { Connections } from './connections.ts';

const tenant = '0a1b2c3d-0000-4000-8000-00000000000f';
const cloud = (environment: string, connection: string, changes: { id?: string; clientSecret?: SecretRef } = {}) =>
  connectionDocument({
    environment: environmentId(environment),
    connection: connectionId(connection),
    source: { topic: `${environment}.${connection}`, format: { kind: 'json' } },
    directory: {
      kind: 'pingone',
      region: 'eu',
      environmentId: changes.id ?? tenant,
      clientId: '0a1b2c3d-0000-4000-8000-00000000000e',
      clientSecret: changes.clientSecret ?? { variable: 'PINGONE' },
    },
  });

const variables = { TALLYSTICK_SECRET_ACME__PINGONE: 's3cret-of-acme', TALLYSTICK_SECRET_GLOBEX__PINGONE: 's3cret-of-globex' };
const connectionsOf = (...documents: ConnectionDocument[]) => connectionsIn(new InMemoryConnectionStore(documents));
function connectionsIn(store: Pick<ConnectionStore, 'list' | 'revision'>) {
  const logged: object[] = [];
  const connections = new Connections({
    store,
    callTimeoutMs: 1_000,
    resolveSecret: createSecretResolver({ variables }),
    outbounds: {
      of: () => ({ send: () => Promise.reject(new Error('nothing is called here')), close: () => Promise.resolve() }),
    },
    insecureHosts: [],
    usersOf: () => Promise.resolve(0),
    logger: { error: (what: object) => logged.push(what) } as never,
  });
  const namesOf = async (document: ConnectionDocument) => {
    const built = await connections.of(document);
    return typeof built === 'string' ? built : [built.directoryId, built.directoryName];
  };
  return { connections, logged, namesOf };
}

describe('a connection', () => {
  it("gets no other environment's secret, saved or as a candidate; who has to act is told which one is expected", async () => {
    const thief = cloud('umbrella', 'cloud');
    const { connections, logged, namesOf } = connectionsOf(cloud('globex', 'cloud'), thief);
    expect(await namesOf(thief)).toBe('secret-missing');
    for (const variable of ['GLOBEX__PINGONE', 'TALLYSTICK_SECRET_GLOBEX__PINGONE'])
      expect(connections.candidate(cloud('acme', 'cloud', { clientSecret: { variable } }))).toMatchObject({ ok: false });
    expect(logged[0]).toMatchObject({
      environment: 'umbrella',
      why: expect.stringContaining('variable "TALLYSTICK_SECRET_UMBRELLA__PINGONE"'),
    });
    expect(JSON.stringify(logged)).not.toContain('s3cret');
  });

  it('shares accounts, budget and quarantine with those of its environment on the same directory, and with no other environment', async () => {
    const [cloudA, sameA, otherA] = [
      cloud('acme', 'cloud'),
      cloud('acme', 'more', { id: tenant.toUpperCase() }),
      cloud('globex', 'cloud'),
    ];
    const { namesOf } = connectionsOf(cloudA, sameA, otherA);
    const [one, same, other] = [await namesOf(cloudA), await namesOf(sameA), await namesOf(otherA)];
    expect(one).toHaveLength(2);
    expect(same).toEqual(one);
    expect((other as readonly string[]).filter((name) => (one as readonly string[]).includes(name))).toEqual([]);
  });

  it("whose document can't be read is at rest: its work waits, nobody takes it for removed, and the others go on", async () => {
    const [well, unreadable] = [cloud('acme', 'cloud'), cloud('globex', 'cloud')];
    const store = new InMemoryConnectionStore([well]);
    const { connections, logged, namesOf } = connectionsIn({
      revision: () => store.revision(),
      list: async (environment, onUnreadable) => {
        const { environment: of, connection } = unreadable;
        onUnreadable?.({ environment: of, connection, because: 'document' });
        return store.list(environment);
      },
    });
    expect(await namesOf(well)).toHaveLength(2);
    await expect(connections.of(unreadable)).rejects.toMatchObject({ name: 'TryAgain', reason: 'no-connection' });
    expect(await connections.of(cloud('umbrella', 'cloud'))).toBe('no-connection');
    expect(logged).toEqual([{ environment: 'globex', connection: 'cloud', because: 'document' }]);
  });
});
