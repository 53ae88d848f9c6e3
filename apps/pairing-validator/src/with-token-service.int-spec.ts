import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { madeOf, startBothServices } from './test-support/both-services.ts';
import { installation } from './test-support/processes.ts';

// Both services as they are shipped: what one promises, the other has to keep.

const installed = installation();
let services: Awaited<ReturnType<typeof startBothServices>>;

beforeAll(async () => {
  const [redis, prefix] = [endpoints().redis, uniqueName('both')];
  const validator = { VALIDATOR_REDIS_URL: redis, VALIDATOR_REDIS_PREFIX: prefix };
  services = await startBothServices(installed, {
    environment: uniqueName('acme'),
    tokenService: { TOKENS_REDIS_URL: redis, TOKENS_REDIS_REPLICAS: '0', TOKENS_REDIS_PREFIX: prefix },
    validators: [validator, validator],
  });
}, 90_000);
afterAll(async () => {
  await services?.stop();
  installed.remove();
}, 30_000);

describe('a token', () => {
  it('that the token service made is allowed by every validator when its creation was answered', async () => {
    const { value } = madeOf(await services.add());
    expect(await services.verdicts(value)).toEqual(['allow', 'allow']);
    expect(await services.verdicts(value.toLowerCase())).toEqual(['deny', 'deny']);
  }, 30_000);

  it('whose revocation was answered is allowed by nobody, ten times in a row, under requests all the while', async () => {
    let isOver = false;
    const spare = madeOf(await services.add());
    const load = (async () => {
      while (!isOver) expect(await services.verdicts(spare.value)).toEqual(['allow', 'allow']);
    })();
    const milliseconds: number[] = [];
    for (let i = 0; i < 10; i++) {
      const { id, value } = madeOf(await services.add());
      expect(await services.verdicts(value)).toEqual(['allow', 'allow']);
      const before = performance.now();
      const { status, body } = await services.revoke(id);
      milliseconds.push(performance.now() - before);
      expect([status, body]).toEqual([200, expect.objectContaining({ bounded: true })]);
      expect(await services.verdicts(value)).toEqual(['deny', 'deny']);
    }
    isOver = true;
    await load;
    expect(Math.max(...milliseconds)).toBeLessThan(6_500);
  }, 120_000);
});
