import { randomBytes, randomUUID } from 'node:crypto';
import dotProperties from 'dot-properties';
import { CredentialsFileError, loadFile, writeFileWhole } from './credentials-file.ts';
import { type Credentials } from './envelope.ts';

/** Credentials of an API client that nobody has yet. */
export const newCredentials = (): Credentials => ({
  key: randomBytes(32),
  token: randomBytes(16).toString('hex'),
  orgAlias: randomUUID(),
});

/** Reads the credentials of a PingID properties file (Java properties: `\=` is an escaped `=`). */
export function readCredentials(text: string): Credentials {
  const entries: Record<string, unknown> = { ...dotProperties.parse(text) };
  const entry = (name: string) => {
    const value = entries[name];
    if (typeof value !== 'string' || value.trim() === '') throw new CredentialsFileError(`${name} is missing`);
    return value.trim();
  };
  const key64 = entry('use_base64_key');
  const key = Buffer.from(key64, 'base64');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(key64) || ![32, 48, 64].includes(key.length)) {
    throw new CredentialsFileError('use_base64_key must be the base64 form of 32, 48 or 64 bytes');
  }
  return { key, token: entry('token'), orgAlias: entry('org_alias') };
}

/** The text of a properties file for `credentials`, pointing at `baseUrl` (no slash at its end). */
export const propertiesText = ({ key, token, orgAlias }: Credentials, baseUrl: string): string =>
  [
    '#Written by the directory simulator. Keep it secret: whoever has it may change every user.',
    `use_base64_key=${key.toString('base64').replaceAll('=', '\\=')}`,
    'use_signature=true',
    `token=${token}`,
    `idp_url=${baseUrl}/pingid`,
    `org_alias=${orgAlias}`,
    `admin_url=${baseUrl}/admin`,
    `authenticator_url=${baseUrl}/pingid/ppm`,
    '',
  ].join('\n');

/** The credentials in the file, or new ones where there is no file. A file that cannot be read as one is never overwritten. */
export const loadCredentials = (path: string): Credentials =>
  loadFile(path, 'PingID properties file', newCredentials, (text) => {
    try {
      return readCredentials(text);
    } catch (error) {
      throw error instanceof CredentialsFileError ? error : new CredentialsFileError('it is not a properties file');
    }
  });

export const writeProperties = (path: string, credentials: Credentials, baseUrl: string): void =>
  writeFileWhole(path, propertiesText(credentials, baseUrl));
