// R9: a status that a run kept is read by every later build, weeks after the one that wrote it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { RotationStatus } from '@tallystick/tokens-domain';
import { statusMemo } from '@tallystick/tokens-workflow-api';
import { rotationView, viewOfRotation } from './rotation-documents.ts';

const folder = join(import.meta.dirname, '../../../../libs/tokens/workflows/src/histories');

interface Upsert {
  readonly upsertedMemo?: { readonly fields?: Readonly<Record<string, { readonly data: string }>> };
}
const statusesIn = (file: string): readonly RotationStatus[] => {
  const { events } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    readonly events: readonly { readonly workflowPropertiesModifiedEventAttributes?: Upsert }[];
  };
  return events.flatMap(({ workflowPropertiesModifiedEventAttributes: upsert }) => {
    const kept = upsert?.upsertedMemo?.fields?.[statusMemo];
    return kept ? [JSON.parse(Buffer.from(kept.data, 'base64').toString()) as RotationStatus] : [];
  });
};
const kept = readdirSync(folder)
  .map((file) => [file, statusesIn(file)] as const)
  .filter(([, statuses]) => statuses.length > 0);

describe('the statuses that runs of earlier builds kept', () => {
  it('are there, of every way that a rotation can go', () => {
    expect(kept.length).toBeGreaterThanOrEqual(9);
  });

  it.each(kept)('R9: of %s are told as the document says', (_, statuses) => {
    for (const status of statuses) expect(() => rotationView.parse(viewOfRotation(status))).not.toThrow();
  });
});
