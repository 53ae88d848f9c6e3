import { describe } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { HttpTokenAdministration } from '@tallystick/tokens-client-http';
import { InMemoryMdm, tokenAdministrationConformance } from '@tallystick/tokens-testing';
import { memoryHttp } from '../test-support/memory-http.ts';
import { configuredTarget, memoryTargets } from '../test-support/memory-targets.ts';

describe('the API, used by the client of rotations', () => {
  tokenAdministrationConformance(async () => {
    const environment = environmentId('acme');
    const [mdm, foreign] = [new InMemoryMdm('somebody-elses-value'), new InMemoryMdm('another-companys-value')];
    const now = () => instant(http.wall.nowMs);
    const targets = memoryTargets(
      configuredTarget(environment, 'mdm', mdm.target(now)),
      configuredTarget(environmentId('elsewhere'), 'foreign-mdm', foreign.target(now)),
    );
    const http = await memoryHttp(undefined, undefined, targets);
    const administration = new HttpTokenAdministration({
      url: '',
      bearer: () => Promise.resolve('worker:token-admin'),
      fetch: async (url, { method, headers, body }) => {
        const answer = await http.call(method as 'GET' | 'POST', url, {
          as: 'worker:token-admin',
          isBare: true,
          headers,
          ...(body === undefined ? {} : { body: JSON.parse(body) as object }),
        });
        return { status: answer.status, text: () => Promise.resolve(answer.text) };
      },
    });
    const ring = () => http.memory.read(environment);
    return {
      administration,
      environment,
      stateOf: async (token) => (await ring())?.tokens.find(({ id }) => id === token)?.state.kind ?? 'revoked',
      guard: async (token) => {
        const devices = Array.from({ length: 100 }, (_, index) => `device-${index}`);
        for (const at of [http.wall.nowMs, http.wall.nowMs + 172_800_000]) {
          http.wall.nowMs = at;
          await http.sightings.record(
            environment,
            devices.map((device) => ({ device, presented: token, platform: 'ios' as const, at: instant(at) })),
          );
        }
        const body = { mode: 'enforce', effectiveAt: '2020-01-01T00:00:00Z' };
        const { status, text } = await http.call('PUT', `/v1/environments/${environment}/requirement`, { body });
        if (status !== 200) throw new Error(text);
      },
      target: { id: 'mdm', mdm },
      foreignTarget: { id: 'foreign-mdm', mdm: foreign },
      tokenOf: async (value) => {
        const found = await ring();
        return found && http.needs.peppers.finderOf(value)(found)?.id;
      },
      close: () => http.app.close(),
    };
  });
});
