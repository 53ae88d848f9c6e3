import type { SourceFormat } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import type { UnusableReason } from './source-event.ts';
import { digitsOf, joined, versionOf, versionOfSequence, type VersionRead } from './source-version.ts';

export type Connector = NonNullable<Extract<SourceFormat, { kind: 'debezium' }>['connector']>;

/** A field of `source`: undefined when the message does not have it, null when it has it empty. */
export type SourceField = (name: string) => unknown;

/** The position of a row in its database's log, at a fixed width for each connector. GTIDs, transaction ids and times are none: they do not order rows. */
export function positionOf(connector: Connector, field: SourceField, offset: string): VersionRead {
  switch (connector) {
    case 'postgresql':
      return versionOfSequence(field('sequence'), field('lsn'));
    case 'mysql':
      return joined(binlogNumber(field('file')), digitsOf(field('pos'), 20), digitsOf(field('row'), 10));
    case 'sqlserver':
      return joined(lsn(field('commit_lsn')), orNought(field('change_lsn'), lsn), orNought(field('event_serial_no'), serial));
    case 'mongodb':
      // Changes of one transaction share time and ordinal; what one document went through inside it only the offset orders.
      return joined(digitsOf(field('ts_ms'), 20), digitsOf(field('ord'), 10), versionOf(offset));
  }
}

type Part = Result<string, UnusableReason>;

/** `mysql-bin.000003` → 3: a server goes on counting beyond six digits. Another base name is another log: that needs a new epoch. */
function binlogNumber(file: unknown): Part {
  if (file === undefined || file === null || file === '') return err('no-version');
  const number = typeof file === 'string' ? /\.(\d+)$/.exec(file)?.[1] : undefined;
  return number === undefined ? err('bad-version') : digitsOf(number, 10);
}

/** `00000027:00000ac0:0002`, three hexadecimal numbers. */
function lsn(value: unknown): Part {
  if (value === undefined || value === null || value === '') return err('no-version');
  const parts = typeof value === 'string' ? /^([0-9a-f]{8}):([0-9a-f]{8}):([0-9a-f]{4})$/i.exec(value) : null;
  return parts ? ok(parts.slice(1).join('').toLowerCase()) : err('bad-version');
}

const serial = (value: unknown): Part => digitsOf(value, 10);
const nought = new Map<(value: unknown) => Part, string>([
  [lsn, '0'.repeat(20)],
  [serial, '0'.repeat(10)],
]);

/** A row of a snapshot has null here, and is older than every change of the same commit. A message without the field can't be ordered. */
const orNought = (value: unknown, read: (value: unknown) => Part): Part => (value === null ? ok(nought.get(read)!) : read(value));
