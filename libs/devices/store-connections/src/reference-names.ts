import type { ConnectionDocument, MappingTarget, ReconcileOptions } from '@tallystick/devices-domain';

/** One setting of the reference (d.1, d.3): its label in the forms, its key in exports, and ours. */
interface ReferenceName<Key> {
  readonly ours: Key;
  readonly label: string;
  readonly key?: string;
}

const manageDevices = {
  'Do not manage devices': 'do-not-manage',
  'Merge devices': 'merge',
  'Overwrite devices': 'overwrite',
} as const;
const primaryDevice = {
  'Do not manage': 'do-not-manage',
  'MFA Email 1': 'Email 1',
  'MFA SMS Number 1': 'SMS Number 1',
  'MFA Voice Number 1': 'Voice Number 1',
} as const;
const flags = { true: true, false: false } as const;
const removeAction = { Disable: 'disable', Delete: 'delete' } as const;

const options: readonly (ReferenceName<keyof ReconcileOptions> & { readonly values: Readonly<Record<string, unknown>> })[] = [
  { ours: 'manageDevices', label: 'Manage Devices', values: manageDevices },
  { ours: 'primaryDevice', label: 'Primary Device on Create', values: primaryDevice },
  { ours: 'createUsers', label: 'User Create', key: 'createNewUsers', values: flags },
  { ours: 'updateUsers', label: 'User Update', key: 'updateNewUsers', values: flags },
  { ours: 'disableUsers', label: 'User Disable / Delete', key: 'disableNewUsers', values: flags },
  { ours: 'provisionDisabledUsers', label: 'Provision Disabled Users', values: flags },
  { ours: 'removeAction', label: 'Remove User Action', values: removeAction },
];

const numbers = [1, 2, 3] as const;
const targets: readonly ReferenceName<MappingTarget>[] = [
  { ours: 'userName', label: 'Username' },
  { ours: 'email', label: 'Email' },
  { ours: 'fName', label: 'First Name' },
  { ours: 'lName', label: 'Last Name' },
  ...numbers.map((n) => ({ ours: `mfaEmail${n}` as const, label: `MFA Email ${n}` })),
  ...numbers.map((n) => ({ ours: `mfaSms${n}` as const, label: `MFA SMS Number ${n}` })),
  ...numbers.map((n) => ({ ours: `mfaVoice${n}` as const, label: `MFA Voice Number ${n}` })),
];

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The same document with our names: the reference's labels and keys of options and targets are taken as well, and so are its values
 * (`"Manage Devices": "Merge devices"`). What is said twice under two names is a fault, by path.
 */
export function inOurNames(document: unknown): { readonly document: unknown; readonly faults: readonly string[] } {
  if (!isObject(document)) return { document, faults: [] };
  const faults: string[] = [];
  const part = (name: 'options' | 'mapping', translate: (value: Json, path: string, faults: string[]) => Json): Json => {
    const value = document[name];
    return isObject(value) ? { [name]: translate(value, name, faults) } : {};
  };
  return {
    document: {
      ...document,
      ...part('options', (value, path, found) => valuesOf(renamed(value, path, options, found))),
      ...part('mapping', (value, path, found) => renamed(value, path, targets, found)),
    },
    faults,
  };
}

function renamed(value: Json, path: string, names: readonly ReferenceName<string>[], faults: string[]): Json {
  const ours = new Map(
    names.flatMap((name) => [name.label, ...(name.key === undefined ? [] : [name.key])].map((it) => [it, name.ours])),
  );
  const renamed = new Map<string, unknown>();
  for (const [name, it] of Object.entries(value)) {
    const known = ours.get(name) ?? name;
    if (renamed.has(known)) faults.push(`${path}.${known}: is there twice, under two names`);
    renamed.set(known, it);
  }
  return Object.fromEntries(renamed);
}

const valuesOf = (value: Json): Json =>
  Object.fromEntries(
    Object.entries(value).map(([name, it]) => {
      const values = options.find(({ ours }) => ours === name)?.values ?? {};
      return [name, typeof it === 'string' && Object.hasOwn(values, it) ? values[it] : it];
    }),
  );

/** The settings of the reference as its forms show them, for a person who knows those. */
export const referenceSettings = ({ options: ours }: Pick<ConnectionDocument, 'options'>): readonly ReferenceSetting[] =>
  options.map(({ ours: name, label, key = name, values }) => ({
    label,
    key,
    value: Object.entries(values).find(([, it]) => it === ours[name])?.[0] ?? '',
  }));

export interface ReferenceSetting {
  readonly label: string;
  readonly key: string;
  readonly value: string;
}
