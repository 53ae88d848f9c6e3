import type { ReconcileOptions } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';

/** One rule of a mapping, as `@tallystick/devices-source-mapping` takes it. */
export interface ConnectionMappingRule {
  readonly attribute: string | readonly string[];
  readonly trim?: boolean | undefined;
  readonly case?: 'none' | 'upper' | 'lower' | undefined;
  readonly default?: string | undefined;
}

/** Target field codes (d.3) besides the username; `country` gives numbers in national spelling their country. */
export const optionalTargets = [
  'email',
  'fName',
  'lName',
  'mfaEmail1',
  'mfaEmail2',
  'mfaEmail3',
  'mfaSms1',
  'mfaSms2',
  'mfaSms3',
  'mfaVoice1',
  'mfaVoice2',
  'mfaVoice3',
  'enabled',
  'country',
] as const;

export type ConnectionMapping = { readonly userName: ConnectionMappingRule } & {
  readonly [target in (typeof optionalTargets)[number]]?: ConnectionMappingRule | undefined;
};

/** How the records of the topic are written, as `@tallystick/devices-source-kafka` takes it. */
export type ConnectionSourceFormat =
  | { readonly kind: 'json'; readonly versionField?: string | undefined; readonly deletedField?: string | undefined }
  | { readonly kind: 'debezium'; readonly envelope: 'full' | 'unwrapped' | 'unwrapped-rewrite' };

/** An environment's directory with its source, mapping and options. Holds no secret: the properties file is named, not read. */
export interface Connection {
  readonly environment: EnvironmentId;
  readonly connection: ConnectionId;
  readonly source: { readonly topic: string; readonly format: ConnectionSourceFormat };
  /** `propertiesFile`: absolute path; several connections may name the same file. */
  readonly directory: { readonly kind: 'pingid'; readonly propertiesFile: string };
  /** ISO 3166, two capital letters. */
  readonly defaultCountry?: string;
  readonly mapping: ConnectionMapping;
  readonly options: ReconcileOptions;
  /** How long a device that was paired may stay unlisted (R30), in milliseconds; one minute unless told. */
  readonly visibilityWindowMs: number;
}
