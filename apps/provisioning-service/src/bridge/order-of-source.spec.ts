import { describe, expect, it } from '@jest/globals';
import type { SourceFormat } from '@tallystick/devices-domain';
import { orderOfSource } from './order-of-source.ts';

describe('what orders the records of a topic', () => {
  it.each<[SourceFormat, string]>([
    [{ kind: 'json' }, 'offset'],
    [{ kind: 'json', deletedField: 'gone' }, 'offset'],
    [{ kind: 'json', versionField: 'row version' }, 'field:row%20version'],
    [{ kind: 'debezium', envelope: 'unwrapped' }, 'offset'],
    [{ kind: 'debezium', envelope: 'full' }, 'postgresql'],
    [{ kind: 'debezium', envelope: 'unwrapped-rewrite', connector: 'postgresql' }, 'postgresql'],
    [{ kind: 'debezium', envelope: 'full', connector: 'mysql' }, 'mysql'],
    [{ kind: 'cloudevents' }, 'sequence'],
    [{ kind: 'cloudevents', order: 'offset' }, 'offset'],
  ])('%j: %s', (format, order) => {
    expect(orderOfSource(format)).toBe(order);
  });
});
