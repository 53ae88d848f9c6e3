import { ampleBudget, startSystem, type System, type SystemOptions } from '../system/system.ts';
import { type ManagedPhones, startManagedPhones, webhookPath } from '../system/managed-phones.ts';
import { managedCount } from './chapter-rotation-mdm.ts';
import type { Report } from './report.ts';

export const environment = 'demo';
/** Connection `staff`: plain JSON records, Merge. Connection `hr`: Debezium envelopes, Overwrite. */
export const topics = { staff: 'demo.staff', hr: 'demo.hr.person' } as const;

const staffMapping = {
  userName: { attribute: 'username' },
  email: { attribute: 'mail' },
  fName: { attribute: 'givenName' },
  lName: { attribute: 'familyName' },
  mfaEmail1: { attribute: 'mail' },
  mfaEmail2: { attribute: 'mailAlternate' },
  mfaSms1: { attribute: 'mobile' },
  mfaVoice1: { attribute: 'telephone' },
  enabled: { attribute: 'enabled' },
};

const hrMapping = {
  userName: { attribute: 'username' },
  email: { attribute: 'email' },
  fName: { attribute: 'given_name' },
  lName: { attribute: 'family_name' },
  mfaEmail1: { attribute: 'email' },
  mfaSms1: { attribute: 'mobile' },
  mfaVoice1: { attribute: 'telephone' },
  enabled: { attribute: 'enabled' },
};

/** `managed`: left out where NanoMDM could not be built. */
export interface DemoSystem {
  readonly system: System;
  readonly managed?: ManagedPhones;
}

/** @param nanomdm the program. */
export async function startDemoSystem({
  report,
  nanomdm,
  ...options
}: Pick<SystemOptions, 'root' | 'folder' | 'servers'> & {
  readonly report: Report;
  readonly nanomdm: string | undefined;
}): Promise<DemoSystem> {
  const startedAt = performance.now();
  report.chapter('Starting', 'Two validators, the token service, the bridge, the worker, and a stand-in for the MFA provider.');
  let managed: ManagedPhones | undefined;
  const system = await startSystem({
    ...options,
    environment,
    deviceLimit: 9,
    validators: 2,
    connections: (propertiesFile) => [
      {
        environment,
        connection: 'staff',
        source: { topic: topics.staff, format: { kind: 'json' } },
        directory: { kind: 'pingid', properties: { file: propertiesFile } },
        defaultCountry: 'GB',
        mapping: staffMapping,
        options: { manageDevices: 'merge', primaryDevice: 'SMS Number 1' },
        budget: ampleBudget,
      },
      {
        environment,
        connection: 'hr',
        source: { topic: topics.hr, format: { kind: 'debezium', envelope: 'full' } },
        directory: { kind: 'pingid', properties: { file: propertiesFile } },
        defaultCountry: 'FR',
        mapping: hrMapping,
        options: { manageDevices: 'overwrite', primaryDevice: 'Email 1' },
        budget: ampleBudget,
      },
    ],
    targets: async (tokenServiceUrl) => {
      const webhookUrl = tokenServiceUrl + webhookPath(environment, 'nanomdm');
      managed =
        nanomdm === undefined ? undefined : await startManagedPhones({ program: nanomdm, count: managedCount, webhookUrl });
      if (managed) report.say(`  ${'nanomdm'.padEnd(22)} ${managed.apiUrl}`);
      else report.say('  without NanoMDM, which could not be built: the rotation goes without an MDM');
      const platforms = ['ios'];
      return {
        documents: [
          ...(managed ? [managed.document({ environment, id: 'nanomdm' })] : []),
          { environment, id: 'intune-file', vendor: 'file', settings: { platforms } },
          { environment, id: 'maas360', vendor: 'guided', settings: { product: 'maas360', platforms } },
        ],
        ...(managed && { secrets: managed.secrets, insecureHosts: [new URL(managed.apiUrl).host] }),
      };
    },
    onStarted: (name, url) => report.say(`  ${name.padEnd(22)} ${url}`),
  });
  report.say(`  up after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return { system, ...(managed && { managed }) };
}
