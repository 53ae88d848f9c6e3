import type { PingOneRegion } from '@tallystick/devices-domain';

/** Where a PingOne environment is, without slashes at the ends. */
export interface PingOneUrls {
  readonly authUrl: string;
  /** With its version: `https://api.pingone.eu/v1`. */
  readonly apiUrl: string;
}

const regions: readonly PingOneRegion[] = ['com', 'eu', 'asia', 'com.au', 'ca', 'sg'];

/** The vendor's hosts of a region (c.1). */
export const pingOneUrls = (region: PingOneRegion): PingOneUrls => ({
  authUrl: `https://auth.pingone.${region}`,
  apiUrl: `https://api.pingone.${region}/v1`,
});

/** Every host of the vendor, for the list of hosts that may be called. */
export const pingOneHosts: readonly string[] = regions.flatMap((region) => [`auth.pingone.${region}`, `api.pingone.${region}`]);

export interface PingOneSettings extends PingOneUrls {
  readonly environmentId: string;
  readonly clientId: string;
  /** Asked at each login, so that a rotated secret is taken without a restart; undefined when it can't be read. */
  readonly clientSecret: () => string | undefined;
  /** How the worker application is set up to log in; `basic` unless told. */
  readonly clientAuthentication?: 'basic' | 'post';
  /** Where new users are created; without it the environment needs a default population. */
  readonly populationId?: string;
  /** The device policy that new devices name; the environment's default unless told. */
  readonly policyId?: string;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Ids go into paths, so nothing else than a UUID is one (P56). */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && uuid.test(value);

/** @throws RangeError naming the setting that is no UUID or no address, never its value. */
export function assertUsable(settings: PingOneSettings): void {
  for (const name of ['environmentId', 'populationId', 'policyId'] as const)
    if (settings[name] !== undefined && !isUuid(settings[name]))
      throw new RangeError(`${name} of a PingOne connection must be a UUID`);
  for (const name of ['authUrl', 'apiUrl'] as const)
    if (!URL.canParse(settings[name]) || /[?#]|\/$/.test(settings[name]))
      throw new RangeError(`${name} of a PingOne connection must be an address without a query or a slash at its end`);
}
