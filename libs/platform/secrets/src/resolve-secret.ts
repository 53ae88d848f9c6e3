import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, isAbsolute, join, sep } from 'node:path';
import {
  type EnvironmentId,
  err,
  ok,
  type ResolveSecret,
  type Result,
  type SecretFault,
  secretPlaceOf,
} from '@tallystick/kernel-core';

/** More than any properties file or client secret. */
const longestSecret = 65_536;

export interface SecretSources {
  /** Absolute path; without it no file can be named. */
  readonly folder?: string | undefined;
  /** The environment of the process, read once at its start. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads secrets that documents name: files in the folder of their environment, and variables of its prefix. A document comes over HTTP from
 * whoever operates one environment, and must not bring another environment's credentials, or another file of the process, into a provider
 * call. A link may point to another place in the environment's folder (mounted secrets do) and not out of it. Blanks around a variable's
 * value and the newline at the end of a file stay: whoever uses it knows what it may drop.
 */
export function createSecretResolver({ folder, variables }: SecretSources): ResolveSecret {
  return (environment, ref) => {
    const place = secretPlaceOf(environment, ref);
    if (!place.ok) return place;
    if (place.value.kind === 'variable') return filled(variables[place.value.name]);
    if (folder === undefined || !isAbsolute(folder) || !('file' in ref)) return err('file-not-allowed');
    return readOf(folder, environment, ref.file);
  };
}

function readOf(folder: string, environment: EnvironmentId, name: string): Result<string, SecretFault> {
  let file: number | undefined;
  try {
    const root = realpathSync(folder);
    const own = realpathSync(join(root, environment));
    // Kubernetes mounts it as a link to `..data/<environment>`; one to another environment's folder has that one's name.
    if (!own.startsWith(root + sep) || basename(own) !== environment) return err('file-not-allowed');
    const path = realpathSync(join(own, name));
    if (!path.startsWith(own + sep)) return err('file-not-allowed');
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
