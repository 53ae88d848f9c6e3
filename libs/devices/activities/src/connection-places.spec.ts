import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionRef } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { ConnectionPlaces } from './connection-places.ts';

const refOf = (environment: string, connection = 'hr'): ConnectionRef => ({
  environment: environmentId(environment),
  connection: connectionId(connection),
});
const [acme, globex] = [refOf('acme'), refOf('globex')];

let clock: number;
let pauses: (() => void)[];
let places: ConnectionPlaces;
beforeEach(() => {
  clock = 0;
  pauses = [];
  const pause = () => new Promise<void>((resolve) => void pauses.push(resolve));
  places = new ConnectionPlaces({ each: 2, elapsedMs: () => clock, pause });
});

/** Work that ends when told. */
function held(ref: ConnectionRef) {
  let end: () => void = () => undefined;
  const done = new Promise<string>((resolve) => (end = () => resolve('done')));
  let begun = false;
  const run = places.within(ref, () => ((begun = true), done)).catch((error: unknown) => (error as { reason: string }).reason);
  return { run, end: () => end(), hasBegun: () => begun };
}
const quick = (ref: ConnectionRef) => places.within(ref, () => Promise.resolve('done'));

describe('the places of connections (ADR 5.8)', () => {
  it('a connection whose directory hangs takes its own half, turns the rest away at once, and never delays another', async () => {
    const hanging = [held(acme), held(acme)];
    const more = [held(acme), held(acme), held(acme)];
    expect(await Promise.all(more.map(({ run }) => run))).toEqual(['connection-busy', 'connection-busy', 'connection-busy']);
    expect(more.some(({ hasBegun }) => hasBegun())).toBe(false);
    expect(await Promise.all([quick(globex), quick(globex)])).toEqual(['done', 'done']);
    for (const one of hanging) one.end();
    expect(await Promise.all(hanging.map(({ run }) => run))).toEqual(['done', 'done']);
    expect(await quick(acme)).toBe('done');
  });

  it('where places become free quickly the next one waits its turn instead of coming back later', async () => {
    for (let n = 0; n < 20; n += 1) await quick(acme);
    const [first, second, third] = [held(acme), held(acme), held(acme)];
    await Promise.resolve();
    expect(third.hasBegun()).toBe(false);
    first.end();
    await new Promise(setImmediate);
    expect(third.hasBegun()).toBe(true);
    for (const one of [second, third]) one.end();
    expect(await Promise.all([second.run, third.run])).toEqual(['done', 'done']);
  });

  it('a wait for a connection that has stopped turning over ends soon, and takes nothing with it', async () => {
    for (let n = 0; n < 20; n += 1) await quick(acme);
    const [first, second, third] = [held(acme), held(acme), held(acme)];
    pauses.forEach((resume) => resume());
    expect(await third.run).toBe('connection-busy');
    clock = 2_500;
    expect(await held(acme).run).toBe('connection-busy');
    for (const one of [first, second]) one.end();
    await Promise.all([first.run, second.run]);
    expect(await Promise.all([quick(acme), quick(acme)])).toEqual(['done', 'done']);
  });

  describe('of which an environment has some', () => {
    beforeEach(() => {
      places = new ConnectionPlaces({ each: 2, environment: 3, elapsedMs: () => clock, pause: () => Promise.resolve() });
    });
    const staff = refOf('acme', 'staff');

    it('two connections of one environment, both hanging, leave places to another environment', async () => {
      const hanging = [held(acme), held(acme), held(staff)];
      expect(await held(staff).run).toBe('connection-busy');
      expect(await Promise.all([quick(globex), quick(globex)])).toEqual(['done', 'done']);
      for (const one of hanging) one.end();
      await Promise.all(hanging.map(({ run }) => run));
      expect(await Promise.all([quick(acme), quick(staff), quick(staff)])).toEqual(['done', 'done', 'done']);
    });

    it('one who is turned away by its environment leaves its place in the connection', async () => {
      const hanging = [held(acme), held(acme), held(staff)];
      for (let n = 0; n < 50; n += 1) expect(await held(staff).run).toBe('connection-busy');
      hanging[0]!.end();
      await hanging[0]!.run;
      expect(await quick(staff)).toBe('done');
      for (const one of hanging) one.end();
    });
  });

  it('a failure gives its place back', async () => {
    for (let n = 0; n < 5; n += 1) await expect(places.within(acme, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await quick(acme)).toBe('done');
  });
});
