import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionRef } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { ConnectionPlaces } from './connection-places.ts';

const refOf = (environment: string, connection = 'hr'): ConnectionRef => ({
  environment: environmentId(environment),
  connection: connectionId(connection),
});
const [acme, globex] = [refOf('acme'), refOf('globex')];

let pauses: (() => void)[];
let places: ConnectionPlaces;
beforeEach(() => {
  pauses = [];
  const pause = () => new Promise<void>((resolve) => void pauses.push(resolve));
  places = new ConnectionPlaces({ each: 2, inside: { each: 5, environment: 7 }, longestWaitMs: 5_000, pause });
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
  it('a connection whose directory hangs takes its own places, and never delays another', async () => {
    const hanging = [held(acme), held(acme)];
    const more = [held(acme), held(acme), held(acme)];
    expect(await Promise.all([quick(globex), quick(globex)])).toEqual(['done', 'done']);
    pauses.forEach((resume) => resume());
    expect(await Promise.all(more.map(({ run }) => run))).toEqual(['connection-busy', 'connection-busy', 'connection-busy']);
    expect(more.some(({ hasBegun }) => hasBegun())).toBe(false);
    for (const one of hanging) one.end();
    expect(await Promise.all(hanging.map(({ run }) => run))).toEqual(['done', 'done']);
    expect(await quick(acme)).toBe('done');
  });

  it('R47: more of one connection than may be inside are turned away at once, and its environment’s others go on', async () => {
    const inside = Array.from({ length: 5 }, () => held(acme));
    expect(await held(acme).run).toBe('connection-busy');
    expect(await quick(refOf('acme', 'staff'))).toBe('done');
    expect(await quick(globex)).toBe('done');
    for (const one of inside) one.end();
    expect(await Promise.all(inside.map(({ run }) => run))).toEqual(Array.from({ length: 5 }, () => 'done'));
    expect(await quick(acme)).toBe('done');
  });

  it('R47: more of one environment than may be inside are turned away at once, and other environments go on', async () => {
    const inside = [...Array.from({ length: 5 }, () => held(acme)), held(refOf('acme', 'staff')), held(refOf('acme', 'staff'))];
    expect(await held(refOf('acme', 'guests')).run).toBe('connection-busy');
    expect(await quick(globex)).toBe('done');
    for (const one of inside) one.end();
    expect(await Promise.all(inside.map(({ run }) => run))).toEqual(Array.from({ length: 7 }, () => 'done'));
    expect(await quick(refOf('acme', 'guests'))).toBe('done');
  });

  it('who waits has the next place that becomes free, in the order of their coming', async () => {
    const [first, second, third, fourth] = [held(acme), held(acme), held(acme), held(acme)];
    await new Promise(setImmediate);
    expect([third.hasBegun(), fourth.hasBegun()]).toEqual([false, false]);
    second.end();
    await new Promise(setImmediate);
    expect([third.hasBegun(), fourth.hasBegun()]).toEqual([true, false]);
    for (const one of [first, third, fourth]) one.end();
    expect(await Promise.all([first, second, third, fourth].map(({ run }) => run))).toEqual(['done', 'done', 'done', 'done']);
  });

  it('a wait that ends takes nothing with it', async () => {
    const [first, second, third] = [held(acme), held(acme), held(acme)];
    await new Promise(setImmediate);
    pauses.forEach((resume) => resume());
    expect(await third.run).toBe('connection-busy');
    for (const one of [first, second]) one.end();
    await Promise.all([first.run, second.run]);
    expect(await Promise.all([quick(acme), quick(acme)])).toEqual(['done', 'done']);
  });

  it('where nobody may wait, who finds no place is turned away at once', async () => {
    places = new ConnectionPlaces({ each: 1, longestWaitMs: 0, pause: () => new Promise(() => undefined) });
    const first = held(acme);
    expect(await held(acme).run).toBe('connection-busy');
    first.end();
    expect(await first.run).toBe('done');
  });

  it('all together have as many as they are told, whoever they are', async () => {
    places = new ConnectionPlaces({ each: 2, all: 3, longestWaitMs: 0, pause: () => new Promise(() => undefined) });
    const working = [held(acme), held(acme), held(globex)];
    expect(await held(globex).run).toBe('connection-busy');
    for (const one of working) one.end();
    expect(await Promise.all(working.map(({ run }) => run))).toEqual(['done', 'done', 'done']);
    expect(await Promise.all([quick(globex), quick(globex)])).toEqual(['done', 'done']);
  });

  describe('of which an environment has some', () => {
    beforeEach(() => {
      places = new ConnectionPlaces({ each: 2, environment: 3, longestWaitMs: 0, pause: () => Promise.resolve() });
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
