import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RingShard, ringShards, type RingWitness } from '@tallystick/tokens-domain';
import fc from 'fast-check';

export interface WitnessUnderTest {
  readonly witness: RingWitness;
  close(): Promise<void> | void;
}

const [one, two] = ringShards as readonly [RingShard, RingShard];

/** What every witness keeps, whatever it is made of. */
export function ringWitnessConformance({ make }: { readonly make: () => Promise<WitnessUnderTest> | WitnessUnderTest }): void {
  let test: WitnessUnderTest;
  beforeEach(async () => {
    test = await make();
  });
  afterEach(() => test.close());

  it('knows 0 of a head that it never heard of', async () => {
    expect(await test.witness.read(one, 'head')).toBe(0);
  });

  it('knows the greatest number of each head and shard, whatever the order', async () => {
    let heads = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 10 }), async (numbers) => {
        const head = `head ${++heads}`;
        await Promise.all(numbers.map((number) => test.witness.raise(one, head, number)));
        expect(await test.witness.read(one, head)).toBe(Math.max(...numbers));
        expect(await test.witness.read(two, head)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('compares numbers, not texts', async () => {
    for (const number of [9, 10, 2, 9_007_199_254_740_990, 9_007_199_254_740_989]) await test.witness.raise(one, 'head', number);
    expect(await test.witness.read(one, 'head')).toBe(9_007_199_254_740_990);
  });

  it('takes no number that is none', async () => {
    for (const number of [NaN, -1, 0.5, Infinity])
      await expect(test.witness.raise(one, 'head', number)).rejects.toThrow(RangeError);
  });
}
