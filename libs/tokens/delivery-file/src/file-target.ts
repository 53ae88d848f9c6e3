import { type DeliveryTarget, filledByHand, type ManagedApp, platforms as allPlatforms } from '@tallystick/tokens-domain';
import { z } from 'zod';

/** What the document of a target says of an MDM into which a person imports files. */
export const fileSettings = z.strictObject({
  platforms: z
    .array(z.enum(allPlatforms))
    .min(1)
    .refine((given) => new Set(given).size === given.length, { error: 'a platform stands there twice' })
    .default([...allPlatforms])
    .meta({ description: 'One slot each' }),
});
export type FileSettings = z.output<typeof fileSettings>;

/**
 * A person downloads the file and imports it, and says so: nothing is written, read or known from here. Whatever would need to look into the MDM
 * is refused (`unreadable`), and how many devices have the value is unknown; the adoption figures tell it.
 */
export const createFileTarget = ({ platforms }: FileSettings, { app }: { readonly app: ManagedApp }): DeliveryTarget =>
  filledByHand({
    vendor: 'file',
    platforms,
    noSlot: (platform) => `this target has no slot for ${platform}`,
    unreadable: 'nothing can be read from here: a person imports the file, looks at the console, and confirms the slot',
    otherKeys: `importing a file replaces the whole configuration of the app: add other keys than ${app.key} before it is saved`,
    changer: 'an MDM',
    noCoverage: 'an imported file is not seen from here; the adoption figures show which devices have it',
  });
