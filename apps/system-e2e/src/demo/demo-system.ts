import { ampleBudget, startSystem, type System, type SystemOptions } from '../system/system.ts';
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

export async function startDemoSystem({
  report,
  ...options
}: Pick<SystemOptions, 'root' | 'folder' | 'servers'> & { readonly report: Report }): Promise<System> {
  const startedAt = performance.now();
  report.chapter('Starting', 'Two validators, the token service, the bridge, the worker, and a stand-in for the MFA provider.');
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
    onStarted: (name, url) => report.say(`  ${name.padEnd(22)} ${url}`),
  });
  report.say(`  up after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return system;
}
