import { describe } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { inMemoryTargets } from './target-slots.conformance.ts';
import { InMemoryTokenAdministration } from './token-administration-in-memory.ts';
import { tokenAdministrationConformance } from './token-administration.conformance.ts';

describe('InMemoryTokenAdministration', () => {
  tokenAdministrationConformance(() => {
    const administration = new InMemoryTokenAdministration();
    const environment = environmentId('acme');
    return {
      administration,
      environment,
      stateOf: (token) => administration.token(environment, token).state,
      guard: (token) => {
        administration.guard = (tokens) =>
          tokens.includes(token) ? { reason: 'too-many-devices', detail: '20 of 100 devices present it' } : undefined;
      },
      ...inMemoryTargets(administration, environment),
      close: () => undefined,
    };
  });
});
