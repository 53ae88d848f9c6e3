import type { Platform } from '../ring.ts';
import type { DeliveryTarget, NotDone } from './delivery-ports.ts';

/** What is said of an MDM that a person fills; each text is for that person. */
export interface FilledByHand {
  readonly vendor: string;
  readonly platforms: readonly Platform[];
  readonly noSlot: (platform: Platform) => string;
  /** Why nothing can be looked at from here. */
  readonly unreadable: string;
  /** What a person has to take care of. */
  readonly otherKeys: string;
  /** Who may change a value with other characters. */
  readonly changer: string;
  /** Why nothing is known of devices. */
  readonly noCoverage: string;
}

/** Nothing is written, read or known from here: whatever would need to look into the MDM is refused (`unreadable`). */
export function filledByHand(it: FilledByHand): DeliveryTarget {
  const without = (platform: Platform): NotDone | undefined =>
    it.platforms.includes(platform) ? undefined : { kind: 'refused', reason: 'slot-not-found', detail: it.noSlot(platform) };
  const unreadable: NotDone = { kind: 'refused', reason: 'unreadable', detail: it.unreadable };
  return {
    describe: () => ({
      ...{ vendor: it.vendor, platforms: it.platforms, by: 'person', writes: 'nothing', signal: 'none', isAsynchronous: false },
    }),
    check: (platform) => {
      const missing = without(platform);
      return Promise.resolve([
        missing
          ? { severity: 'error', what: 'slot-not-found', detail: missing.detail }
          : { severity: 'warning', what: 'other-keys', detail: it.otherKeys },
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
          detail: `the value holds characters that ${it.changer} may change: 8 to 128 letters, digits, ".", "_" and "-" arrive as they are`,
        });
      return Promise.resolve({ kind: 'awaiting-person' });
    },
    verify: ({ platform }) => Promise.resolve(without(platform) ?? unreadable),
    coverage: () => Promise.resolve({ kind: 'unknown', why: it.noCoverage }),
  };
}
