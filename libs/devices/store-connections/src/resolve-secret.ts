import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import type { ResolveSecret, SecretFault } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';

/** More than any properties file or client secret. */
const longestSecret = 65_536;
/** Variables that a document may name begin with it. */
export const secretVariablePrefix = 'TALLYSTICK_SECRET_';

export interface SecretSources {
  /** Absolute path; without it no file can be named. */
  readonly folder?: string | undefined;
  /** The environment of the process, read once at its start. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads secrets that documents name: files below one folder, and variables of one prefix, since a document comes over HTTP and must not
 * read another file of the process into a provider call. A link may point to another place in the folder (mounted secrets do) and not out
 * of it. Blanks around a variable's value and the newline at the end of a file stay: whoever uses it knows what it may drop.
 */
export function createSecretResolver({ folder, variables }: SecretSources): ResolveSecret {
  return (ref) => {
    if ('variable' in ref) {
      if (!/^TALLYSTICK_SECRET_[A-Z0-9_]{1,100}$/.test(ref.variable)) return err('variable-not-allowed');
      return filled(variables[ref.variable]);
    }
    if (folder === undefined || !isAbsolute(folder) || !isNameBelow(ref.file)) return err('file-not-allowed');
    return readBelow(folder, ref.file);
  };
}

const isNameBelow = (name: string): boolean =>
  name.length <= 255 && name.split('/').every((part) => /^[A-Za-z0-9._-]+$/.test(part) && part !== '.' && part !== '..');

function readBelow(folder: string, name: string): Result<string, SecretFault> {
  let file: number | undefined;
  try {
    const root = realpathSync(folder);
    const path = realpathSync(join(root, name));
    if (!path.startsWith(root + sep)) return err('file-not-allowed');
    // What was checked is what is opened: a link put there since is not followed, and a pipe does not stop the process.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const status = fstatSync(file);
    if (!status.isFile() || status.size > longestSecret) return err('unreadable');
    const bytes = Buffer.alloc(longestSecret);
    return filled(bytes.toString('utf8', 0, readSync(file, bytes, 0, longestSecret, 0)));
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    return err(code === 'ENOENT' || code === 'ENOTDIR' ? 'not-there' : 'unreadable');
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const filled = (value: string | undefined): Result<string, SecretFault> =>
  value === undefined ? err('not-there') : value.trim() === '' ? err('empty') : ok(value);
