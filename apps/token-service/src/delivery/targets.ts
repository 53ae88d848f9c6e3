import { type EnvironmentId, instant, type ResolveSecret } from '@tallystick/kernel-core';
import { createOutbound, type Outbound } from '@tallystick/platform-outbound';
import { createFileTarget } from '@tallystick/tokens-delivery-file';
import { createGuidedTarget } from '@tallystick/tokens-delivery-guided';
import { createIntuneTarget } from '@tallystick/tokens-delivery-intune';
import { createJamfTarget } from '@tallystick/tokens-delivery-jamf';
import { createWorkspaceOneTarget } from '@tallystick/tokens-delivery-workspace-one';
import type { DeliveryTarget } from '@tallystick/tokens-domain';
import { addressesOf, type TargetDocument } from './targets-file.ts';

export interface TargetsNeeds {
  readonly documents: readonly TargetDocument[];
  readonly resolveSecret: ResolveSecret;
  /** `host:port` that may be called without TLS and may be this machine: for tests. */
  readonly insecureHosts: readonly string[];
  /** Keyed with a secret of this installation. */
  readonly digest: (key: string, text: string) => string;
  readonly nowMs: () => number;
}

export interface ConfiguredTarget {
  readonly document: TargetDocument;
  readonly target: DeliveryTarget;
}

/** The targets of the mounted file. Each has connections and access tokens of its own, to its own hosts only. */
export class Targets {
  readonly #all: readonly ConfiguredTarget[];
  readonly #outbounds: Outbound[] = [];

  constructor(needs: TargetsNeeds) {
    this.#all = needs.documents.map((document) => ({ document, target: this.#build(document, needs) }));
  }

  /** Undefined also for one of another environment. */
  find(environment: EnvironmentId, id: string): ConfiguredTarget | undefined {
    return this.#all.find(({ document }) => document.environment === environment && document.id === id);
  }

  of(environment: EnvironmentId): readonly ConfiguredTarget[] {
    return this.#all.filter(({ document }) => document.environment === environment);
  }

  async close(): Promise<void> {
    await Promise.all(this.#outbounds.map((outbound) => outbound.close()));
  }

  #build(document: TargetDocument, { resolveSecret, insecureHosts, digest, nowMs }: TargetsNeeds): DeliveryTarget {
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
        return createIntuneTarget(document.settings, needs);
      case 'workspace-one':
        return createWorkspaceOneTarget(document.settings, needs);
      case 'jamf':
        return createJamfTarget(document.settings, needs);
      case 'file':
        return createFileTarget(document.settings, { app });
      case 'guided':
        return createGuidedTarget(document.settings, { app });
    }
  }
}
