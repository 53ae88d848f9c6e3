import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { createLogger } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { closeHttpApp, createHttpApp } from './http-app.ts';

@Module({})
class EmptyModule {}

async function slowApp() {
  const app = await createHttpApp(EmptyModule, {
    service: 'closing',
    logger: createLogger({ service: 'closing', level: 'silent' }),
    openapi: { title: 'Closing', description: '' },
    auth: {
      cached: () => undefined,
      verify: () => Promise.resolve({ kind: 'refused', reason: 'missing' }),
      prepare: () => Promise.resolve(),
    },
  });
  let entered: () => void;
  let release: () => void;
  const inside = new Promise<void>((resolve) => (entered = resolve));
  const gate = new Promise<void>((resolve) => (release = resolve));
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/slow', { config: { access: { kind: 'public' } } }, async () => {
    entered();
    await gate;
    return { done: true };
  });
  await app.listen(0, '127.0.0.1');
  return { app, base: await app.getUrl(), inside, release: () => release() };
}

describe('closing an app', () => {
  it('says "not ready" first, then lets the request under way end, and accepts nothing new', async () => {
    const { app, base, inside, release } = await slowApp();
    const slow = fetch(`${base}/slow`);
    await inside;
    const closing = closeHttpApp(app, { announceMs: 150 });
    const ready = await fetch(`${base}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'draining', checks: {} }]);
    await eventually(() => !app.getHttpServer().listening, { withinMs: 2_000, what: 'the listener closes' });
    await expect(fetch(`${base}/health/live`)).rejects.toThrow();
    release();
    await closing;
    expect(await (await slow).json()).toEqual({ done: true });
  });

  it('cuts what does not end in time', async () => {
    const { app, base, inside, release } = await slowApp();
    const slow = fetch(`${base}/slow`).catch((error: unknown) => error);
    await inside;
    await closeHttpApp(app, { drainMs: 100 });
    expect(await slow).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    release();
  });
});
