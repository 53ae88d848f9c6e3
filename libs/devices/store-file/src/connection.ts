import type { AttributeMapping, ReconcileOptions, SourceFormat } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';

/** An environment's directory with its source, mapping and options. Holds no secret: the properties file is named, not read. */
export interface Connection {
  readonly environment: EnvironmentId;
  readonly connection: ConnectionId;
  readonly source: { readonly topic: string; readonly format: SourceFormat };
  /** `propertiesFile`: absolute path; several connections may name the same file. */
  readonly directory: { readonly kind: 'pingid'; readonly propertiesFile: string };
  /** ISO 3166, two capital letters. */
  readonly defaultCountry?: string;
  readonly mapping: AttributeMapping;
  readonly options: ReconcileOptions;
  /** How long a device that was paired may stay unlisted (R30), in milliseconds; one minute unless told. */
  readonly visibilityWindowMs: number;
}
