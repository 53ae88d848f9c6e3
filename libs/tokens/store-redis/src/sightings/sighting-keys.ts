import { hash } from 'node:crypto';
import type { EnvironmentId } from '@tallystick/kernel-core';

/**
 * Devices of an environment are spread over so many hashes. Part of the stored form: another number needs other keys.
 *
 * A hash stays a listpack, which is what makes a device cost about a hundred bytes, while it has at most `hash-max-listpack-entries`
 * fields (default of Redis 7.0: 512; here 122 on average for a million devices, 244 for two) of at most `hash-max-listpack-value`
 * bytes (default: 64, which no device id and no value exceeds). With lower limits everything works, at several times the memory.
 */
export const sightingBuckets = 8_192;

/** Which of the {@link sightingBuckets} a device is in. A cryptographic hash, so that ids that somebody chose do not all fall into one. */
export const sightingBucketOf = (device: string): number => hash('sha1', device, 'buffer').readUInt16BE(0) % sightingBuckets;

/** Names of everything an environment has, behind one hash tag; the buckets and days are `${base}:bucket:<n>`, `${base}:current:<day>`, `${base}:series:<day>`. */
export interface SightingKeys {
  readonly base: string;
  /** Hash: `since`, `newest`, `devices` (without strangers), `strangers`, `turned-away`, `strangers-turned-away`, and where a round of forgetting stands. */
  readonly meta: string;
  /** Set of the days that may have counters. */
  readonly days: string;
}

export function sightingKeys(prefix: string, environment: EnvironmentId): SightingKeys {
  const base = `${prefix}:{sight-${environment}}`;
  return { base, meta: `${base}:meta`, days: `${base}:days` };
}

/** Set of the environments with sightings; of no environment's hash tag. */
export const sightedEnvironmentsKey = (prefix: string): string => `${prefix}:sighted-environments`;
