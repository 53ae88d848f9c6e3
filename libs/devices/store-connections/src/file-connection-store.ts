import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionDocument, ConnectionRef, ConnectionStore, SavedConnection } from '@tallystick/devices-domain';
import { type EnvironmentId, err, type Instant, ok, type Result } from '@tallystick/kernel-core';
import { parseConnections } from './parse-connection.ts';

/** Documents of a file that is mounted at start, for those who keep settings in git. Nothing can be saved. */
export class FileConnectionStore implements ConnectionStore {
  readonly readOnly = true;
  readonly #saved: readonly SavedConnection[];

  /** @param readAt when the file was read */
  constructor(documents: readonly ConnectionDocument[], readAt: Instant) {
    this.#saved = documents.map((document) => ({ version: versionOf(document), document, savedBy: 'file', savedAt: readAt }));
  }

  read(ref: ConnectionRef): Promise<SavedConnection | undefined> {
    return Promise.resolve(
      this.#saved.find(({ document }) => document.environment === ref.environment && document.connection === ref.connection),
    );
  }

  list(environment?: EnvironmentId): Promise<readonly SavedConnection[]> {
    return Promise.resolve(
      this.#saved.filter(({ document }) => environment === undefined || document.environment === environment),
    );
  }

  save(): Promise<'read-only'> {
    return Promise.resolve('read-only');
  }

  remove(): Promise<'read-only'> {
    return Promise.resolve('read-only');
  }

  async history(ref: ConnectionRef, limit: number): Promise<readonly SavedConnection[]> {
    const saved = await this.read(ref);
    return saved && limit > 0 ? [saved] : [];
  }

  revision(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** Of the content: an approval names the version that was planned with, and an edited file must not pass for the one before it. */
const versionOf = (document: ConnectionDocument): number =>
  1 + Number.parseInt(createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 12), 16);

/** Reads a file of connections, with all its faults at once, by path and never by value. */
export function readConnections(path: string): Result<readonly ConnectionDocument[], readonly string[]> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    return err([`the connections file can't be read (${codeOf(cause)})`]);
  }
  return parseConnections(text);
}

/**
 * The store of a mounted file, for a process that can't go on without it.
 * @param check further faults of a document, by path: of what only the caller can judge, such as expressions
 * @throws Error with all faults, one to a line
 */
export function openConnectionsFile(
  path: string,
  readAt: Instant,
  check: (document: ConnectionDocument) => readonly string[] = () => [],
): FileConnectionStore {
  const read = readConnections(path);
  const checked: Result<readonly ConnectionDocument[], readonly string[]> = read.ok ? checkedBy(read.value, check) : read;
  if (checked.ok) return new FileConnectionStore(checked.value, readAt);
  throw new Error([`the connections file has faults:`, ...checked.error.map((fault) => `  ${fault}`)].join('\n'));
}

function checkedBy(
  documents: readonly ConnectionDocument[],
  check: (document: ConnectionDocument) => readonly string[],
): Result<readonly ConnectionDocument[], readonly string[]> {
  const faults = documents.flatMap((document, n) => check(document).map((fault) => `connections[${n}].${fault}`));
  return faults.length > 0 ? err(faults) : ok(documents);
}

const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown cause';
