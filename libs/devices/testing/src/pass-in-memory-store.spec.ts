import { describe } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { InMemoryPassStore } from './pass-in-memory-store.ts';
import { passStoreConformance } from './pass-store-conformance.ts';

describe('the passes in memory', () =>
  passStoreConformance(() => {
    const passes = new InMemoryPassStore();
    return { environment: environmentId('test'), passes, other: passes, close: () => undefined };
  }));
