import { randomBytes, X509Certificate } from 'node:crypto';
import { createSecureContext, type Server } from 'node:tls';
import { readSettings, type TlsFiles } from '@tallystick/platform-config';
import type { Logger } from '@tallystick/platform-observability';

const variables = { cert: 'HTTP_TLS_CERT_FILE', key: 'HTTP_TLS_KEY_FILE', ca: 'HTTP_TLS_CLIENT_CA_FILE' } as const;

export type TlsPaths = { readonly cert: string; readonly key: string; readonly ca?: string | undefined };

/** The files of a TLS server, looked at again every ten seconds: certificates are exchanged without a restart. */
export type TlsListener = {
  /** For the server that is made. */
  readonly options: object;
  /** How often the authority of client certificates has changed. */
  readonly authorities: () => number;
  /** Milliseconds since 1970: the end of the certificate that is shown. */
  readonly endsAt: () => number;
  /** From now on until the server closes, it has what is in the files. */
  readonly follow: (server: Server, onCertificate: (endsAt: number) => void) => void;
};

/** @throws SettingsError when a file can't be read, or they don't belong together. */
export function createTlsListener(paths: TlsPaths, logger: Logger, lookEveryMs = 10_000): TlsListener {
  let files = readTlsFiles(paths);
  let endsAt = endOf(files);
  let authorities = 0;
  let isFaulty = false;
  const always = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const;
  // Whoever shows no certificate may have a token; `callerOf` refuses whoever shows a bad one.
  const asking = () => (files.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: false });

  function look(server: Server, onCertificate: (endsAt: number) => void): void {
    try {
      const now = readTlsFiles(paths);
      if (isFaulty) logger.info({}, 'the files of the TLS listener can be used again');
      isFaulty = false;
      if (now.cert === files.cert && now.key === files.key && now.ca === files.ca) return;
      createSecureContext({ ...now, minVersion: 'TLSv1.2' });
      server.setSecureContext({ ...now, minVersion: 'TLSv1.2' });
      if (now.ca !== files.ca) {
        authorities++;
        server.setTicketKeys(randomBytes(48)); // who was known under the old authority is not known by a session of then
      }
      files = now;
      endsAt = endOf(files);
      onCertificate(endsAt);
      logger.info({ until: new Date(endsAt).toISOString() }, 'the TLS listener has another certificate');
    } catch (error) {
      if (!isFaulty)
        logger.error({ err: error }, 'the new files of the TLS listener can not be used; it goes on with the old ones');
      isFaulty = true;
    }
  }

  return {
    options: { ...files, ...always, ...asking(), handshakeTimeout: 5_000, ticketKeys: randomBytes(48) },
    authorities: () => authorities,
    endsAt: () => endsAt,
    follow: (server, onCertificate) => {
      onCertificate(endsAt);
      const timer = setInterval(() => look(server, onCertificate), lookEveryMs).unref();
      server.once('close', () => clearInterval(timer));
    },
  };
}

function readTlsFiles({ cert, key, ca }: TlsPaths): TlsFiles {
  const file = (name: keyof typeof variables, path: string | undefined) => ({ variable: variables[name], path });
  return readSettings((reader) => reader.tls({ ca: file('ca', ca), cert: file('cert', cert), key: file('key', key) }));
}

const endOf = ({ cert = '' }: TlsFiles): number => Date.parse(new X509Certificate(cert).validTo);
