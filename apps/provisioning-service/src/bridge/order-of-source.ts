import type { SourceFormat } from '@tallystick/devices-domain';

/**
 * Names what orders the records of a topic in this format. Positions of two orders, or of two topics, do not compare: a record of the one
 * would be older than all of the other, and be ignored (R16).
 */
export function orderOfSource(format: SourceFormat): string {
  switch (format.kind) {
    case 'json':
      return format.versionField === undefined ? 'offset' : `field:${encodeURIComponent(format.versionField)}`;
    case 'debezium':
      return format.envelope === 'unwrapped' ? 'offset' : (format.connector ?? 'postgresql');
    case 'cloudevents':
      return format.order ?? 'sequence';
  }
}
