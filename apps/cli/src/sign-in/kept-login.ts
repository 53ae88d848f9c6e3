import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { usage } from '../failure.ts';
import { configFolder, type Settings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import type { Grant } from './device-grant.ts';

/** Whom a login is for: a token of one issuer, client or audience is never sent for another's. */
export interface LoginAt {
  readonly issuer: string;
  readonly clientId: string;
  readonly audience: string;
}

/** The public client that `tallystick login` is where no other is set. */
export const usualClientId = 'tallystick-cli';

export const loginAt = ({ clientId = usualClientId, audience }: Settings, issuer: string): LoginAt => ({
  ...{ issuer, clientId, audience },
});

const keptSchema = z.object({
  ...{ issuer: z.string(), clientId: z.string(), audience: z.string() },
  ...{ accessToken: z.string(), renewAt: z.number(), expiresAt: z.number(), refreshToken: z.string().exactOptional() },
});

/** One file for each login, in the folder of settings; only its owner can read it. */
export function loginFile(terminal: Pick<Terminal, 'env' | 'home'>, { issuer, clientId, audience }: LoginAt): string {
  const name = createHash('sha256')
    .update(JSON.stringify([issuer, clientId, audience]))
    .digest('hex')
    .slice(0, 16);
  return join(configFolder(terminal), 'logins', `${name}.json`);
}

/** @returns undefined when nobody signed in. @throws Failure (usage) when others can read the file, or it is none of ours */
export async function readLogin(file: string): Promise<Grant | undefined> {
  let text: string;
  try {
    const handle = await open(file, 'r');
    try {
      const { mode } = await handle.stat();
      if (process.platform !== 'win32' && (mode & 0o077) !== 0)
        throw usage(
          `others on this machine can read your access token in ${file}`,
          'Say tallystick logout, then tallystick login.',
        );
      text = await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if ('code' in (error as object)) throw usage(`${file} can not be read`);
    throw error;
  }
  const parsed = keptSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw usage(`${file} is no login`, 'Say tallystick logout, then tallystick login.');
  return parsed.data;
}

/** Before anybody signs in for nothing. @throws Failure (usage) */
export async function makeFolderOf(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw usage(`${dirname(file)} can not be made (${error.code ?? 'unknown'})`);
  });
}

/** A reader sees the login before or this one, never half of it. */
export async function keepLogin(file: string, at: LoginAt, grant: Grant): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ ...at, ...grant }, null, 2)}\n`);
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw usage(`the login can not be kept in ${dirname(file)} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

export const forgetLogin = (file: string): Promise<void> => rm(file, { force: true });

const abandonedAfterMs = 30_000; // longer than a refresh takes
const lookAgainMs = 100;

/**
 * One at a time on this machine: an issuer that gives a new refresh token each time takes a second use of the old one for a theft.
 * A lock that its process left behind is taken after half a minute.
 */
export async function oneAtATime<T>(file: string, { pause, time }: Pick<Terminal, 'pause' | 'time'>, work: () => Promise<T>) {
  const lock = `${file}.lock`;
  for (;;) {
    const taken = await open(lock, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw usage(`${lock} can not be written (${error.code ?? 'unknown'})`);
    });
    if (taken) {
      await taken.close();
      break;
    }
    const since = await stat(lock).catch(() => undefined);
    if (since && time() - since.mtimeMs > abandonedAfterMs) await rm(lock, { force: true });
    else await pause(lookAgainMs);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
