import type { Instant, Result, SecretFault, SecretRef } from '@tallystick/kernel-core';
import type { Outbound } from '@tallystick/platform-outbound';
import {
  type DeliveryTarget,
  type ManagedApp,
  type NotDone,
  platforms,
  type WriteAndReadBackNeeds,
  writeAndReadBack,
} from '@tallystick/tokens-domain';
import { checkIntune } from './check-intune.ts';
import { createGraph } from './graph-calls.ts';
import { coverageOf } from './intune-coverage.ts';
import { intuneConfigurations } from './intune-configurations.ts';
import { createLogin } from './intune-login.ts';
import { type IntuneSettings, policiesOf } from './intune-settings.ts';
import { createTargetsApp } from './targeted-apps.ts';

export interface IntuneNeeds {
  /** May call the hosts of `graphUrl` and `loginUrl`. */
  readonly outbound: Outbound;
  readonly app: ManagedApp;
  readonly secret: (ref: SecretRef) => Result<string, SecretFault>;
  readonly now: () => Instant;
  readonly digest: WriteAndReadBackNeeds['digest'];
}

/** No braces, which Intune would take for a variable, and nothing that XML or JSON writes in another way. */
const writable = /^[A-Za-z0-9._-]{8,128}$/;

/** Microsoft Intune: app configuration policies for managed devices, by Microsoft Graph. */
export function createIntuneTarget(
  settings: IntuneSettings,
  { outbound, app, secret, now, digest }: IntuneNeeds,
): DeliveryTarget {
  const login = createLogin(settings, { outbound, secret, now });
  const graph = createGraph(settings.graphUrl, login, outbound);
  const needs = { settings, app, graph, login, targetsApp: createTargetsApp(graph, app) };
  const roundTrip = (overtaken: string[] = []) => writeAndReadBack(intuneConfigurations(needs, overtaken), { now, digest });
  const { read, plan, verify } = roundTrip();

  return {
    describe: () => ({
      vendor: 'intune',
      platforms: platforms.filter((platform) => policiesOf(settings, platform).length > 0),
      by: 'api',
      writes: 'app',
      signal: 'versioned',
      isAsynchronous: false,
    }),
    check: (platform, deadline) => checkIntune(needs, platform, deadline),
    read,
    plan: (delivery, deadline) => (writable.test(delivery.value) ? plan(delivery, deadline) : Promise.resolve(notAllowed)),
    async apply(delivery, deadline, expected) {
      if (!writable.test(delivery.value)) return notAllowed;
      const overtaken: string[] = [];
      const outcome = await roundTrip(overtaken).apply(delivery, deadline, expected);
      if (overtaken.length === 0 || (outcome.kind !== 'stored' && outcome.kind !== 'accepted')) return outcome;
      return {
        kind: 'conflict',
        isWritten: true,
        detail: `${overtaken.join(', ')}: somebody else changed it between the reading and the writing, and the write may have undone that; look at it, then deliver again`,
      };
    },
    verify,
    coverage: (delivery, receipt, deadline) =>
      coverageOf(graph, policiesOf(settings, delivery.platform), delivery.platform, receipt, deadline),
  };
}

const notAllowed: NotDone = {
  kind: 'refused',
  reason: 'value-not-allowed',
  detail: 'the value is not of 8 to 128 letters, digits, ".", "_" and "-": Intune or its formats could change it',
};
