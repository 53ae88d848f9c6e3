import { describe } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { InMemoryGuardStore } from './guard-in-memory-store.ts';
import { guardStoreConformance } from './guard-store-conformance.ts';

describe('the guards in memory', () =>
  guardStoreConformance((clock) => {
    const guards = new InMemoryGuardStore(clock);
    return { environment: environmentId('test'), guards, other: guards, close: () => undefined };
  }));
