import {
  type DeliveryTarget,
  type ManagedApp,
  type NotDone,
  type Platform,
  platforms as allPlatforms,
} from '@tallystick/tokens-domain';
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
  const without = (platform: Platform): NotDone | undefined =>
    platforms.includes(platform)
      ? undefined
      : { kind: 'refused', reason: 'slot-not-found', detail: `this target has no slot for ${platform} in ${name}` };
  const unreadable: NotDone = {
    kind: 'refused',
    reason: 'unreadable',
    detail: `${name} can't be read from here: a person follows the guide, looks at the console, and confirms the slot`,
  };
  return {
    describe: () => ({ vendor: product, platforms, by: 'person', writes: 'nothing', signal: 'none', isAsynchronous: false }),
    check: (platform) => {
      const missing = without(platform);
      return Promise.resolve([
        missing
          ? { severity: 'error', what: 'slot-not-found', detail: missing.detail }
          : {
              severity: 'warning',
              what: 'other-keys',
              detail: `other keys than ${app.key} and the assignments in ${name} are not seen from here: compare them before and after`,
            },
      ]);
    },
    read: (platform) => Promise.resolve(without(platform) ?? unreadable),
    plan: ({ platform }) => Promise.resolve(without(platform) ?? unreadable),
    apply: ({ platform, value }) => {
      const missing = without(platform);
      if (missing) return Promise.resolve(missing);
      if (!/^[A-Za-z0-9._-]{8,128}$/.test(value))
        return Promise.resolve({
          kind: 'refused',
          reason: 'value-not-allowed',
          detail: `the value holds characters that ${name} may change: 8 to 128 letters, digits, ".", "_" and "-" arrive as they are`,
        });
      return Promise.resolve({ kind: 'awaiting-person' });
    },
    verify: ({ platform }) => Promise.resolve(without(platform) ?? unreadable),
    coverage: () =>
      Promise.resolve({
        kind: 'unknown',
        why: `${name} is not asked from here; the adoption figures show which devices have the value`,
      }),
  };
}
