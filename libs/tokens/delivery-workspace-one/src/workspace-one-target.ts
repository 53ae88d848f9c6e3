import type { Instant, Result, SecretFault, SecretRef } from '@tallystick/kernel-core';
import type { Outbound } from '@tallystick/platform-outbound';
import {
  type CheckFinding,
  type Delivery,
  deliveryFinding,
  deliveryLater,
  deliveryRefused,
  type DeliveryTarget,
  type Loaded,
  type ManagedApp,
  type NotDone,
  type Platform,
  type Saved,
  type VendorConfigurations,
  writeAndReadBack,
  type WriteAndReadBackNeeds,
} from '@tallystick/tokens-domain';
import { findingsIn, keptIn, placesOf, readRules, restOf, type RuleSet, withValueIn, writeRules } from './assignment-rules.ts';
import { countDevices } from './device-counts.ts';
import { createUemCall, type UemCall } from './uem-call.ts';
import type { WorkspaceOneSettings } from './workspace-one-settings.ts';

export interface WorkspaceOneNeeds {
  readonly outbound: Outbound;
  readonly app: ManagedApp;
  readonly secret: (ref: SecretRef) => Result<string, SecretFault>;
  readonly now: () => Instant;
  /** Keyed with a secret that stays the same while a delivery runs. */
  readonly digest: WriteAndReadBackNeeds['digest'];
}

/** A write is taken with 202 and carried out afterwards; how long that takes is nowhere said. */
const settlesWithinMs = 120_000;

const rulesPath = (application: string): string => `/mam/apps/${application.toLowerCase()}/assignment-rules`;

/** `{DeviceUid}` and its like are replaced by the vendor; this alphabet has no braces, and nothing else that is read as something. */
const isAllowed = (value: string): boolean => /^[A-Za-z0-9._-]{8,128}$/.test(value);
const valueNotAllowed = deliveryRefused(
  'value-not-allowed',
  'the value must have 8 to 128 of A-Z, a-z, 0-9, ".", "_" and "-": Workspace ONE would replace what stands in braces',
);

/**
 * The assignment rules of an application in Workspace ONE UEM: one slot for each platform, every rule's entry of the key is a place. A write
 * sends the whole rule set again, as it came but for the value. No version and no compare-and-set over there.
 */
export function createWorkspaceOneTarget(settings: WorkspaceOneSettings, needs: WorkspaceOneNeeds): DeliveryTarget {
  const { key } = needs.app;
  const call = createUemCall(settings, needs);
  const platforms = (['ios', 'android'] as const).filter((platform) => settings[platform] !== undefined);
  const vendor: VendorConfigurations<RuleSet> = {
    settlesWithinMs,
    ids: (platform) => [settings[platform]?.application ?? []].flat(),
    load: (application, _, deadline) => loadRules(call, application, deadline),
    places: (rules) => placesOf(rules, key),
    withValue: (rules, value) => withValueIn(rules, key, value),
    rest: (rules) => restOf(rules, key),
    kept: (rules) => keptIn(rules, key),
    async save(application, _, next, __, deadline): Promise<Saved> {
      const answer = await call(
        { method: 'PUT', path: rulesPath(application), body: writeRules(next), what: 'writing the assignment rules' },
        deadline,
      );
      return answer.kind === 'answer' ? { kind: 'saved' } : answer;
    },
  };
  const algorithm = writeAndReadBack(vendor, needs);

  return {
    describe: () => ({
      vendor: 'workspace-one',
      platforms,
      by: 'api',
      writes: 'rule-set',
      signal: 'proxy',
      isAsynchronous: true,
    }),
    async check(platform, deadline) {
      const slot = settings[platform];
      if (!slot) return [deliveryFinding(deliveryRefused('slot-not-found', `the settings name no application for ${platform}`))];
      const loaded = await loadRules(call, slot.application, deadline);
      if (loaded.kind !== 'loaded') return [deliveryFinding(loaded)];
      const app = await findApp(call, slot.application, packageOf(needs.app, platform), deadline);
      return [...findingsIn(loaded.content, key, platform), ...app];
    },
    ...algorithm,
    plan: (delivery, deadline) =>
      isAllowed(delivery.value) ? algorithm.plan(delivery, deadline) : Promise.resolve(valueNotAllowed),
    apply: (delivery: Delivery, deadline: AbortSignal, expected?: string) =>
      isAllowed(delivery.value) ? algorithm.apply(delivery, deadline, expected) : Promise.resolve(valueNotAllowed),
    async coverage({ platform }, _, deadline) {
      const devices = settings[platform]?.devices;
      if (devices) return countDevices(call, devices, needs.now, deadline);
      return {
        kind: 'unknown',
        why: 'Workspace ONE does not say which value a device holds, and the settings name no app to count',
      };
    },
  };
}

const packageOf = (app: ManagedApp, platform: Platform): string => (platform === 'ios' ? app.iosBundleId : app.androidPackage);

async function loadRules(call: UemCall, application: string, deadline: AbortSignal): Promise<Loaded<RuleSet> | NotDone> {
  const what = 'reading the assignment rules';
  const answer = await call({ method: 'GET', path: rulesPath(application), what }, deadline);
  if (answer.kind === 'unknown') return deliveryLater(answer.detail);
  if (answer.kind !== 'answer') return answer;
  const content = answer.status === 200 ? readRules(answer.text) : undefined;
  return content
    ? { kind: 'loaded', content }
    : deliveryRefused(
        'unreadable',
        `${what}: status ${answer.status} with no rules in it; is it the address of the API, version 2?`,
      );
}

/** Whether the application of the settings is the app; an answer without a UUID in it proves nothing. */
async function findApp(
  call: UemCall,
  application: string,
  bundle: string,
  deadline: AbortSignal,
): Promise<readonly CheckFinding[]> {
  const query = new URLSearchParams({ bundleid: bundle, pagesize: '500' });
  const answer = await call({ method: 'GET', path: `/mam/apps/search?${query.toString()}`, what: 'searching the app' }, deadline);
  if (answer.kind === 'unknown') return [];
  if (answer.kind !== 'answer') return [deliveryFinding(answer, 'warning')];
  const isKnown = answer.status === 200 && !/"uuid"\s*:/i.test(answer.text);
  if (isKnown || answer.text.toLowerCase().includes(application.toLowerCase())) return [];
  const detail = `no application for ${bundle} has the UUID of the settings: a delivery would go to another app`;
  return [{ severity: 'error', what: 'app-not-found', detail }];
}
