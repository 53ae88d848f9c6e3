import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ConnectionRests, sourcePosition, type UserHash, type UserRef } from '@tallystick/devices-domain';
import { InMemorySourceRecordStore } from '@tallystick/devices-testing';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import { startSweeping, sweep } from './sweep.ts';

const environment = environmentId('acme');
const [hr, erp] = ['hr', 'erp'].map((name) => ({ environment, connection: connectionId(name) })) as [Connection, Connection];
type Connection = Pick<UserRef, 'environment' | 'connection'>;
const userOf = (connection: Connection, n: number): UserRef => ({
  ...connection,
  user: n.toString(16).padStart(32, '0') as UserHash,
});
const version = sourcePosition(0, '1'.padStart(20, '0'));

let store: InMemorySourceRecordStore;
let woken: string[];
/** What the connection's rest says, sweep by sweep; all without a word. */
let may: ('all' | number)[];
let ended: string[];
const rests: ConnectionRests = {
  rest: () => Promise.resolve(),
  mayWake: ({ connection }) => Promise.resolve(connection === 'hr' ? (may.shift() ?? 'all') : 'all'),
  woken: ({ connection }) => Promise.resolve(void ended.push(connection)),
};
let refused: (user: UserRef) => boolean;
const wake = (user: UserRef): Promise<void> => {
  woken.push(`${user.connection} ${Number.parseInt(user.user, 16)}`);
  return refused(user) ? Promise.reject(new Error('the engine refuses')) : Promise.resolve();
};
beforeEach(() => {
  store = new InMemorySourceRecordStore();
  woken = [];
  may = [];
  ended = [];
  refused = () => false;
});

const fill = async (connection: Connection, n: number): Promise<void> => {
  for (let i = 0; i < n; i += 1) await store.put(userOf(connection, i), version, { kind: 'record', attributes: {} });
};
const pendingOf = async (connection: Connection): Promise<number> => {
  let n = 0;
  for await (const _ of store.pending(connection)) n += 1;
  return n;
};

describe('a sweep', () => {
  it('wakes every user whose wake-up was never confirmed, of every connection, and nobody twice', async () => {
    await fill(hr, 3);
    await fill(erp, 2);
    await store.signalled(userOf(hr, 1), version);
    expect(await sweep({ wake, store, rests }, [hr, erp])).toBe(4);
    expect(woken.sort()).toEqual(['erp 0', 'erp 1', 'hr 0', 'hr 2']);
    expect(await sweep({ wake, store, rests }, [hr, erp])).toBe(0);
    expect(woken).toHaveLength(4);
  });

  it('leaves pending whose run asks for another wake-up before this one is confirmed', async () => {
    await fill(hr, 2);
    const inQuarantine = (user: UserRef): Promise<void> => wake(user).then(() => store.remind(user));
    for (let n = 0; n < 2; n += 1) expect(await sweep({ wake: inQuarantine, store, rests }, [hr])).toBe(2);
    expect(await pendingOf(hr)).toBe(2);
    expect(await sweep({ wake, store, rests }, [hr])).toBe(2);
    expect(await pendingOf(hr)).toBe(0);
  });

  it('goes page by page', async () => {
    await fill(hr, 1_234);
    expect(await sweep({ wake, store, rests }, [hr])).toBe(1_234);
    expect(await pendingOf(hr)).toBe(0);
  });

  it('fails when a user can not be woken, and wakes all others, of later pages and connections too', async () => {
    await fill(hr, 1_100);
    await fill(erp, 2);
    refused = (user) => user.user === userOf(hr, 3).user && user.connection === 'hr';
    await expect(sweep({ wake, store, rests }, [hr, erp])).rejects.toThrow('could not be woken');
    expect([await pendingOf(hr), await pendingOf(erp)]).toEqual([1, 0]);
  });
});

describe('a sweep of a connection whose directory is in quarantine (R32)', () => {
  it('leaves its users alone, sweep after sweep, and wakes those of others', async () => {
    await fill(hr, 3);
    await fill(erp, 1);
    may = [0, 0];
    expect([await sweep({ wake, store, rests }, [hr, erp]), await sweep({ wake, store, rests }, [hr, erp])]).toEqual([1, 0]);
    expect([woken, await pendingOf(hr)]).toEqual([['erp 0'], 3]);
  });

  it('wakes a few first when it may be well, then more, and is over when nobody is left', async () => {
    await fill(hr, 57);
    may = [5, 50, 500];
    const counts = [];
    for (let n = 0; n < 3; n += 1) counts.push([await sweep({ wake, store, rests }, [hr]), await pendingOf(hr), ended.length]);
    expect(counts).toEqual([
      [5, 52, 0],
      [50, 2, 0],
      [2, 0, 1],
    ]);
  });
});

describe('sweeping', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
  afterEach(() => void jest.useRealTimers());
  const lines: string[] = [];
  const logger = {
    info: (_: object, text: string) => void lines.push(`info ${text}`),
    warn: (_: object, text: string) => void lines.push(`warn ${text}`),
  } as unknown as Logger;
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    await settled();
    jest.advanceTimersByTime(ms);
    await settled();
  };

  it('begins at once, goes on at the interval, makes up for one that failed, and ends when it is stopped', async () => {
    let sweeps = 0;
    const { stop } = startSweeping(
      () => {
        sweeps += 1;
        return sweeps === 2 ? Promise.reject(new Error('Redis is away')) : Promise.resolve(sweeps === 3 ? 5 : 0);
      },
      60_000,
      logger,
    );
    expect(sweeps).toBe(1);
    await pass(59_999);
    expect(sweeps).toBe(1);
    await pass(1);
    expect([sweeps, lines]).toEqual([2, ['warn the sweep of unconfirmed wake-ups failed and is repeated later']]);
    await pass(60_000);
    expect([sweeps, lines[1]]).toEqual([3, 'info woke users whose wake-up was never confirmed']);
    await stop();
    await pass(600_000);
    expect(sweeps).toBe(3);
  });

  it('waits in its stop for the sweep under way, and begins no other', async () => {
    let end: (woken: number) => void = () => undefined;
    let sweeps = 0;
    const { stop } = startSweeping(
      () => {
        sweeps += 1;
        return new Promise((resolve) => (end = resolve));
      },
      1_000,
      logger,
    );
    let stopped = false;
    const stopping = stop().then(() => (stopped = true));
    await settled();
    expect(stopped).toBe(false);
    end(0);
    await stopping;
    await pass(10_000);
    expect(sweeps).toBe(1);
  });
});
