import { type ExplainedConnection, TryAgain } from '@tallystick/devices-activities';
import { createPingIdDirectory, parsePingIdProperties, pingIdHosts } from '@tallystick/devices-directory-pingid';
import { createPingOneDirectory, pingOneHosts, pingOneUrls } from '@tallystick/devices-directory-pingone';
import {
  type ConnectionDocument,
  type ConnectionRef,
  connectionRefText,
  type ConnectionStore,
  type ExplainedTarget,
  type MfaDirectory,
  type SavedConnection,
  secretRefOf,
  type UnreadableConnection,
} from '@tallystick/devices-domain';
import {
  type CompiledMapping,
  compileMapping,
  judgeScope,
  mapRecord,
  traceRecord,
  withoutFlag,
} from '@tallystick/devices-source-mapping';
import { err, expectedSecret, instant, ok, type ResolveSecret, type Result } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import type { OutboundOptions } from '@tallystick/platform-outbound';
import type { DirectoryOutbounds } from './directory-outbounds.ts';

export interface ConnectionsNeeds {
  readonly store: Pick<ConnectionStore, 'list' | 'revision'>;
  readonly callTimeoutMs: number;
  readonly resolveSecret: ResolveSecret;
  readonly outbounds: Pick<DirectoryOutbounds, 'of'>;
  /** `host:port` that PingOne's credentials may go to without TLS, beside PingOne's own hosts. */
  readonly insecureHosts: readonly string[];
  /** How many users a connection has, without those who are gone: for the shares of its guards. */
  readonly usersOf: (connection: ConnectionRef) => Promise<number>;
  readonly logger: Logger;
}

type Built = Result<ExplainedConnection, string>;

interface Entry {
  readonly version: number;
  /** Of what it was made; another secret makes another client. */
  readonly secret: string | undefined;
  readonly built: Built;
  readonly builtAt: number;
}

/** How long news of a saved document may take. */
const freshForMs = 1_000;
/** How often a rotated secret is looked for, and a connection that can't be built is tried again. */
const secretFreshForMs = 30_000;
/** How long work of a connection waits whose document can't be read. */
const restsMs = 30_000;
/** Documents of previews that are kept ready; each page of a preview asks for its own. */
const mostCandidates = 8;

/**
 * The connections as their documents are now: a saved document, a rotated secret is taken without a restart. One that can't be built stops
 * nobody else; its users wait.
 */
export class Connections {
  readonly #needs: ConnectionsNeeds;
  readonly #entries = new Map<string, Entry>();
  /** By the text of the document. */
  readonly #candidates = new Map<string, Entry>();
  #documents = new Map<string, SavedConnection>();
  #unreadable = new Map<string, UnreadableConnection>();
  #revision: number | undefined;
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  constructor(needs: ConnectionsNeeds) {
    this.#needs = needs;
  }

  /** @throws when the documents can't be read; TryAgain when this one can't: it is at rest, and is not one that was removed */
  async of(ref: ConnectionRef): Promise<ExplainedConnection | 'no-connection' | 'secret-missing'> {
    await this.#look();
    const saved = this.#documents.get(connectionRefText(ref));
    if (this.#unreadable.has(connectionRefText(ref)))
      throw new TryAgain('no-connection', "this worker can't read the saved document of the connection", restsMs);
    if (!saved) return 'no-connection';
    const built = this.#built(this.#entries, connectionRefText(ref), saved);
    return built.ok ? built.value : 'secret-missing';
  }

  /** A connection for a document that is not saved, for a preview; its faults are the caller's. */
  candidate(document: SavedConnection['document']): Built {
    const text = JSON.stringify(document);
    if (!this.#candidates.has(text) && this.#candidates.size >= mostCandidates) this.#candidates.clear();
    return this.#built(this.#candidates, text, { version: 0, document, savedBy: '', savedAt: instant(0) });
  }

  #look(): Promise<void> {
    if (performance.now() - this.#lookedAt < freshForMs) return Promise.resolve();
    return (this.#looking ??= this.#read().finally(() => (this.#looking = undefined)));
  }

  async #read(): Promise<void> {
    const { store } = this.#needs;
    const revision = await store.revision();
    if (revision !== this.#revision) {
      const unreadable = new Map<string, UnreadableConnection>();
      const saved = await store.list(undefined, (one) => void unreadable.set(connectionRefText(one), one));
      for (const [key, { environment, connection, because }] of unreadable)
        if (!this.#unreadable.has(key))
          this.#needs.logger.error(
            { environment, connection, because },
            'the saved document of a connection can not be read: it is at rest; run the version that wrote it, or save it again',
          );
      this.#unreadable = unreadable;
      this.#documents = new Map(saved.map((one) => [connectionRefText(one.document), one]));
      for (const key of this.#entries.keys()) if (!this.#documents.has(key)) this.#entries.delete(key);
      this.#revision = revision;
    }
    this.#lookedAt = performance.now();
  }

  #built(entries: Map<string, Entry>, key: string, saved: SavedConnection): Built {
    const known = entries.get(key);
    const now = performance.now();
    if (known?.version === saved.version && now - known.builtAt < secretFreshForMs) return known.built;
    const secret = this.#secretOf(saved.document);
    const text = secret.ok ? secret.value : undefined;
    const isSame = known?.version === saved.version && known.secret === text && known.built.ok;
    const built = isSame ? known.built : build(saved, secret, this.#needs);
    entries.set(key, { version: saved.version, secret: text, built, builtAt: now });
    const { environment, connection } = saved.document;
    if (!built.ok)
      this.#needs.logger.error({ environment, connection, why: built.error }, 'this connection can not be used; its users wait');
    return built;
  }

  #secretOf({ environment, directory }: ConnectionDocument): Result<string, string> {
    const ref = secretRefOf(directory);
    const secret = this.#needs.resolveSecret(environment, ref);
    return secret.ok ? secret : err(`its secret can't be read (${secret.error}): expected ${expectedSecret(environment, ref)}`);
  }
}

function build({ version, document }: SavedConnection, secret: Result<string, string>, needs: ConnectionsNeeds): Built {
  if (!secret.ok) return secret;
  const compiled = compileMapping(document);
  if (!compiled.ok)
    return err(`its mapping has faults: ${compiled.error.map(({ path, fault }) => `${path}: ${fault}`).join('; ')}`);
  const directory = directoryOf(document, secret.value, needs);
  if (!directory.ok) return directory;
  const mapping = compiled.value;
  const { options, guards, budget, visibilityWindowMs } = document;
  return ok({
    version,
    options,
    guards,
    budget,
    callTimeoutMs: needs.callTimeoutMs,
    visibilityWindowMs,
    users: () => needs.usersOf(document),
    protects: mapping.protects,
    ...directory.value,
    scope: (attributes) => {
      const verdict = judgeScope(attributes, mapping);
      return verdict === 'in' || verdict === 'out' ? ok(verdict === 'in') : err(`scope-${verdict}`);
    },
    map: (attributes, gone) => mapRecord(attributes, gone ? withoutFlag(mapping) : mapping),
    trace: (record) => explained(record, mapping),
  });
}

type DirectoryPart = Pick<ExplainedConnection, 'directory' | 'directoryId' | 'directoryName'>;

/**
 * A directory belongs to an environment, as its secrets do: connections of one environment share its accounts, budget and quarantine. A
 * document of another environment may name the same directory, with or without its credentials, and must not claim its accounts, use its
 * budget up or put it into quarantine.
 */
const namesOf = (environment: string, kind: string, id: string): Pick<DirectoryPart, 'directoryId' | 'directoryName'> => {
  const name = `${environment}/${kind}/${id}`;
  return { directoryId: name, directoryName: name };
};

function directoryOf(
  { environment, directory: document, budget }: ConnectionDocument,
  secret: string,
  { callTimeoutMs, outbounds, insecureHosts, resolveSecret }: ConnectionsNeeds,
): Result<DirectoryPart, string> {
  const now = () => instant(Date.now());
  const outboundOf = ({ directoryId }: Pick<DirectoryPart, 'directoryId'>, hosts: Pick<OutboundOptions, 'hosts' | 'insecureHosts'>) => outbounds.of(directoryId, budget.inFlight, hosts); // prettier-ignore
  if (document.kind === 'pingid') {
    const properties = parsePingIdProperties(secret);
    if (!properties.ok) return err(`its properties have faults: ${JSON.stringify(properties.error)}`);
    const names = namesOf(environment, 'pingid', properties.value.orgAlias);
    const outbound = outboundOf(names, pingIdHosts(properties.value));
    return ok({ directory: createPingIdDirectory({ properties: properties.value, outbound, callTimeoutMs, now }), ...names });
  }
  const { region, environmentId, clientId, populationId, clientSecret } = document;
  const urls = typeof region === 'string' ? pingOneUrls(region) : region;
  const secretNow = (): string | undefined => {
    const resolved = resolveSecret(environment, clientSecret);
    return resolved.ok ? resolved.value.trim() : undefined;
  };
  try {
    const settings = {
      ...urls,
      environmentId,
      clientId,
      clientSecret: secretNow,
      ...(populationId !== undefined && { populationId }),
    };
    const names = namesOf(environment, 'pingone', environmentId.toLowerCase());
    const outbound = outboundOf(names, { hosts: pingOneHosts, insecureHosts });
    const directory: MfaDirectory = createPingOneDirectory({ settings, outbound, callTimeoutMs, now });
    return ok({ directory, ...names });
  } catch (error) {
    if (error instanceof RangeError) return err(error.message); // names a setting, never its value
    throw error;
  }
}

function explained(record: Parameters<ExplainedConnection['trace']>[0], mapping: CompiledMapping): readonly ExplainedTarget[] {
  return traceRecord(record, mapping).targets.map(({ origin, ...target }) => ({
    ...target,
    ...(origin && { from: originText(origin) }),
  }));
}

const originText = (origin: NonNullable<ReturnType<typeof traceRecord>['targets'][number]['origin']>): string =>
  origin.kind === 'attribute' ? `attribute ${origin.name}` : origin.kind;
