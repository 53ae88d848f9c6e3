/** The Debezium connectors whose positions are known; MariaDB's are MySQL's. */
export type DebeziumConnector = 'postgresql' | 'mysql' | 'sqlserver' | 'mongodb';

/**
 * How the records of a topic are written. It is configured, not guessed from each message: a tombstone looks the same everywhere, but
 * is the delete itself in one format and the echo of one in the next, and versions of two formats do not compare. A message of
 * another shape than the configured one is unusable, so a wrong setting is seen at the first message and does no harm. Whoever changes
 * the format of a topic in use raises the epoch of its connection.
 *
 * `json`: the value is the record, a tombstone is the delete.
 * - `versionField`: a field with a growing whole number, that is taken instead of the offset. A tombstone has no fields: it then needs
 *   a header of that name, or deletes are sent by `deletedField`.
 * - `deletedField`: a field that is true in a record that says "deleted"; a tombstone after it is an echo.
 *
 * `debezium`: with or without schemas, that is seen per message. `connector`: whose positions the records have, `postgresql` if left out.
 * - `full`: the envelope as Debezium makes it; version from the position in the log
 * - `unwrapped`: ExtractNewRecordState (MongoDB: ExtractNewDocumentState) as it comes: a delete is a tombstone, or the text `null`, without
 *   any version: offsets order it
 * - `unwrapped-rewrite`: the same with `delete.tombstone.handling.mode=rewrite…` and `add.fields` naming the position:
 *   `source.sequence` or `source.lsn` (PostgreSQL), `source.file,source.pos,source.row` (MySQL),
 *   `source.commit_lsn,source.change_lsn,source.event_serial_no` (SQL Server), `source.ts_ms,source.ord` (MongoDB)
 *
 * `cloudevents`: the canonical record, structured or binary, that is seen per message; its schema and manual lie beside the parser.
 * - `order`: by the attribute `sequence`, which each event must have (`sequence`, if left out), or by the offset.
 */
export type SourceFormat =
  | { readonly kind: 'json'; readonly versionField?: string | undefined; readonly deletedField?: string | undefined }
  | {
      readonly kind: 'debezium';
      readonly connector?: DebeziumConnector | undefined;
      readonly envelope: 'full' | 'unwrapped' | 'unwrapped-rewrite';
    }
  | { readonly kind: 'cloudevents'; readonly order?: 'sequence' | 'offset' | undefined };
