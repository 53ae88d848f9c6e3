/**
 * How the records of a topic are written. It is configured, not guessed from each message: a tombstone looks the same everywhere, but
 * is the delete itself in one format and the echo of one in the next, and versions of two formats do not compare. A message of
 * another shape than the configured one is unusable, so a wrong setting is seen at the first message and does no harm.
 *
 * `json`: the value is the record, a tombstone is the delete.
 * - `versionField`: a field with a growing whole number, that is taken instead of the offset. A tombstone has no fields: it then needs
 *   a header of that name, or deletes are sent by `deletedField`.
 * - `deletedField`: a field that is true in a record that says "deleted"; a tombstone after it is an echo.
 *
 * `debezium`: with or without schemas, that is seen per message.
 * - `full`: the envelope as Debezium makes it; version from the log sequence number
 * - `unwrapped`: ExtractNewRecordState as it comes: a delete is a tombstone, or the text `null`, without any version: offsets order it
 * - `unwrapped-rewrite`: the same with `delete.tombstone.handling.mode=rewrite…` and `add.fields` naming `source.sequence` or `source.lsn`
 */
export type SourceFormat =
  | { readonly kind: 'json'; readonly versionField?: string | undefined; readonly deletedField?: string | undefined }
  | { readonly kind: 'debezium'; readonly envelope: 'full' | 'unwrapped' | 'unwrapped-rewrite' };
