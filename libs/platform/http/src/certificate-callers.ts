import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import type { Principal, Role } from './access.ts';

const readAgainAfterMs = 10_000;
/** How long a file counts that has been replaced by none, and how long a look at a certificate holds. */
const keepMs = 600_000;
const clientPurpose = '1.3.6.1.5.5.7.3.2';

const callersFile = z.strictObject({
  callers: z
    .array(
      z.strictObject({
        /** As it is in the certificate, letter by letter. */
        san: z.string().regex(/^(?:uri:[^\s",*]{1,512}|dns:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)$/),
        environments: z
          .array(z.string().regex(/^(?:\*|[A-Za-z0-9_-]{1,64})$/))
          .min(1)
          .max(1_000),
      }),
    )
    .max(1_000)
    .refine((callers) => new Set(callers.map(({ san }) => san)).size === callers.length, { error: 'a name is there twice' }),
});

/**
 * What the certificate of a connection says about its caller. `none`: it showed none, or there is no TLS. `refused`: it showed one that is not
 * good, which is never taken for none.
 */
export type CertificateVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'caller'; readonly principal: Principal };

export type CertificateCallers = {
  /** Costs two comparisons where the same connection was looked at before. */
  readonly of: (socket: Socket) => CertificateVerdict;
};

const validatorCaller: readonly Role[] = ['validator-caller'];
const none: CertificateVerdict = { kind: 'none' };

/**
 * Callers of the validator that are known by a client certificate: the names in certificates, and the environments of each, from a mounted
 * file that is looked at every ten seconds. Taking a name out of it is the way to withdraw a certificate: no list of revoked ones is asked.
 * @param authorities how often the authority was exchanged: a connection from before knows nobody.
 * @throws Error when the file can't be read now, or is no such file; it does not have its content.
 */
export function createCertificateCallers({
  file,
  authorities,
  logger,
  now = Date.now,
  elapsedMs = () => performance.now(),
}: {
  readonly file: string;
  readonly authorities: () => number;
  readonly logger: Logger;
  readonly now?: () => number;
  readonly elapsedMs?: () => number;
}): CertificateCallers {
  let text = readFileSync(file, 'utf8');
  let callers = parseCallers(text);
  let [readAt, goodAt, generation] = [elapsedMs(), elapsedMs(), 0];
  let isFaulty = false;
  const looks = new WeakMap<Socket, { readonly under: number; generation: number; until: number; verdict: CertificateVerdict }>();

  function readAgain(at: number): void {
    readAt = at;
    try {
      const read = readFileSync(file, 'utf8');
      if (read !== text) {
        callers = parseCallers(read);
        text = read;
        generation++;
      }
      [goodAt, isFaulty] = [at, false];
    } catch (error) {
      if (!isFaulty) logger.error({ err: error }, 'AUTH_CALLERS_FILE can not be used; the last good one counts for ten minutes');
      isFaulty = true;
      if (at - goodAt < keepMs || callers.size === 0) return;
      [callers, text] = [new Map(), ''];
      generation++;
    }
  }

  return {
    of: (socket) => {
      const at = elapsedMs();
      if (at - readAt >= readAgainAfterMs) readAgain(at);
      const known = looks.get(socket);
      if (known && known.generation === generation && known.until > at && known.under === authorities()) return known.verdict;
      if (!(socket instanceof TLSSocket)) return none;
      const under = known?.under ?? authorities();
      const certificate = socket.getPeerX509Certificate();
      const verdict =
        under === authorities()
          ? verdictOf(socket, certificate, callers, now())
          : ({ kind: 'refused', why: 'the authority of client certificates was exchanged since this connection began' } as const);
      if (verdict.kind === 'refused') logger.warn({ why: verdict.why }, 'a client certificate was refused');
      const holdsMs = certificate ? Math.min(Date.parse(certificate.validTo) - now(), keepMs) : keepMs;
      looks.set(socket, { under, generation, until: at + holdsMs, verdict });
      return verdict;
    },
  };
}

function verdictOf(
  socket: TLSSocket,
  certificate: X509Certificate | undefined,
  callers: ReadonlyMap<string, readonly string[]>,
  now: number,
): CertificateVerdict {
  if (!certificate) return none;
  const refused = (why: string): CertificateVerdict => ({ kind: 'refused', why });
  if (!socket.authorized || socket.authorizationError) return refused('it is not of the authority, or not whole');
  if (!(Date.parse(certificate.validFrom) <= now && now < Date.parse(certificate.validTo))) return refused('it is not its time');
  if (!certificate.keyUsage?.includes(clientPurpose)) return refused('it is not for clients');
  const mapped = namesOf(certificate.subjectAltName).filter((name) => callers.has(name));
  const [name] = mapped;
  if (name === undefined || mapped.length > 1)
    return refused(name === undefined ? 'nobody has its name' : 'it has the names of several callers');
  const environments = callers.get(name) ?? [];
  return {
    kind: 'caller',
    principal: {
      subject: `certificate:${name}`,
      roles: Object.fromEntries(environments.map((environment) => [environment, validatorCaller])),
      expiresAt: Date.parse(certificate.validTo),
      via: 'certificate',
    },
  };
}

/**
 * The names in a certificate as the callers' file writes them. OpenSSL's text of them is quoted where a name has signs that could make two
 * names of one: then there is none at all.
 */
export function namesOf(subjectAltName: string | undefined): readonly string[] {
  if (subjectAltName === undefined || subjectAltName.includes('"')) return [];
  return subjectAltName.split(', ').flatMap((part) => {
    const [, type, name] = /^(URI|DNS):([^\s,*]+)$/.exec(part) ?? [];
    if (name === undefined) return [];
    return type === 'URI' ? [`uri:${name}`] : [`dns:${name}`];
  });
}

function parseCallers(text: string): ReadonlyMap<string, readonly string[]> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error('the file is no JSON');
  }
  const parsed = callersFile.safeParse(content);
  if (!parsed.success)
    throw new Error(
      `the file is no list of callers: see ${[...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'its form'))].join(', ')}`,
    );
  return new Map(parsed.data.callers.map(({ san, environments }) => [san, environments]));
}
