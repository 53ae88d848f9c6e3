import { type EnvironmentId, instant, type ResolveSecret, type Result, type SecretFault } from '@tallystick/kernel-core';
import { createOutbound, type Outbound } from '@tallystick/platform-outbound';
import { createFileTarget } from '@tallystick/tokens-delivery-file';
import { createGuidedTarget } from '@tallystick/tokens-delivery-guided';
import { createIntuneTarget } from '@tallystick/tokens-delivery-intune';
import { createJamfTarget } from '@tallystick/tokens-delivery-jamf';
import { createNanomdmTarget, noteWebhook, type SignedEvent } from '@tallystick/tokens-delivery-nanomdm';
import { createWorkspaceOneTarget } from '@tallystick/tokens-delivery-workspace-one';
import type { DeliveryTarget, DeviceJournal } from '@tallystick/tokens-domain';
import { addressesOf, type TargetDocument } from './targets-file.ts';

export interface TargetsNeeds {
  readonly documents: readonly TargetDocument[];
  readonly resolveSecret: ResolveSecret;
  /** `host:port` that may be called without TLS and may be this machine: for tests. */
  readonly insecureHosts: readonly string[];
  /** Keyed with a secret of this installation. */
  readonly digest: (key: string, text: string) => string;
  /** What devices answered to the commands of this target alone. */
  readonly journalOf: (document: TargetDocument) => DeviceJournal;
  /** Keyed with a secret of this installation, and another one for each target: what is kept of a value that a device holds. */
  readonly deviceDigestOf: (document: TargetDocument) => (text: string) => string;
  readonly nowMs: () => number;
}

export interface ConfiguredTarget {
  readonly document: TargetDocument;
  readonly target: DeliveryTarget;
  /** Of a vendor whose server tells what devices answered. */
  readonly webhook?: TargetWebhook;
}

export interface TargetWebhook {
  /** Address of the server, the same for all targets on it. */
  readonly server: string;
  /** What the server signs with; reads it each time, so that a changed one is taken. */
  readonly key: () => Result<string, SecretFault>;
  /** Rejects when the journal is away. */
  readonly note: (event: SignedEvent) => Promise<'noted' | 'not-ours'>;
}

/** The targets of the mounted file. Each has connections and access tokens of its own, to its own hosts only. */
export class Targets {
  readonly #all: readonly ConfiguredTarget[];
  readonly #outbounds: Outbound[] = [];

  constructor(needs: TargetsNeeds) {
    this.#all = needs.documents.map((document) => ({ document, ...this.#build(document, needs) }));
  }

  /** Undefined also for one of another environment. */
  find(environment: EnvironmentId, id: string): ConfiguredTarget | undefined {
    return this.#all.find(({ document }) => document.environment === environment && document.id === id);
  }

  of(environment: EnvironmentId): readonly ConfiguredTarget[] {
    return this.#all.filter(({ document }) => document.environment === environment);
  }

  /** All that one server tells things to, of every environment. */
  toldBy(server: string): readonly ConfiguredTarget[] {
    return this.#all.filter(({ webhook }) => webhook?.server === server);
  }

  async close(): Promise<void> {
    await Promise.all(this.#outbounds.map((outbound) => outbound.close()));
  }

  #build(document: TargetDocument, all: TargetsNeeds): Omit<ConfiguredTarget, 'document'> {
    const { resolveSecret, insecureHosts, digest, nowMs } = all;
    const now = () => instant(nowMs());
    const hosts = addressesOf(document).map((url) => new URL(url).host.toLowerCase());
    const outbound = createOutbound({
      hosts,
      insecureHosts: insecureHosts.filter((host) => hosts.includes(host.toLowerCase())),
      connections: 4,
      now,
    });
    this.#outbounds.push(outbound);
    const { app } = document;
    const secret = (ref: Parameters<ResolveSecret>[1]) => resolveSecret(document.environment, ref);
    const needs = { outbound, app, secret, now, digest };
    switch (document.vendor) {
      case 'intune':
        return { target: createIntuneTarget(document.settings, needs) };
      case 'workspace-one':
        return { target: createWorkspaceOneTarget(document.settings, needs) };
      case 'jamf':
        return { target: createJamfTarget(document.settings, needs) };
      case 'nanomdm': {
        const { baseUrl, webhookKey } = document.settings;
        const noting = { app, journal: all.journalOf(document), digestOf: all.deviceDigestOf(document) };
        return {
          target: createNanomdmTarget(document.settings, { ...needs, ...noting }),
          webhook: {
            server: new URL(baseUrl).href,
            key: () => secret(webhookKey),
            note: (event) => noteWebhook(event, noting),
          },
        };
      }
      case 'file':
        return { target: createFileTarget(document.settings, { app }) };
      case 'guided':
        return { target: createGuidedTarget(document.settings, { app }) };
    }
  }
}
