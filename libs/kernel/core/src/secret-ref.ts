import type { EnvironmentId } from './brand.ts';
import { err, ok, type Result } from './result.ts';

/**
 * Which secret a document means; it never holds one. A name of the document's own environment: `file` in the environment's folder,
 * `variable` behind the environment's prefix. No name reaches another environment's secret ({@link secretPlaceOf}).
 */
export type SecretRef = { readonly file: string } | { readonly variable: string };

/** Where the secret is: a path below the folder of the secrets, or the whole name of a variable. To be shown; it holds no secret. */
export type SecretPlace = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'variable'; readonly name: string };

/** Variables that a document can name begin with it. */
export const secretVariablePrefix = 'TALLYSTICK_SECRET_';

/** One name, no path: it can't lead out of the environment's folder by itself. */
export const isSecretFile = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/.test(name);

/** Words joined by single `_`. Two in a row would be read as the end of a longer environment id. */
export const isSecretVariable = (name: string): boolean =>
  name.length <= 100 && !name.startsWith(secretVariablePrefix) && /^[A-Z0-9]+(?:_[A-Z0-9]+)*$/.test(name);

/**
 * `<environment>/<name>`, or `TALLYSTICK_SECRET_<ENVIRONMENT>__<NAME>` with the id in capitals and `_` for `-`. A place belongs to one
 * environment: an id has no `_` and no capitals, so its prefix is its own; it does not end with `-`, and a name has no `__` and no `_` at
 * its ends, so the last `__` is where the name begins (`a` and `a--b` stay apart).
 */
export function secretPlaceOf(
  environment: EnvironmentId,
  ref: SecretRef,
): Result<SecretPlace, 'file-not-allowed' | 'variable-not-allowed'> {
  if ('file' in ref)
    return isSecretFile(ref.file) ? ok({ kind: 'file', path: `${environment}/${ref.file}` }) : err('file-not-allowed');
  if (!isSecretVariable(ref.variable)) return err('variable-not-allowed');
  const prefix = environment.toUpperCase().replaceAll('-', '_');
  return ok({ kind: 'variable', name: `${secretVariablePrefix}${prefix}__${ref.variable}` });
}

/** For the person who has to put the secret there. */
export function expectedSecret(environment: EnvironmentId, ref: SecretRef): string {
  const place = secretPlaceOf(environment, ref);
  if (!place.ok)
    return place.error === 'file-not-allowed'
      ? `the name of a file in the folder "${environment}" of the secrets, without a path`
      : 'a name of capital letters, digits and single "_", without TALLYSTICK_SECRET_ and the environment';
  return place.value.kind === 'file'
    ? `file "${place.value.path}" in the folder of the secrets`
    : `variable "${place.value.name}" of the process`;
}

export type SecretFault = 'file-not-allowed' | 'variable-not-allowed' | 'not-there' | 'unreadable' | 'empty';

/**
 * Reads a secret of an environment's document each time it is asked, so that a rotated one is taken without a restart. `environment` is
 * that of the document. Never tells its value in a fault.
 */
export type ResolveSecret = (environment: EnvironmentId, ref: SecretRef) => Result<string, SecretFault>;
