import type { Instant } from '@tallystick/kernel-core';
import type { DirectoryName } from './budget/budget.port.ts';
import type { DeviceLimit } from './plan-room.ts';

const lastsMs = 24 * 3_600_000;
const toldLastsMs = 3_600_000;

interface Known {
  /** Undefined: the directory was asked and does not tell. */
  readonly limit: number | undefined;
  readonly until: number;
}

/**
 * How many devices a user may have, by directory, as this process has learned it (ADR 5.11): from what the directory tells, or from a
 * pairing that it refused. Kept in memory only: to learn it again costs one refused call that takes nothing from anybody.
 */
export class DeviceLimits {
  readonly #known = new Map<DirectoryName, Known>();

  of(directory: DirectoryName, now: Instant): DeviceLimit {
    const limit = this.#valid(directory, now)?.limit;
    return limit === undefined ? { kind: 'unknown' } : { kind: 'known', limit };
  }

  /** False when the directory should be asked. */
  has(directory: DirectoryName, now: Instant): boolean {
    return this.#valid(directory, now) !== undefined;
  }

  told(directory: DirectoryName, limit: number | undefined, now: Instant): void {
    this.#known.set(directory, { limit, until: now + toldLastsMs });
  }

  /** A pairing was refused to a user who had so many. */
  refusedAt(directory: DirectoryName, devices: number, now: Instant): void {
    this.#known.set(directory, { limit: devices, until: now + lastsMs });
  }

  /** Somebody has so many: a lower limit is wrong. */
  allowed(directory: DirectoryName, devices: number): void {
    const limit = this.#known.get(directory)?.limit;
    if (limit !== undefined && devices > limit) this.#known.delete(directory);
  }

  #valid(directory: DirectoryName, now: Instant): Known | undefined {
    const known = this.#known.get(directory);
    return known && now < known.until ? known : undefined;
  }
}
