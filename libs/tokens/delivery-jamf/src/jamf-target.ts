import type { Instant, Result, SecretFault, SecretRef } from '@tallystick/kernel-core';
import type { Outbound } from '@tallystick/platform-outbound';
import {
  type CheckFinding,
  deliveryFinding,
  deliveryLater,
  deliveryRefused,
  type DeliveryTarget,
  type Loaded,
  type ManagedApp,
  type NotDone,
  type Saved,
  type VendorConfigurations,
  writeAndReadBack,
  type WriteAndReadBackNeeds,
} from '@tallystick/tokens-domain';
import { type AppRecord, findingsIn, keptIn, placesOf, readRecord, restOf, withValueIn, writeRecord } from './app-record.ts';
import { createJamfCall, type JamfCall } from './jamf-call.ts';
import type { JamfSettings } from './jamf-settings.ts';

export interface JamfNeeds {
  readonly outbound: Outbound;
  readonly app: ManagedApp;
  readonly secret: (ref: SecretRef) => Result<string, SecretFault>;
  readonly now: () => Instant;
  /** Keyed with a secret that stays the same while a delivery runs. */
  readonly digest: WriteAndReadBackNeeds['digest'];
}

/** So long another member of the cluster may show what was before; the cookies of the balancer make that rare, and not impossible. */
const settlesWithinMs = 60_000;

const recordPath = (id: string): string => `/JSSResource/mobiledeviceapplications/id/${id}`;

/** `$SERIALNUMBER` and its like are replaced by the vendor; this alphabet has no `$`, and nothing that XML reads as something. */
const isAllowed = (value: string): boolean => /^[A-Za-z0-9._-]{8,128}$/.test(value);
const valueNotAllowed = deliveryRefused(
  'value-not-allowed',
  'the value must have 8 to 128 of A-Z, a-z, 0-9, ".", "_" and "-": Jamf Pro would replace what begins with "$"',
);

/**
 * The app configuration of an iOS app in Jamf Pro (Classic API); each record of the app is a place. A write sends the property list of the
 * app again, as it came but for the value, and nothing else of the record. No version and no compare-and-set over there.
 */
export function createJamfTarget(settings: JamfSettings, needs: JamfNeeds): DeliveryTarget {
  const { app } = needs;
  const call = createJamfCall(settings, needs);
  const ids = settings.ios.applications.map(String);
  const vendor: VendorConfigurations<NamedRecord> = {
    settlesWithinMs,
    ids: (platform) => (platform === 'ios' ? ids : []),
    load: (id, _, deadline) => loadRecord(call, id, deadline),
    places: (record) => placesOf(record, app, record.id),
    withValue: (record, value) => ({ ...withValueIn(record, app.key, value), id: record.id }),
    rest: (record) => restOf(record, app.key),
    kept: keptIn,
    async save(id, _, next, __, deadline): Promise<Saved> {
      const what = `writing the configuration of app ${id}`;
      const answer = await call({ method: 'PUT', path: recordPath(id), body: writeRecord(next), what }, deadline);
      return answer.kind === 'answer' ? { kind: 'saved' } : answer;
    },
  };
  const algorithm = writeAndReadBack(vendor, needs);

  return {
    describe: () => ({ vendor: 'jamf', platforms: ['ios'], by: 'api', writes: 'app', signal: 'none', isAsynchronous: false }),
    async check(platform, deadline) {
      if (platform !== 'ios') return [deliveryFinding(deliveryRefused('slot-not-found', 'Jamf Pro manages no Android devices'))];
      const found: CheckFinding[] = [];
      for (const id of ids) {
        const loaded = await loadRecord(call, id, deadline);
        if (loaded.kind === 'loaded') found.push(...findingsIn(loaded.content, app, id));
        else found.push(deliveryFinding(loaded));
      }
      return found;
    },
    ...algorithm,
    plan: (delivery, deadline) =>
      isAllowed(delivery.value) ? algorithm.plan(delivery, deadline) : Promise.resolve(valueNotAllowed),
    apply: (delivery, deadline, expected) =>
      isAllowed(delivery.value) ? algorithm.apply(delivery, deadline, expected) : Promise.resolve(valueNotAllowed),
    coverage: () =>
      Promise.resolve({ kind: 'unknown', why: 'Jamf Pro does not report which app configuration a device has received' }),
  };
}

interface NamedRecord extends AppRecord {
  readonly id: string;
}

async function loadRecord(call: JamfCall, id: string, deadline: AbortSignal): Promise<Loaded<NamedRecord> | NotDone> {
  const what = `reading app ${id}`;
  const answer = await call({ method: 'GET', path: recordPath(id), what }, deadline);
  if (answer.kind === 'unknown') return deliveryLater(answer.detail);
  if (answer.kind !== 'answer') return answer;
  const record = readRecord(answer.text);
  return typeof record === 'string'
    ? deliveryRefused('unreadable', `${what}: ${record}`)
    : { kind: 'loaded', content: { ...record, id } };
}
