import { describe } from '@jest/globals';
import { deliveryTargetConformance } from '@tallystick/tokens-testing';
import { targetUnderTest } from './test-support/conformance-of-bench.ts';
import { deliveryJourneys } from './test-support/journeys.ts';
import { realNanomdm } from './test-support/real-nanomdm.ts';

describe('a target of NanoMDM, on the real server with devices of ours', () => {
  deliveryTargetConformance(() => targetUnderTest((webhook) => realNanomdm(webhook, 'inmem')), { holds: 'commands' });
  describe.each(['inmem', 'filekv'] as const)('that keeps its data in %s: a delivery to devices', (storage) =>
    deliveryJourneys((webhook) => realNanomdm(webhook, storage)),
  );
});
