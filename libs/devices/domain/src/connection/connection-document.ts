import type { ConnectionId, EnvironmentId, Instant, SecretRef } from '@tallystick/kernel-core';
import type { AttributeMapping } from '../attribute-mapping.ts';
import type { BudgetSettings } from '../budget/budget.port.ts';
import type { GuardSettings } from '../guards/guard-settings.ts';
import type { ReconcileOptions } from '../reconcile-options.ts';
import type { SourceFormat } from '../source-format.ts';

/** Hosts of PingOne by region (c.1); `custom` is for the simulator and must be on the worker's list of hosts. */
export type PingOneRegion = 'com' | 'eu' | 'asia' | 'com.au' | 'ca' | 'sg';

export type DirectoryDocument =
  /** `properties`: the downloaded `pingid.properties`, as a secret: it holds the key. */
  | { readonly kind: 'pingid'; readonly properties: SecretRef }
  | {
      readonly kind: 'pingone';
      readonly region: PingOneRegion | { readonly authUrl: string; readonly apiUrl: string };
      readonly environmentId: string;
      readonly clientId: string;
      readonly clientSecret: SecretRef;
      /** Where new users are created; without it the environment needs a default population. */
      readonly populationId?: string;
    };

/** An environment's directory with its source, scope, mapping, options, guards and budget. */
export interface ConnectionDocument {
  readonly environment: EnvironmentId;
  readonly connection: ConnectionId;
  readonly source: { readonly topic: string; readonly format: SourceFormat };
  readonly directory: DirectoryDocument;
  /** CEL over `source`: who belongs to this connection (P7, P9); everybody without it. A user who leaves it is removed as set (P24). */
  readonly scope?: string;
  /** CEL over `source`, in place of `mapping.enabled` (P8). */
  readonly enabled?: string;
  /** ISO 3166, two capital letters. */
  readonly defaultCountry?: string;
  readonly mapping: AttributeMapping;
  /** Accounts that are never touched, whatever a record says (P15): the one that administers the directory. Capitals don't matter. */
  readonly protectedUsernames?: readonly string[];
  readonly preset: 'parity' | 'never-less';
  readonly options: ReconcileOptions;
  readonly guards: GuardSettings;
  readonly budget: BudgetSettings;
  /** What of a record is kept, sealed: all of it up to 32 KiB, or what this document reads (ADR 5.4). */
  readonly keepAttributes: 'all' | 'mapped';
  /** How long a device that was paired may stay unlisted (R30), in milliseconds. */
  readonly visibilityWindowMs: number;
}

/** A document as it was saved. `version` grows by one with each save and is the ETag. */
export interface SavedConnection {
  readonly version: number;
  readonly document: ConnectionDocument;
  readonly savedBy: string;
  readonly savedAt: Instant;
}

export type ConnectionRef = Pick<ConnectionDocument, 'environment' | 'connection'>;

/** Thrown for the saved document of one connection that can't be read. Saving another one over it mends it. */
export class UnreadableDocument extends Error {
  override readonly name = 'UnreadableDocument';
  /** Of what is saved; what replaces it has to name it. */
  readonly version: number;
  constructor({ environment, connection, because }: UnreadableConnection, version: number) {
    super(`the saved document of connection ${environment}/${connection} can't be read: ${because}`);
    this.version = version;
  }
}

/**
 * A connection that is saved, and whose document this build can't read: written by another version, or damaged. It is at rest, and never
 * one that was removed.
 */
export interface UnreadableConnection extends ConnectionRef {
  /** Which part can't be read, without its value. */
  readonly because: string;
  /** The topic that it reads, as far as that can be told. */
  readonly topic?: string;
}

/** Documents of all environments. Throws when the store can't be reached. Implementations pass `connectionStoreConformance`. */
export interface ConnectionStore {
  /** Files mounted at start: nothing can be saved. */
  readonly readOnly: boolean;
  /** @throws UnreadableDocument */
  read(ref: ConnectionRef): Promise<SavedConnection | undefined>;
  /**
   * Of one environment, or all. `onUnreadable`: is told of each that can't be read, which is then missing from the list; without it one
   * such fails the whole, so that nobody takes it for removed by mistake.
   */
  list(
    environment?: EnvironmentId,
    onUnreadable?: (connection: UnreadableConnection) => void,
  ): Promise<readonly SavedConnection[]>;
  /** `expected`: the version that is replaced; 0 for a new one. */
  save(
    document: ConnectionDocument,
    expected: number,
    by: string,
    now: Instant,
  ): Promise<SavedConnection | 'conflict' | 'read-only'>;
  remove(
    ref: ConnectionRef,
    expected: number,
    by: string,
    now: Instant,
  ): Promise<'removed' | 'conflict' | 'read-only' | 'unknown'>;
  /** The last versions, newest first. `onUnreadable`: is told of each that can't be read, which is left out; without it one such fails the whole. */
  history(
    ref: ConnectionRef,
    limit: number,
    onUnreadable?: (version: UnreadableConnection) => void,
  ): Promise<readonly SavedConnection[]>;
  /** Grows with every save or removal of any document; cheap, for those who follow. */
  revision(): Promise<number>;
}

/** The secret that a document's directory needs. */
export const secretRefOf = (directory: DirectoryDocument): SecretRef =>
  directory.kind === 'pingid' ? directory.properties : directory.clientSecret;
