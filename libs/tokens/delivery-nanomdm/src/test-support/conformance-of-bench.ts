import { pingIdApp } from '@tallystick/tokens-domain';
import { deliveredValues, type DeliveryTargetUnderTest } from '@tallystick/tokens-testing';
import { type BenchOptions, deliveryBench } from './delivery-bench.ts';

/** The bench as the shared suite wants it. */
export async function targetUnderTest(make: BenchOptions['make']): Promise<DeliveryTargetUnderTest> {
  const bench = await deliveryBench({ make, value: deliveredValues.before });
  const configurations = () => bench.devices.map(({ apps }) => apps.get(pingIdApp.iosBundleId)!);
  return {
    target: bench.target,
    platform: 'ios',
    without: 'android',
    held: bench.held,
    elsewhere: bench.elsewhere,
    writes: () => bench.front.taken,
    changeElsewhere: () => void configurations().forEach((keys) => (keys['theirs'] = 'added by hand')),
    changeValue: (value) => void configurations().forEach((keys) => (keys[pingIdApp.key] = value)),
    loseNextWrite: (which) => void bench.front.next.push(which === 'answer' ? 'lost-answer' : 'lost-request'),
    revokeCredentials: () => void (bench.front.isAuthorised = false),
    throttleNext: () => {
      // Calls go out side by side: each of those under way is answered so.
      for (const _ of bench.devices) bench.front.next.push({ status: 429, text: 'later', headers: { 'retry-after': '7' } });
    },
    async settle() {
      bench.state.now += 120_000;
      await bench.connectAll();
    },
    close: bench.close,
  };
}
