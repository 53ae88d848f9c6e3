import { type PrimaryAfterUnpair } from '../core/account.ts';
import { type PairingType } from '../core/command.ts';
import { type RateLimitSetting } from './rate-limit.ts';

/** What the PingOne dialect is set to, besides what both dialects share. */
export interface MfaSettings {
  /** `pairing.maxAllowedDevices`, 1..15 (c.3). */
  readonly maxAllowedDevices: number;
  readonly phoneExtensions: boolean;
  readonly newUsersMfaEnabled: boolean;
  readonly pairingKeyFormat: 'NUMERIC' | 'ALPHANUMERIC';
  /** Life of new access tokens, milliseconds. */
  readonly tokenLifeMs: number;
  /** `rotated`: the client secret is another one now. */
  readonly clientSecret: 'accepted' | 'rotated';
  readonly clientAuthentication: 'any' | 'basic' | 'post';
  readonly phoneForm: 'dotted' | 'e164';
  /** How the key of an inner error is spelled; `alternate` begins with `innerError`. */
  readonly innerErrorKey: 'innerError' | 'innererror' | 'alternate';
}

export interface Settings {
  /** PingID: Maximum Allowed Devices of the organization, 1..20 (P53). */
  readonly deviceLimit: number;
  /** PingID: how the body of an error is written; `alternate` begins with a signed one. */
  readonly errorBodies: 'signed' | 'raw' | 'alternate';
  /** Waited before every call of either API is done. */
  readonly latencyMs: number;
  /** Operations that have a latency of their own. */
  readonly latencyByOperation: Readonly<Record<string, number>>;
  readonly primaryAfterUnpair: PrimaryAfterUnpair;
  readonly emptyDeviceList: 'array' | 'null';
  /** For so long after its pairing a device is not listed. */
  readonly visibilityLagMs: number;
  /** PingOne: for so long after its creation a user is not found by a filter or in the list. */
  readonly userVisibilityLagMs: number;
  readonly duplicateDevices: 'allowed' | 'refused';
  /** Methods that are switched off for the whole tenant (P55). */
  readonly disabledMethods: readonly PairingType[];
  /** For each dialect; null: none. */
  readonly rateLimit: RateLimitSetting | null;
  /** PingID: whether requests that are signed as they should be are taken. */
  readonly pingidCredentials: 'accepted' | 'signature-refused' | 'token-refused';
  /** PingID: the key of signed answers. */
  readonly pingidAnswerKey: 'right' | 'wrong';
  readonly pingone: MfaSettings;
}

/** What starts are set to unless told otherwise. */
export const mfaSettingsAtStart: MfaSettings = {
  maxAllowedDevices: 5,
  phoneExtensions: true,
  newUsersMfaEnabled: false,
  pairingKeyFormat: 'ALPHANUMERIC',
  tokenLifeMs: 3_600_000,
  clientSecret: 'accepted',
  clientAuthentication: 'any',
  phoneForm: 'dotted',
  innerErrorKey: 'alternate',
};

export const settingsAtStart: Settings = {
  deviceLimit: 1,
  errorBodies: 'alternate',
  latencyMs: 0,
  latencyByOperation: {},
  primaryAfterUnpair: 'none',
  emptyDeviceList: 'array',
  visibilityLagMs: 0,
  userVisibilityLagMs: 0,
  duplicateDevices: 'allowed',
  disabledMethods: [],
  rateLimit: null,
  pingidCredentials: 'accepted',
  pingidAnswerKey: 'right',
  pingone: mfaSettingsAtStart,
};

export type SettingsPatch = Partial<Omit<Settings, 'pingone'>> & { readonly pingone?: Partial<MfaSettings> };

export const patched = (settings: Settings, patch: SettingsPatch): Settings => ({
  ...settings,
  ...patch,
  pingone: { ...settings.pingone, ...patch.pingone },
});
