import { describe, expect, it } from '@jest/globals';
import { endpoints, eventually, uniqueName } from './index.ts';

describe('endpoints', () => {
  it('gives the servers that the runner started', () => {
    const { redis, kafka, temporal, oidc } = endpoints({
      STACK_REDIS: 'redis://h:1',
      STACK_KAFKA: 'a:1,b:2',
      STACK_TEMPORAL: 'h:3',
      STACK_OIDC: 'http://h:4',
    });
    expect([redis, kafka, temporal, oidc]).toEqual(['redis://h:1', ['a:1', 'b:2'], 'h:3', 'http://h:4']);
  });
  it("gives a worker of Jest its own servers, where the runner started several, and else everybody's", () => {
    const both = { STACK_REDIS: 'redis://h:1', STACK_REDIS_2: 'redis://h:2' };
    const redisOf = (worker: string) => endpoints({ ...both, JEST_WORKER_ID: worker }).redis;
    expect([redisOf('1'), redisOf('2')]).toEqual(['redis://h:1', 'redis://h:2']);
  });
  it('fails with what to do when a server that is asked for is not there, and only then', () => {
    const some = endpoints({ STACK_REDIS: 'redis://h:1' });
    expect(some.redis).toBe('redis://h:1');
    expect(() => some.kafka).toThrow(/STACK_KAFKA is not set.*npm test/);
  });
});

describe('eventually', () => {
  it('gives the first answer that is one, through refusals and errors', async () => {
    const answers: (() => unknown)[] = [
      () => undefined,
      () => false,
      () => Promise.reject(new Error('not yet')),
      () => Promise.resolve('there'),
    ];
    await expect(eventually(() => answers.shift()?.(), { withinMs: 2_000, what: 'an answer', everyMs: 1 })).resolves.toBe(
      'there',
    );
  });
  it('takes 0 and the empty text for answers', async () => {
    await expect(eventually(() => 0, { withinMs: 100, what: 'zero' })).resolves.toBe(0);
    await expect(eventually(() => '', { withinMs: 100, what: 'nothing' })).resolves.toBe('');
  });
  it('says what did not happen, and how the last attempt ended', async () => {
    await expect(
      eventually(() => Promise.reject(new Error('refused')), { withinMs: 5, what: 'the door opens', everyMs: 1 }),
    ).rejects.toThrow('not within 5 ms: the door opens (the last attempt failed: refused)');
  });
});

describe('uniqueName', () => {
  it('is a name, and another one each time', () => {
    expect(uniqueName('env')).toMatch(/^env-[0-9a-f]{12}$/);
    expect(new Set(Array.from({ length: 100 }, () => uniqueName('x'))).size).toBe(100);
  });
});
