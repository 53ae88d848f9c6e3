import type { Attributes } from '@tallystick/devices-domain';
import type { Branded } from '@tallystick/kernel-core';

/**
 * Orders the records of one source key inside an epoch: decimal or hexadecimal numbers of fixed widths, so that it compares as text.
 * 20 digits, or `<file>:<pos>:<row>` (MySQL), `<commit>:<change>:<serial>` (SQL Server), `<time>:<ordinal>:<offset>` (MongoDB).
 */
export type SourceVersion = Branded<string, 'SourceVersion'>;

/** A message as it came from Kafka; a header that was sent twice is a list. */
export interface RawSourceMessage {
  readonly topic: string;
  readonly partition: number;
  /** Decimal digits. */
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>> | undefined;
}

/** Messages that are in order and say nothing about a user. */
export type IgnoredReason =
  | 'tombstone-after-delete'
  | 'heartbeat'
  | 'transaction'
  /** The whole table was emptied: no user is removed for it, a full pass with its guards decides. */
  | 'truncate'
  /** A message that an application wrote into the database's log. */
  | 'logical-message';

/**
 * Why a message can't be used; it is parked with this.
 * - `no-key`, `key-not-scalar` (a field of the key is a list or an object, or null), `key-too-long`
 * - `bad-utf8`, `not-json`, `too-large` (more than 1 MiB)
 * - `wrong-type`: the value, the row in it, or a field that decides is not of the type that it must have
 * - `other-format`: of another shape than configured, see {@link SourceFormat}
 * - `unknown-operation`: an `op` that this version does not know
 * - `no-version`, `bad-version`: none where the format has one; not of the form or width that the format has
 * - `no-document`: MongoDB's update without the document: the connector must capture full documents
 * - `bad-move`: the header of a key change is not readable, or there are two that differ
 */
export type UnusableReason =
  | 'no-key'
  | 'key-not-scalar'
  | 'key-too-long'
  | 'bad-utf8'
  | 'not-json'
  | 'too-large'
  | 'wrong-type'
  | 'other-format'
  | 'unknown-operation'
  | 'no-version'
  | 'bad-version'
  | 'no-document'
  | 'bad-move';

/**
 * What a message says. `sourceKey` names the user in the datastore: the text of the key, or of its only field; a JSON list of texts,
 * sorted by field name, when the key has several. A key change is a delete with `movedTo` and a record with `movedFrom` (R23).
 */
export type SourceEvent =
  | {
      readonly kind: 'record';
      readonly sourceKey: string;
      readonly version: SourceVersion;
      readonly attributes: Attributes;
      readonly movedFrom?: string;
    }
  | { readonly kind: 'deleted'; readonly sourceKey: string; readonly version: SourceVersion; readonly movedTo?: string }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason }
  | { readonly kind: 'unusable'; readonly reason: UnusableReason };
