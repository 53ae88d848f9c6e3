import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PassId } from '@tallystick/devices-domain';
import { at, provisioningHttp } from './test-support/provisioning-http.ts';

let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeEach(async () => {
  http = await provisioningHttp();
});
afterEach(() => http.app.close());

/** The engine did what it was asked for, and then the process died: nobody answered, and the key is left open. */
describe('what a pass was told, repeated after its answer was lost', () => {
  const open = (stage: 'planning' | 'paused') =>
    http.passes.open({
      ...{ ...http.ref, id: 'p1' as PassId, kind: 'pass', stage, connectionVersion: 1 },
      ...{ startedBy: 'x', startedAt: at, users: 2 },
    });
  const lost = (stage: 'planning' | 'paused' | 'cancelled') => async (): Promise<never> => {
    await http.passes.update(http.ref, 'p1' as PassId, { stage });
    throw new Error('the answer got lost');
  };
  const results = () => http.trail.notes.filter(({ class: kind }) => kind === 'result').map(({ result }) => result);
  const twice = async (what: 'pause' | 'resume' | 'cancel') => {
    const asked = { body: { reason: 'as agreed' }, headers: { 'idempotency-key': 'lost' }, isBare: true };
    const first = await http.call('POST', `/passes/p1/${what}`, asked);
    Object.assign(http.engine, engine);
    const again = await http.call('POST', `/passes/p1/${what}`, asked);
    const third = await http.call('POST', `/passes/p1/${what}`, asked);
    expect([first.status, third.status, third.text]).toEqual([500, again.status, again.text]);
    return again;
  };
  let engine: Pick<typeof http.engine, 'command' | 'cancel'>;
  let commanded: string[];
  beforeEach(() => {
    http.engine.current = { ...http.ref, kind: 'pass', pass: 'p1' as PassId };
    commanded = [];
    const command: typeof http.engine.command = (_, what, id) => (
      commanded.push(id),
      Promise.resolve({ kind: 'refused', sentence: `the pass is not to be ${what}d` } as never)
    );
    engine = { command, cancel: http.engine.cancel.bind(http.engine) };
  });

  it.each([
    ['pause', 'planning', 'paused'],
    ['resume', 'paused', 'planning'],
  ] as const)('%s is answered as done, and not done again', async (what, from, to) => {
    await open(from);
    http.engine.command = lost(to);
    expect(await twice(what)).toMatchObject({ status: 200, body: { outcome: 'done', pass: { stage: to } } });
    expect([commanded.length, results()]).toEqual([1, ['failed', 'done-before']]);
  });

  it.each(['pause', 'resume'] as const)('%s of a key that was never begun is refused as ever', async (what) => {
    await open(what === 'pause' ? 'paused' : 'planning');
    Object.assign(http.engine, engine);
    expect(await http.call('POST', `/passes/p1/${what}`)).toMatchObject({ status: 409 });
  });

  it('the engine is asked under one id for one key, and under another for another', async () => {
    await open('planning');
    Object.assign(http.engine, engine);
    for (const key of ['one', 'one', 'two']) await http.call('POST', '/passes/p1/pause', { headers: { 'idempotency-key': key } });
    expect([commanded[0] === commanded[1], commanded[1] === commanded[2]]).toEqual([true, false]);
  });

  it('resume is answered as done when the pass has ended since', async () => {
    await open('paused');
    http.engine.command = async () => {
      await http.passes.update(http.ref, 'p1' as PassId, { stage: 'done', endedAt: at });
      throw new Error('the answer got lost');
    };
    expect(await twice('resume')).toMatchObject({ status: 200, body: { outcome: 'done', pass: { stage: 'done' } } });
  });

  it('cancel is answered with the pass as it is, and not done again', async () => {
    await open('planning');
    http.engine.cancel = lost('cancelled');
    expect(await twice('cancel')).toMatchObject({ status: 202, body: { stage: 'cancelled' } });
    expect([http.engine.told, results()]).toEqual([[], ['failed', 'done-before']]);
  });
});
