import { describe } from '@jest/globals';
import { deliveryTargetConformance } from '@tallystick/tokens-testing';
import { targetUnderTest } from './test-support/conformance-of-bench.ts';
import { fakeNanomdm } from './test-support/fake-nanomdm.ts';
import { deliveryJourneys } from './test-support/journeys.ts';

describe('a target of NanoMDM, on our stand-in for the server', () => {
  deliveryTargetConformance(() => targetUnderTest(fakeNanomdm), { holds: 'commands' });
  describe('a delivery to devices', () => deliveryJourneys(fakeNanomdm));
});
