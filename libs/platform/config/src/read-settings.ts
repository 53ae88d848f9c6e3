import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConfigFault } from './load-config.ts';

/** A variable by its full name, and the path that it has. */
export type FileVariable = { readonly variable: string; readonly path: string | undefined };

/** Of a TLS client, in PEM. `cert` and `key` are there together, and belong together. */
export type TlsFiles = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/** All that is wrong with what variables say together, or with the files that they name. Its message has no value and no content. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(`the configuration has faults: ${faults.map(({ variable, expected }) => `${variable}: ${expected}`).join('; ')}`);
    this.faults = faults;
  }
}

/** Reads the files of settings, each once, and gathers what is wrong. */
export class SettingsReader {
  readonly #faults: ConfigFault[] = [];

  get faults(): readonly ConfigFault[] {
    return this.#faults;
  }

  fault(variable: string, expected: string): void {
    this.#faults.push({ variable, expected });
  }

  /** Undefined where no path is set, and where there is a fault. */
  text({ variable, path }: FileVariable): string | undefined {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      this.fault(variable, `the file can not be read (${(error as NodeJS.ErrnoException).code ?? 'unknown fault'})`);
      return undefined;
    }
  }

  /** One line, without the line break that editors put behind it. */
  secret(file: FileVariable): string | undefined {
    const secret = this.text(file)?.replace(/\r?\n$/, '');
    if (secret === undefined || /^[^\p{Cc}]{1,65536}$/u.test(secret)) return secret;
    this.fault(file.variable, 'expected a file with one line, which is not empty');
    return undefined;
  }

  /** What a TLS client has to know; each may be left out, but a certificate has its key. */
  tls({ ca, cert, key }: { readonly ca: FileVariable; readonly cert: FileVariable; readonly key: FileVariable }): TlsFiles {
    this.together([cert, key]);
    const texts = { ca: this.text(ca), cert: this.text(cert), key: this.text(key) };
    const readable = {
      ca: this.#attempt(ca.variable, texts.ca, 'expected certificates in PEM', (pem) => new X509Certificate(pem)),
      cert: this.#attempt(cert.variable, texts.cert, 'expected a certificate in PEM', (pem) => new X509Certificate(pem)),
      key: this.#attempt(key.variable, texts.key, 'expected a private key in PEM that is not encrypted', createPrivateKey),
    };
    if (readable.cert && readable.key && !readable.cert.checkPrivateKey(readable.key))
      this.fault(key.variable, `is not the key of the certificate of ${cert.variable}`);
    return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
  }

  /** All or none. */
  together(variables: readonly { readonly variable: string; readonly path: unknown }[]): void {
    const there = variables.find(({ path }) => path !== undefined);
    for (const { variable, path } of variables)
      if (there && path === undefined) this.fault(variable, `is missing, because ${there.variable} is set`);
  }

  #attempt<T>(variable: string, text: string | undefined, expected: string, parse: (pem: string) => T): T | undefined {
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch {
      this.fault(variable, expected);
      return undefined;
    }
  }
}

/**
 * What `read` makes of variables and of the files that they name. Call it at the start of a process, before anything is connected: files are
 * read once, so that a new certificate or password needs a restart.
 * @throws SettingsError with all faults that were found.
 */
export function readSettings<T>(read: (settings: SettingsReader) => T): T {
  const settings = new SettingsReader();
  const value = read(settings);
  if (settings.faults.length > 0) throw new SettingsError(settings.faults);
  return value;
}
