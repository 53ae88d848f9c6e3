import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionDocument, ConnectionRef } from '@tallystick/devices-domain';
import { connectionDocument, InMemoryConnectionStore } from '@tallystick/devices-testing';
import { connectionId, instant } from '@tallystick/kernel-core';
import type { Source } from './bridge.ts';
import { createFollow } from './follow.ts';
import { FollowedConnections } from './followed-connections.ts';
import { FollowedTopics } from './followed-topics.ts';

const usual = connectionDocument();
const documentOf = (connection: string, topic = `users-${connection}`): ConnectionDocument => ({
  ...usual,
  connection: connectionId(connection),
  source: { ...usual.source, topic },
});
const [hr, erp] = [documentOf('hr'), documentOf('erp')];
const now = instant(1_000);
const refOf = ({ environment, connection }: ConnectionRef): ConnectionRef => ({ environment, connection });

let store: InMemoryConnectionStore;
let followed: FollowedConnections;
let topics: FollowedTopics;
let log: string[];
let missing: Set<string>;
let engineAway: boolean;
let storeAway: boolean;
let unreadable: Set<string>;
let brokerAway: boolean;
let clock: number;
let follow: () => Promise<void>;
beforeEach(async () => {
  [log, missing, unreadable, clock] = [[], new Set(), new Set(), 0];
  [engineAway, storeAway, brokerAway] = [false, false, false];
  store = new InMemoryConnectionStore([hr]);
  followed = new FollowedConnections({
    store: {
      list: async (environment, onUnreadable) => {
        const all = await store.list(environment);
        for (const { document } of all)
          if (unreadable.has(document.connection)) onUnreadable?.({ ...refOf(document), because: 'document' });
        return all.filter(({ document }) => !unreadable.has(document.connection));
      },
      revision: () => (storeAway ? Promise.reject(new Error('the store is away')) : store.revision()),
    },
    sourceOf: ({ environment, connection, defaultCountry = '' }) =>
      ({ environment, connection, country: defaultCountry }) as unknown as Source,
    onUnreadable: ({ connection }) => void log.push(`unreadable ${connection}`),
    onReadable: ({ connection }) => void log.push(`readable ${connection}`),
  });
  topics = new FollowedTopics({
    consume: (names) => {
      const read = [...names].sort().join('+');
      log.push(`read ${read}`);
      return {
        joined: Promise.resolve(),
        assignedPartitions: () => [],
        seek: () => false,
        stop: () => Promise.resolve(void log.push(`end ${read}`)),
      };
    },
    prepare: (topic) => (missing.has(topic) ? Promise.reject(new Error('there is no such topic')) : Promise.resolve()),
    missing: (topics) =>
      brokerAway
        ? Promise.reject(new Error('the broker is away'))
        : Promise.resolve(topics.filter((topic) => missing.has(topic))),
    onMissing: (topic) => void log.push(`missing ${topic}`),
    elapsedMs: () => clock,
  });
  const retire = ({ connection }: ConnectionRef): Promise<void> =>
    engineAway ? Promise.reject(new Error('the engine is away')) : Promise.resolve(void log.push(`retire ${connection}`));
  follow = createFollow({ followed, topics, retire, logger: { info: () => undefined, warn: () => undefined } });
  await follow();
});
const save = (document: ConnectionDocument, expected = 0) => store.save(document, expected, 'ada', now);

describe('following the documents of connections', () => {
  it('reads the topic of a connection that was saved, without a restart, and nothing anew where nothing changed', async () => {
    expect(log).toEqual(['read users-hr']);
    await follow();
    await save(erp);
    await follow();
    await follow();
    expect(log).toEqual(['read users-hr', 'end users-hr', 'read users-erp+users-hr']);
    expect(followed.of(erp)).toBe(followed.ofTopic('users-erp'));
  });

  it('reads a topic by the newest document, and goes on with the same consumer', async () => {
    await save({ ...hr, defaultCountry: 'FR' }, 1);
    await follow();
    expect([followed.ofTopic('users-hr'), log]).toEqual([expect.objectContaining({ country: 'FR' }), ['read users-hr']]);
    await save(documentOf('hr', 'people'), 2);
    await follow();
    expect(log.slice(1)).toEqual(['end users-hr', 'read people']);
    expect([followed.ofTopic('users-hr'), followed.topics()]).toEqual([undefined, ['people']]);
  });

  it('a topic that is not there keeps nobody else from being read, and is read when it is there', async () => {
    missing.add('users-erp');
    await save(erp);
    await follow();
    clock += 1_000;
    await follow();
    expect(log).toEqual(['read users-hr', 'missing users-erp']);
    await expect(topics.joined()).resolves.toBeUndefined();
    missing.clear();
    clock += 15_000;
    await follow();
    expect(log.slice(2)).toEqual(['end users-hr', 'read users-erp+users-hr']);
  });

  it('a topic that is deleted while it is read keeps nobody else from being read, and is read again when it was made anew', async () => {
    await save(erp);
    await follow();
    log.length = 0;
    missing.add('users-erp');
    clock += 15_000;
    brokerAway = true;
    await follow(); // nobody can be asked: all stays
    clock += 14_999;
    brokerAway = false;
    await follow();
    expect(log).toEqual([]);
    clock += 1;
    await follow();
    await follow();
    expect(log).toEqual(['missing users-erp', 'end users-erp+users-hr', 'read users-hr']);
    expect(['users-hr', 'users-erp'].map((topic) => topics.reads(topic))).toEqual([true, false]);
    missing.clear();
    clock += 15_000;
    await follow();
    expect(log.slice(3)).toEqual(['end users-hr', 'read users-erp+users-hr']);
  });

  it('is not ready while there are topics, and none of them can be read', async () => {
    missing.add('people');
    await store.remove(hr, 1);
    await save(documentOf('erp', 'people'));
    await follow();
    await expect(topics.joined()).rejects.toThrow('no topic of a connection can be read');
  });

  it('reads a removed connection no more, and ends what it has left, however often that has to be tried', async () => {
    await save(erp);
    await follow();
    await store.remove(hr, 1);
    engineAway = true;
    await follow();
    expect(log.slice(-2)).toEqual(['end users-erp+users-hr', 'read users-erp']);
    expect([followed.of(hr), followed.ofTopic('users-hr')]).toEqual([undefined, undefined]);
    engineAway = false;
    await follow();
    await follow();
    expect(log.filter((line) => line.startsWith('retire'))).toEqual(['retire hr']);
  });

  it('ends nothing of a connection that was made anew meanwhile', async () => {
    await store.remove(hr, 1);
    engineAway = true;
    await follow();
    await save(hr, 0);
    engineAway = false;
    await follow();
    expect(log.at(-1)).toBe('read users-hr');
    expect(log).not.toContain('retire hr');
  });

  it('leaves a connection at rest whose document can not be read any more: nothing of it is read or ended, and nobody else is kept', async () => {
    await save(erp);
    await follow();
    log.length = 0;
    unreadable.add('hr');
    await save(documentOf('crm'));
    await follow();
    await follow();
    expect(log).toEqual(['unreadable hr', 'end users-erp+users-hr', 'read users-crm+users-erp']);
    expect([followed.of(hr), followed.has(hr)]).toEqual([undefined, true]);
    expect(followed.documents().map(({ connection }) => String(connection))).toEqual(['erp', 'crm']);
    unreadable.clear();
    await save({ ...hr, defaultCountry: 'FR' }, 1);
    await follow();
    expect(log.slice(3)).toEqual(['readable hr', 'end users-crm+users-erp', 'read users-crm+users-erp+users-hr']);
  });

  it('ends what a connection has left that is removed while its document can not be read', async () => {
    unreadable.add('hr');
    await save({ ...hr, defaultCountry: 'FR' }, 1);
    await follow();
    await store.remove(hr, 2);
    await follow();
    expect(log.slice(1)).toEqual(['unreadable hr', 'end users-hr', 'readable hr', 'retire hr']);
    expect(followed.has(hr)).toBe(false);
  });

  it('stays as it was while the documents can not be read', async () => {
    storeAway = true;
    await save(erp);
    await follow();
    expect([log, followed.topics()]).toEqual([['read users-hr'], ['users-hr']]);
    storeAway = false;
    await follow();
    expect(followed.topics()).toEqual(['users-hr', 'users-erp']);
    await topics.stop();
    expect(log.at(-1)).toBe('end users-erp+users-hr');
  });
});
