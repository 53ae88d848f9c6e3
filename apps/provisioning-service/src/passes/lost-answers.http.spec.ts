import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PassId } from '@tallystick/devices-domain';
import { EngineAway } from './engine-away.ts';
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
  const call = (what: 'pause' | 'resume' | 'cancel') => {
    const headers = { 'idempotency-key': `lost-${what}` };
    return http.call('POST', `/passes/p1/${what}`, { body: { reason: 'as agreed' }, headers, isBare: true });
  };
  const twice = async (what: 'pause' | 'resume' | 'cancel') => {
    const first = await call(what);
    Object.assign(http.engine, engine);
    const again = await call(what);
    const third = await call(what);
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

  it.each(['cancelled', 'failed', 'rejected'] as const)(
    'resume is not answered as done when the pass is %s since',
    async (stage) => {
      await open('paused');
      http.engine.command = () => Promise.reject(new EngineAway('unknown'));
      expect(await call('resume')).toMatchObject({ status: 503 });
      await http.passes.update(http.ref, 'p1' as PassId, { stage, endedAt: at });
      expect(await call('resume')).toMatchObject({ status: 409, body: { detail: `the pass is over: ${stage}` } });
      expect(results()).toEqual(['outcome-unknown']);
    },
  );

  it('resume is not answered as done when the pass is cancelled while it is asked again', async () => {
    await open('paused');
    http.engine.command = () => Promise.reject(new EngineAway('unknown'));
    expect(await call('resume')).toMatchObject({ status: 503 });
    for (const kind of ['not-running', 'refused'] as const) {
      http.engine.command = async () => {
        await http.passes.update(http.ref, 'p1' as PassId, { stage: 'cancelled', endedAt: at });
        return { kind, sentence: 'the pass has ended' };
      };
      expect(await call('resume')).toMatchObject({ status: 409 });
      await http.passes.update(http.ref, 'p1' as PassId, { stage: 'paused' });
      http.engine.command = () => Promise.reject(new EngineAway('unknown'));
      await call('resume');
    }
    expect(results()).not.toContain('done-before');
  });

  it.each([
    ['not-done', 'engine-unavailable'],
    ['unknown', 'outcome-unknown'],
  ] as const)('cancel that came to %s is not answered as done when the pass has ended by itself', async (outcome, result) => {
    await open('planning');
    http.engine.cancel = () => Promise.reject(new EngineAway(outcome));
    expect(await call('cancel')).toMatchObject({ status: 503 });
    await http.passes.update(http.ref, 'p1' as PassId, { stage: 'done', endedAt: at });
    expect(await call('cancel')).toMatchObject({ status: 409, body: { detail: 'the pass is over: done' } });
    expect(results()).toEqual([result]);
  });

  it('what is certainly not done is not taken for begun: that somebody else did it is not this request', async () => {
    await open('planning');
    const running = http.engine.running.bind(http.engine);
    const notDone = () => Promise.reject(new EngineAway('not-done'));
    for (const away of [
      () => Object.assign(http.engine, { command: notDone, cancel: notDone }),
      () => Object.assign(http.engine, { running: notDone }),
    ]) {
      away();
      for (const what of ['pause', 'cancel'] as const) expect(await call(what)).toMatchObject({ status: 503 });
      Object.assign(http.engine, engine, { running });
      await http.passes.update(http.ref, 'p1' as PassId, { stage: 'paused' });
      expect(await call('pause')).toMatchObject({ status: 409 });
      await http.passes.update(http.ref, 'p1' as PassId, { stage: 'cancelled' });
      expect(await call('cancel')).toMatchObject({ status: 409 });
      await http.passes.update(http.ref, 'p1' as PassId, { stage: 'planning' });
    }
    expect(results()).not.toContain('done-before');
  });

  it('what may be done stays begun when it is asked again and nobody is reached', async () => {
    await open('planning');
    http.engine.cancel = () => Promise.reject(new EngineAway('unknown'));
    await call('cancel');
    http.engine.cancel = () => Promise.reject(new EngineAway('not-done'));
    await call('cancel');
    await http.passes.update(http.ref, 'p1' as PassId, { stage: 'cancelled', endedAt: at });
    expect(await call('cancel')).toMatchObject({ status: 202 });
    expect(results()).toEqual(['outcome-unknown', 'engine-unavailable', 'done-before']);
  });

  it('cancel is answered with the pass as it is, and not done again', async () => {
    await open('planning');
    http.engine.cancel = lost('cancelled');
    expect(await twice('cancel')).toMatchObject({ status: 202, body: { stage: 'cancelled' } });
    expect([http.engine.told, results()]).toEqual([[], ['failed', 'done-before']]);
  });
});
