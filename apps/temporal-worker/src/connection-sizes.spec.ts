import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionRef, UserHash } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { ConnectionSizes } from './connection-sizes.ts';

const ref: ConnectionRef = { environment: environmentId('acme'), connection: connectionId('hr') };
let asked: number;
let size: () => Promise<number>;
let marks: string[];
let clock: number;
let sizes: ConnectionSizes;
beforeEach(() => {
  [asked, marks, clock] = [0, [], 0];
  size = () => Promise.resolve(1_000);
  const index = {
    living: () => ((asked += 1), size()),
    mark: (_: object, as: string) => Promise.resolve(void marks.push(as)),
  };
  sizes = new ConnectionSizes({ index, elapsedMs: () => clock });
});

describe('the size of a connection', () => {
  it('is asked for once in half a minute, however many plans want it', async () => {
    await Promise.all([sizes.of(ref), sizes.of(ref)]);
    clock = 29_999;
    expect([await sizes.of(ref), asked]).toEqual([1_000, 1]);
    await sizes.of({ ...ref, connection: connectionId('erp') });
    clock = 30_000;
    size = () => Promise.resolve(900);
    expect([await sizes.of(ref), asked]).toEqual([900, 3]);
  });

  it('that could not be told is asked for again at once', async () => {
    size = () => Promise.reject(new Error('the store is away'));
    await expect(sizes.of(ref)).rejects.toThrow('away');
    size = () => Promise.resolve(5);
    expect(await sizes.of(ref)).toBe(5);
  });

  it('has those who are wanted, as each run tells of them', async () => {
    const user = { ...ref, user: '1'.padStart(32, '0') as UserHash };
    for (const isWanted of [false, true, false]) await sizes.told(user, isWanted);
    expect(marks).toEqual(['left', 'living', 'left']);
  });
});
