import {
  type DeliveryTarget,
  type ManagedApp,
  type NotDone,
  type Platform,
  platforms as allPlatforms,
} from '@tallystick/tokens-domain';
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
export function createFileTarget({ platforms }: FileSettings, { app }: { readonly app: ManagedApp }): DeliveryTarget {
  const without = (platform: Platform): NotDone | undefined =>
    platforms.includes(platform)
      ? undefined
      : { kind: 'refused', reason: 'slot-not-found', detail: `this target has no slot for ${platform}` };
  const unreadable: NotDone = {
    kind: 'refused',
    reason: 'unreadable',
    detail: 'nothing can be read from here: a person imports the file, looks at the console, and confirms the slot',
  };
  return {
    describe: () => ({ vendor: 'file', platforms, by: 'person', writes: 'nothing', signal: 'none', isAsynchronous: false }),
    check: (platform) => {
      const missing = without(platform);
      return Promise.resolve([
        missing
          ? { severity: 'error', what: 'slot-not-found', detail: missing.detail }
          : {
              severity: 'warning',
              what: 'other-keys',
              detail: `importing a file replaces the whole configuration of the app: add other keys than ${app.key} before it is saved`,
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
          detail:
            'the value holds characters that an MDM may change: 8 to 128 letters, digits, ".", "_" and "-" arrive as they are',
        });
      return Promise.resolve({ kind: 'awaiting-person' });
    },
    verify: ({ platform }) => Promise.resolve(without(platform) ?? unreadable),
    coverage: () =>
      Promise.resolve({
        kind: 'unknown',
        why: 'an imported file is not seen from here; the adoption figures show which devices have it',
      }),
  };
}
