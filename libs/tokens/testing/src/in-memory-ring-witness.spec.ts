import { describe } from '@jest/globals';
import { InMemoryRingWitness } from './in-memory-ring-witness.ts';
import { ringWitnessConformance } from './ring-witness.conformance.ts';

describe('InMemoryRingWitness', () => {
  ringWitnessConformance({ make: () => ({ witness: new InMemoryRingWitness(), close: () => undefined }) });
});
