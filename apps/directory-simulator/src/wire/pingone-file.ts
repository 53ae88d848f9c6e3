import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { CredentialsFileError, loadFile, writeFileWhole } from './credentials-file.ts';

/** What a client of the PingOne dialect is known by, and the environment that it works in. */
export interface MfaCredentials {
  readonly environmentId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The default population. */
  readonly populationId: string;
}

const uuid = z.string().regex(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, { error: 'expected a UUID' });
const fileSchema = z.object({ environmentId: uuid, clientId: uuid, clientSecret: z.string().min(1), populationId: uuid });

/** Credentials of a worker application that nobody has yet. */
export const newMfaCredentials = (): MfaCredentials => ({
  environmentId: randomUUID(),
  clientId: randomUUID(),
  clientSecret: randomBytes(32).toString('base64url'),
  populationId: randomUUID(),
});

/** The text of the file for `credentials`, pointing at `baseUrl` (no slash at its end). */
export const mfaCredentialsText = (credentials: MfaCredentials, baseUrl: string): string =>
  `${JSON.stringify({ authUrl: baseUrl, apiUrl: `${baseUrl}/v1`, ...credentials }, undefined, 2)}\n`;

/** The credentials in the file, or new ones where there is no file. A file that is something else is never overwritten. */
export const loadMfaCredentials = (path: string): MfaCredentials =>
  loadFile(path, 'PingOne credentials file', newMfaCredentials, (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new CredentialsFileError('it is not JSON');
    }
    const parsed = fileSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new CredentialsFileError(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'not what it should be'}`);
  });

export const writeMfaCredentials = (path: string, credentials: MfaCredentials, baseUrl: string): void =>
  writeFileWhole(path, mfaCredentialsText(credentials, baseUrl));
