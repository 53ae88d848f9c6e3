import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The file cannot be used as it is; the message says what to do. It holds no value of the file. */
export class CredentialsFileError extends Error {}

/**
 * What stands in the file, or something new where there is no file. `read` throws a {@link CredentialsFileError} with the
 * reason for a text that is something else; such a file is never overwritten.
 */
export function loadFile<T>(path: string, what: string, fresh: () => T, read: (text: string) => T): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return fresh();
    throw new CredentialsFileError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof CredentialsFileError)) throw error;
    throw new CredentialsFileError(`${path} is not a usable ${what}: ${error.message}. Mend it, or remove it to get a new one.`);
  }
}

/** Writes the file in one step, readable by its owner only. */
export function writeFileWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
