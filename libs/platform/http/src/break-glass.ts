import { hash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import type { Principal } from './access.ts';
import { maxFreshKeysMs } from './token-verifier.ts';

const maxArmedMs = 86_400_000;
const readAgainAfterMs = 10_000;
/** How long the last good file counts when the one that is there now is no such file. */
const keepFileMs = 600_000;
const refusalLoggedEveryMs = 60_000;
/** Roles hold for the request that showed the credential. */
const validForMs = 60_000;

const scheme = /^BreakGlass(?: |$)/i;
const form = /^BreakGlass +(bg_[A-Za-z0-9_-]{43}) *$/i; // 256 bits: the digest of a word that somebody chose opens nothing
const loopback = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

const breakGlassFile = z.strictObject({
  /** Two while one is exchanged for the next; none: nobody. */
  credentials: z.array(z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })).max(2),
  environments: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/))
    .min(1)
    .max(1_000),
  armedUntil: z.iso.datetime({ offset: true }).optional(),
});
type File = z.output<typeof breakGlassFile>;

/** Over which connection a request came. */
export type Link = { readonly encrypted?: boolean | undefined; readonly remoteAddress?: string | undefined };

export type BreakGlass = {
  /** Who holds the credential, if it is right and may be used now; undefined: nobody, and why is in the log only. Never rejects. */
  readonly admit: (authorizationHeader: string, link: Link) => Promise<Principal | undefined>;
};

/** Whether a header is for {@link BreakGlass}: nothing else may keep it, hash it for a cache, or take it for a token. */
export const isBreakGlass = (authorizationHeader: string | undefined): authorizationHeader is string =>
  authorizationHeader !== undefined && scheme.test(authorizationHeader);

/** An address of this machine. */
export const isLoopback = ({ remoteAddress }: Link): boolean => remoteAddress !== undefined && loopback.test(remoteAddress);

/**
 * The way in for routes that revoke when tokens can't be had or checked: the digest of a credential, in a mounted file. It is open while the
 * issuer's keys could not be had for `openAfterMs`, when bearer tokens open nothing any more, or until the time that the file is armed to, a day ahead at most: two hands, who
 * mounts and who has the credential. It is never shut by wrong tries: there is nothing to be guessed, and a lock is what strangers would close.
 * @throws Error when the file can't be read now, or is no such file; it tells neither path nor content.
 */
export function createBreakGlass({
  file: path,
  issuerAwayMs,
  openAfterMs = maxFreshKeysMs,
  logger,
  onUse,
  now = Date.now,
  elapsedMs = () => performance.now(),
}: {
  readonly file: string;
  readonly issuerAwayMs: () => Promise<number>;
  /** A process that has just started does not know how long the issuer was away: it counts from its start. Default: 10 minutes. */
  readonly openAfterMs?: number;
  readonly logger: Logger;
  /** Milliseconds since 1970. Called for each request that is let in, before anything is done. */
  readonly onUse: (at: number) => void;
  readonly now?: () => number;
  readonly elapsedMs?: () => number;
}): BreakGlass {
  let file = readBreakGlassFile(path, now());
  let [readAt, goodAt, refusalLoggedAt] = [elapsedMs(), elapsedMs(), -Infinity];
  let isFaulty = false;

  function current(): File {
    const at = elapsedMs();
    if (at - readAt < readAgainAfterMs) return file;
    readAt = at;
    try {
      file = readBreakGlassFile(path, now());
      goodAt = at;
      isFaulty = false;
    } catch (error) {
      if (!isFaulty)
        logger.error({ err: error }, 'the break-glass file can not be read; the last good one counts for ten minutes');
      isFaulty = true;
      if (isGone(error) || at - goodAt >= keepFileMs) file = nobody;
    }
    return file;
  }

  const refuse = (why: string, isRight: boolean): undefined => {
    const at = elapsedMs();
    if (!isRight && at - refusalLoggedAt < refusalLoggedEveryMs) return undefined; // anybody can make these
    if (!isRight) refusalLoggedAt = at;
    logger[isRight ? 'error' : 'warn']({ why }, 'a break-glass credential was refused');
    return undefined;
  };

  return {
    admit: async (header, link) => {
      const credential = form.exec(header)?.[1];
      const { credentials, environments, armedUntil } = current();
      const shown = credential === undefined ? undefined : hash('sha256', credential, 'buffer');
      const right = shown && credentials.find(({ sha256 }) => timingSafeEqual(shown, Buffer.from(sha256, 'hex')));
      if (!right) return refuse('it is not the right one', false);
      if (link.encrypted !== true && !isLoopback(link))
        return refuse('it came without TLS, so others have it by now: mount the digest of another one', true);
      const isArmed = armedUntil !== undefined && Date.parse(armedUntil) > now();
      if (!isArmed && (await issuerAwayMs()) < openAfterMs)
        return refuse('the keys of the issuer were had within AUTH_FRESH_KEYS, and the file is not armed', true);
      const at = now();
      const name = right.sha256.slice(0, 12);
      logger.error({ actor: `break-glass:${name}`, isArmed }, 'the break-glass credential is used');
      onUse(at);
      return {
        subject: `break-glass:${name}`,
        roles: Object.fromEntries(environments.map((environment) => [environment, ['token-admin'] as const])),
        expiresAt: at + validForMs,
        via: 'break-glass',
      };
    },
  };
}

const nobody: File = { credentials: [], environments: [] };

const isGone = (error: unknown): boolean => (error as { cause?: { code?: unknown } } | undefined)?.cause?.code === 'ENOENT';

function readBreakGlassFile(path: string, now: number): File {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error('the file can not be read', { cause: { code: (error as NodeJS.ErrnoException).code } });
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error('the file is no JSON');
  }
  const parsed = breakGlassFile.safeParse(content);
  if (!parsed.success)
    throw new Error(
      `the file is no break-glass file: see ${[...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'its form'))].join(', ')}`,
    );
  if (parsed.data.armedUntil !== undefined && Date.parse(parsed.data.armedUntil) > now + maxArmedMs)
    throw new Error('armedUntil is more than 24 hours ahead');
  return parsed.data;
}
