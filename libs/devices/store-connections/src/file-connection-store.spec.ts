import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConnectionDocument } from '@tallystick/devices-domain';
import { connectionDocument, connectionStoreConformance } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { openConnectionsFile, readConnections } from './file-connection-store.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'connections-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** With a topic for each, as a file must have. */
const fileOf = (documents: readonly ConnectionDocument[]): string => {
  const path = join(folder, `${(files += 1)}.json`);
  writeFileSync(path, JSON.stringify({ connections: documents }));
  return path;
};
const withTopics = (documents: readonly ConnectionDocument[]): ConnectionDocument[] =>
  documents.map((it, n) => Object.assign(it, { source: { ...it.source, topic: `topic-${n}` } }));
const open = (path: string, check?: Parameters<typeof openConnectionsFile>[2]) => openConnectionsFile(path, instant(1), check);

describe('the connections of a mounted file', () => {
  connectionStoreConformance(
    (documents) => {
      const path = fileOf(withTopics(documents));
      return { store: open(path), other: open(path), close: () => {} };
    },
    { prefix: 'file', readOnly: true },
  );

  it('have another version when the file says something else, and the same in every process that reads the same', async () => {
    const document = connectionDocument();
    const versionOf = async (it: ConnectionDocument) => (await open(fileOf([it])).read(it))?.version;
    expect(await versionOf(document)).toBe(await versionOf(document));
    expect(await versionOf(document)).not.toBe(await versionOf({ ...document, visibilityWindowMs: 59_999 }));
  });

  it('stop the process with all faults, those of the expressions with them', () => {
    const path = fileOf([connectionDocument({ scope: 'nonsense(' })]);
    expect(() => open(path, ({ scope }) => (scope ? ['scope: must be a CEL expression'] : []))).toThrow(
      'the connections file has faults:\n  connections[0].scope: must be a CEL expression',
    );
  });

  it('that is not there, or is no file, is a fault with the code of the system', () => {
    expect(readConnections(join(folder, 'none.json'))).toEqual({
      ok: false,
      error: ["the connections file can't be read (ENOENT)"],
    });
    expect(readConnections(folder)).toEqual({ ok: false, error: ["the connections file can't be read (EISDIR)"] });
  });
});
