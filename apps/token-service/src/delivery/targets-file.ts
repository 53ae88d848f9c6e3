import { readFileSync } from 'node:fs';
import { environmentId, isName } from '@tallystick/kernel-core';
import { fileSettings } from '@tallystick/tokens-delivery-file';
import { guidedSettings } from '@tallystick/tokens-delivery-guided';
import { intuneSettings } from '@tallystick/tokens-delivery-intune';
import { jamfSettings } from '@tallystick/tokens-delivery-jamf';
import { nanomdmSettings } from '@tallystick/tokens-delivery-nanomdm';
import { workspaceOneSettings } from '@tallystick/tokens-delivery-workspace-one';
import { pingIdApp } from '@tallystick/tokens-domain';
import { z } from 'zod';

const name = z.string().refine(isName, { error: 'expected a–z, 0–9 and "-"' });
const appText = z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,154}$/, { error: 'expected letters, digits, ".", "_" and "-"' });

const common = {
  environment: name.transform((text) => environmentId(text)),
  /** Unique in its environment; rotations name it. */
  id: name,
  /** The app that reads the value, and under which key; PingID unless told. */
  app: z
    .strictObject({
      key: appText.default(pingIdApp.key),
      iosBundleId: appText.default(pingIdApp.iosBundleId),
      androidPackage: appText.default(pingIdApp.androidPackage),
    })
    .prefault({}),
};

const targetDocument = z.discriminatedUnion('vendor', [
  z.strictObject({ ...common, vendor: z.literal('intune'), settings: intuneSettings }),
  z.strictObject({ ...common, vendor: z.literal('workspace-one'), settings: workspaceOneSettings }),
  z.strictObject({ ...common, vendor: z.literal('jamf'), settings: jamfSettings }),
  z.strictObject({ ...common, vendor: z.literal('nanomdm'), settings: nanomdmSettings }),
  z.strictObject({ ...common, vendor: z.literal('file'), settings: fileSettings.prefault({}) }),
  z.strictObject({ ...common, vendor: z.literal('guided'), settings: guidedSettings }),
]);

/** Where the value of an environment is delivered. Mounted, never edited over HTTP: it decides where the fleet's secret is sent. */
export type TargetDocument = z.output<typeof targetDocument>;

/** Addresses that a target calls with credentials. */
export function addressesOf(document: TargetDocument): readonly string[] {
  switch (document.vendor) {
    case 'intune':
      return [document.settings.graphUrl, document.settings.loginUrl];
    case 'workspace-one': {
      const { apiUrl, auth } = document.settings;
      return auth.kind === 'oauth' ? [apiUrl, auth.tokenUrl] : [apiUrl];
    }
    case 'jamf':
      return [document.settings.url];
    case 'nanomdm':
      return [document.settings.baseUrl];
    case 'file':
    case 'guided':
      return [];
  }
}

interface Place {
  /** The same wherever the place is named. */
  readonly key: string;
  /** For people. Names no device. */
  readonly said: string;
}
const named = (name: string): Place => ({ key: name, said: name });

/** What a target writes to: nothing is written to by two targets. */
function placesOf(document: TargetDocument): readonly Place[] {
  // With a dot at its end it is the same name.
  const hostOf = (url: string): string => new URL(url).host.toLowerCase().replace(/\.(?=:|$)/, '');
  switch (document.vendor) {
    case 'intune': {
      const { graphUrl, tenant, iosPolicies, androidPolicies } = document.settings;
      return [...iosPolicies, ...androidPolicies].map((id) => named(`intune ${hostOf(graphUrl)} ${tenant.toLowerCase()} ${id}`));
    }
    case 'workspace-one': {
      const { apiUrl, ios, android } = document.settings;
      const applications = [ios, android].flatMap((slot) => (slot ? [slot.application.toLowerCase()] : []));
      return applications.map((id) => named(`workspace-one ${hostOf(apiUrl)} ${id}`));
    }
    case 'jamf':
      return document.settings.ios.applications.map((id) => named(`jamf ${hostOf(document.settings.url)} ${id}`));
    case 'nanomdm': {
      const { baseUrl, enrolmentIds } = document.settings;
      const app = document.app.iosBundleId.toLowerCase();
      const said = `${app} on the same device of nanomdm ${hostOf(baseUrl)}`;
      return enrolmentIds.map((id) => ({ key: `nanomdm ${hostOf(baseUrl)} ${id.toLowerCase()} ${app}`, said }));
    }
    case 'file':
    case 'guided':
      return [];
  }
}

const file = z.strictObject({ targets: z.array(targetDocument).max(1_000) });

/** @throws Error that names every fault and where it is, and quotes no value. */
export function parseTargets(text: string): readonly TargetDocument[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('the file of the delivery targets is not JSON');
  }
  const parsed = file.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`the file of the delivery targets has faults: ${faults.join('; ')}`);
  }
  const { targets } = parsed.data;
  const faults = [
    ...twice(targets, (target) => [named(nameOf(target))]).map(({ said }) => `two targets are ${said}`),
    ...twice(targets, placesOf).map(
      ({ said, by }) => `two targets write to ${said} (${by}): one would overwrite what the other delivered`,
    ),
  ];
  if (faults.length > 0) throw new Error(`the file of the delivery targets has faults: ${faults.join('; ')}`);
  return targets;
}

/** @throws Error when it can't be read. */
export const readTargets = (path: string): readonly TargetDocument[] => parseTargets(readFileSync(path, 'utf8'));

const nameOf = ({ environment, id }: TargetDocument): string => `${environment}/${id}`;

/** What more than one target names, with the targets; what two targets share many of is told once. */
function twice(
  targets: readonly TargetDocument[],
  of: (target: TargetDocument) => readonly Place[],
): readonly { readonly said: string; readonly by: string }[] {
  const first = new Map<string, string>();
  const found = new Map<string, { readonly said: string; readonly by: string }>();
  for (const target of targets)
    for (const { key, said } of of(target)) {
      const [one, other] = [first.get(key), nameOf(target)];
      if (one === undefined) first.set(key, other);
      else found.set(`${said} ${one} ${other}`, { said, by: `${one}, ${other}` });
    }
  return [...found.values()];
}
