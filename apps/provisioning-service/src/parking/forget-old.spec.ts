import { describe, expect, it } from '@jest/globals';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { forgetOldParked } from './forget-old.ts';

const environment = environmentId('acme');
const refs = ['hr', 'erp'].map((name) => ({ environment, connection: connectionId(name) }));

describe('parked records that nobody settled', () => {
  it('are forgotten when their time is over, which is told without anything of them, and one connection does not keep the others', async () => {
    const asked: unknown[] = [];
    const told: unknown[] = [];
    await forgetOldParked({
      index: {
        forgetBefore: ({ connection }, before) => {
          asked.push([connection, before]);
          return connection === 'hr' ? Promise.reject(new Error('away')) : Promise.resolve(2);
        },
      },
      connections: () => refs,
      keepMs: 1_000,
      now: () => instant(5_000),
      logger: { warn: (what: object) => void told.push(what) } as never,
    });
    expect(asked).toEqual([
      ['hr', 4_000],
      ['erp', 4_000],
    ]);
    expect(told).toMatchObject([{ connection: 'hr' }, { connection: 'erp', forgotten: 2 }]);
  });
});
