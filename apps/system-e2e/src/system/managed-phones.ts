import { SimulatedDevice, startNanomdm } from '@tallystick/tokens-delivery-nanomdm/simulated';
import { pingIdApp } from '@tallystick/tokens-domain';

/** Phones that the real NanoMDM manages. Apple's side, the phones and their pushes, is simulated. */
export interface ManagedPhones {
  readonly phones: readonly SimulatedDevice[];
  /** Of NanoMDM's API. */
  readonly apiUrl: string;
  /** As a target of a system. `baseUrl`: what it calls, when that is not the API itself. */
  readonly document: (target: { readonly environment: string; readonly id: string; readonly baseUrl?: string }) => object;
  /** Name and content of the files that the document names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Their enrolment is told to the webhook, so not before somebody listens there. */
  readonly enrol: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const apiKey = 'key-of-the-api';
const webhookKey = 'key-of-the-webhook';
/** A key that somebody else set, as an MDM has them. */
const otherKeys = { 'org-name': 'Example' };

/** What is answered to the webhook of a target. */
export const webhookPath = (environment: string, target: string): string =>
  `/v1/environments/${environment}/delivery-targets/${target}/webhook`;

/** What the app on a phone reads, and presents. */
export const valueOn = ({ apps }: SimulatedDevice): string | undefined => {
  const value = apps.get(pingIdApp.iosBundleId)?.[pingIdApp.key];
  return typeof value === 'string' ? value : undefined;
};

/** A phone as it came from an administrator who typed the value in. */
export const setByHand = ({ apps }: SimulatedDevice, value: string): void =>
  void apps.set(pingIdApp.iosBundleId, { ...otherKeys, [pingIdApp.key]: value });

/** @param program NanoMDM; see `tools/stack/nanomdm.mjs`. */
export async function startManagedPhones({
  program,
  count,
  webhookUrl,
}: {
  readonly program: string;
  readonly count: number;
  readonly webhookUrl: string;
}): Promise<ManagedPhones> {
  const mdm = await startNanomdm({ program, webhookUrl, apiKey, webhookKey, storage: 'inmem' });
  const phones = Array.from({ length: count }, (_, at) => {
    const udid = `00008030-00000000000000${String(at + 1).padStart(2, '0')}`;
    return new SimulatedDevice(udid, (report) => mdm.connect(udid, report));
  });
  return {
    ...{ phones, apiUrl: mdm.url, close: mdm.close },
    secrets: { 'nanomdm-api-key': apiKey, 'nanomdm-webhook-key': webhookKey },
    document: ({ environment, id, baseUrl = mdm.url }) => ({
      ...{ environment, id, vendor: 'nanomdm' },
      settings: {
        ...{ baseUrl, apiKey: { file: 'nanomdm-api-key' }, webhookKey: { file: 'nanomdm-webhook-key' } },
        ...{ enrolmentIds: phones.map(({ udid }) => udid), otherKeys, push: false },
      },
    }),
    enrol: async () => {
      for (const { udid } of phones) await mdm.enrol(udid);
    },
  };
}
