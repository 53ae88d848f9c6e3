import { type DeliveryTarget, filledByHand, type ManagedApp, platforms as allPlatforms } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { guideOf } from './guide.ts';
import { factsOf, guidedProducts } from './products.ts';

/** What the document of a target says of an MDM into which a person types the value. */
export const guidedSettings = z.strictObject({
  product: z.enum(guidedProducts),
  platforms: z
    .array(z.enum(allPlatforms))
    .min(1)
    .refine((given) => new Set(given).size === given.length, { error: 'a platform stands there twice' })
    .default([...allPlatforms])
    .meta({ description: 'One slot each, as far as the product has such devices' }),
});
export type GuidedSettings = z.output<typeof guidedSettings>;

/**
 * A person follows the guide ({@link guideOf}), and says so: nothing is written, read or known from here. Whatever would need to look into the
 * MDM is refused (`unreadable`), and how many devices have the value is unknown; the adoption figures tell it.
 */
export function createGuidedTarget(
  { product, platforms: wanted }: GuidedSettings,
  { app }: { readonly app: ManagedApp },
): DeliveryTarget {
  const { name } = factsOf[product];
  const platforms = wanted.filter((platform) => guideOf(product, platform, app) !== undefined);
  return filledByHand({
    vendor: product,
    platforms,
    noSlot: (platform) => `this target has no slot for ${platform} in ${name}`,
    unreadable: `${name} can't be read from here: a person follows the guide, looks at the console, and confirms the slot`,
    otherKeys: `other keys than ${app.key} and the assignments in ${name} are not seen from here: compare them before and after`,
    changer: name,
    noCoverage: `${name} is not asked from here; the adoption figures show which devices have the value`,
  });
}
