import type { AuditClass, AuditNote, AuditTrail } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';

/** Keeps notes, unless it is `full` for their class. */
export class InMemoryAuditTrail implements AuditTrail {
  readonly notes: AuditNote[] = [];
  full: readonly AuditClass[] = [];

  note(...notes: readonly AuditNote[]): Promise<Result<void, 'not-writable'>> {
    if (notes.some((note) => this.full.includes(note.class))) return Promise.resolve(err('not-writable'));
    this.notes.push(...notes);
    return Promise.resolve(ok(undefined));
  }
}
