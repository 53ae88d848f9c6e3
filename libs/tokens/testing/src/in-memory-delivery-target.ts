import { createHmac } from 'node:crypto';
import type { Instant } from '@tallystick/kernel-core';
import {
  type DeliveryTarget,
  type Loaded,
  type NotDone,
  type Platform,
  type Saved,
  type VendorConfigurations,
  writeAndReadBack,
} from '@tallystick/tokens-domain';

/** A configuration of {@link InMemoryMdm}. */
export interface InMemoryConfiguration {
  readonly keys: Readonly<Record<string, string>>;
  readonly assignedTo: readonly string[];
}

const key = 'PINGID_MDM_TOKEN';

/** An MDM in memory with two iOS configurations and no Android; what it takes it stores `settlesWithinMs` later. */
export class InMemoryMdm {
  readonly configurations = new Map<string, InMemoryConfiguration>();
  readonly #settlesWithinMs: number;
  #coming: (() => void)[] = [];
  /** What becomes of the next calls, first things first; without one they succeed. */
  next: { readonly call: 'load' | 'save' | 'any'; readonly as: 'lost-answer' | 'lost-request' | 'throttled' }[] = [];
  isAuthorised = true;
  writes = 0;

  constructor(value: string, { settlesWithinMs = 0, devices = 40 } = {}) {
    this.#settlesWithinMs = settlesWithinMs;
    this.devices = devices;
    for (const id of ['phones', 'tablets'])
      this.configurations.set(id, { keys: { [key]: value, server: 'a.example' }, assignedTo: ['everybody'] });
  }
  readonly devices: number;

  settle(): void {
    for (const store of this.#coming.splice(0)) store();
  }

  change(id: string, change: (configuration: InMemoryConfiguration) => InMemoryConfiguration): void {
    this.configurations.set(id, change(this.configurations.get(id)!));
  }

  target(now: () => Instant): DeliveryTarget {
    const taken = (call: 'load' | 'save') =>
      this.next[0] && (this.next[0].call === call || this.next[0].call === 'any') ? this.next.shift()!.as : undefined;
    const fault = (as: string | undefined): NotDone | undefined => {
      if (!this.isAuthorised) return { kind: 'refused', reason: 'not-authorised', detail: 'the credentials are not taken' };
      return as === 'throttled' ? { kind: 'try-later', detail: 'too many calls', retryAfterMs: 7_000 } : undefined;
    };
    const vendor: VendorConfigurations<InMemoryConfiguration> = {
      settlesWithinMs: this.#settlesWithinMs,
      ids: (platform: Platform) => (platform === 'ios' ? [...this.configurations.keys()] : []),
      load: (id): Promise<Loaded<InMemoryConfiguration> | NotDone> =>
        Promise.resolve(fault(taken('load')) ?? { kind: 'loaded', content: this.configurations.get(id)! }),
      places: ({ keys }) => [{ name: key, value: keys[key] }],
      withValue: (content, value) => ({ ...content, keys: { ...content.keys, [key]: value } }),
      rest: ({ keys, assignedTo }) => ({ assignedTo, keys: Object.entries(keys).filter(([name]) => name !== key) }),
      kept: ({ keys, assignedTo }) => Object.keys(keys).length - 1 + assignedTo.length,
      save: (id, _, next): Promise<Saved> => {
        const as = taken('save');
        const failed = fault(as);
        if (failed) return Promise.resolve(failed);
        if (as !== 'lost-request') {
          this.writes += 1;
          const store = () => void this.configurations.set(id, next);
          if (this.#settlesWithinMs > 0) this.#coming.push(store);
          else store();
        }
        return Promise.resolve(as === undefined ? { kind: 'saved' } : { kind: 'unknown', detail: 'no answer in time' });
      },
    };
    return {
      describe: () => ({
        vendor: 'in-memory',
        platforms: ['ios'],
        by: 'api',
        writes: 'app',
        signal: 'exact',
        isAsynchronous: this.#settlesWithinMs > 0,
      }),
      check: () => {
        const failed = fault(undefined);
        return Promise.resolve(failed ? [{ severity: 'error', what: 'not-authorised', detail: failed.detail }] : []);
      },
      ...writeAndReadBack(vendor, {
        now,
        digest: (digestKey, text) => createHmac('sha256', digestKey).update(text).digest('hex'),
      }),
      coverage: () =>
        Promise.resolve({ kind: 'known', signal: 'exact', of: this.devices, delivered: this.devices - 1, asOf: now() }),
    };
  }
}
