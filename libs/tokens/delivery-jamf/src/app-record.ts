import {
  type CheckFinding,
  deliveryRefused,
  type HeldValue,
  isNearMiss,
  type ManagedApp,
  type NotDone,
} from '@tallystick/tokens-domain';
import { plainOf, type Preferences, readPreferences, withText } from './app-preferences.ts';
import { cdata, readXml, type XmlElement } from './read-xml.ts';

/** A record under Mobile Device Apps. */
export interface AppRecord {
  readonly document: XmlElement;
  /** Undefined when the app has no configuration yet. */
  readonly preferences: Preferences | undefined;
}

/** A reason, for people, when it is no such record or its configuration can't be read for certain. */
export function readRecord(text: string): AppRecord | string {
  const document = readXml(text);
  if (document?.name !== 'mobile_device_application')
    return 'the answer is no record of an app: is it the address of the instance?';
  const sections = document.children.filter(({ name }) => name === 'app_configuration');
  const texts = sections.flatMap(({ children }) => children.filter(({ name }) => name === 'preferences'));
  if (sections.length > 1 || texts.length > 1 || texts[0]?.children.length)
    return 'the answer has more than one configuration in it';
  const stored = texts[0]?.text ?? '';
  if (stored.trim() === '') return { document, preferences: undefined };
  const preferences = readPreferences(stored);
  return preferences
    ? { document, preferences }
    : 'its app configuration is no property list with a <dict> that can be read for certain';
}

/** Sections that a write leaves out stay as they are over there; what is read back is compared with all of them. */
export const writeRecord = ({ preferences }: AppRecord): string =>
  '<?xml version="1.0" encoding="UTF-8"?><mobile_device_application><app_configuration><preferences>' +
  // As it is, in CDATA: the one form of which it is recorded that it is stored byte for byte.
  `${cdata(preferences?.text ?? '')}</preferences></app_configuration></mobile_device_application>`;

const at = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);
const textAt = (document: XmlElement, ...path: readonly string[]): string =>
  path.reduce<XmlElement | undefined>(at, document)?.text.trim() ?? '';

export function placesOf(
  { document, preferences }: AppRecord,
  { key, iosBundleId }: ManagedApp,
  id: string,
): readonly { readonly name: string; readonly value: HeldValue | undefined }[] | NotDone {
  const app = `app ${id}`;
  if (textAt(document, 'general', 'bundle_id') !== iosBundleId)
    return deliveryRefused(
      'slot-not-found',
      `${app} is not ${iosBundleId}: a delivery would go to another app; correct the id in the settings`,
    );
  const held = preferences?.members.get(key);
  if (held?.type === 'string') return [{ name: app, value: held.text }];
  if (held) return deliveryRefused('unreadable', `${app}: what stands at ${key} is a <${held.type}>; make it a <string>`);
  return nearMisses(preferences, key).length > 0
    ? deliveryRefused('near-miss-key', `${app} has a key that is almost ${key}, and not that one: correct it`)
    : deliveryRefused('key-missing', `${app} has no key ${key}: add it to its app configuration, with any text`);
}

const nearMisses = (preferences: Preferences | undefined, key: string): readonly string[] =>
  [...(preferences?.members.keys() ?? [])].filter((each) => isNearMiss(each, key));

export function withValueIn(record: AppRecord, key: string, value: HeldValue): AppRecord {
  const { preferences } = record;
  return { ...record, preferences: preferences && readPreferences(withText(preferences, key, value)) };
}

export const keptIn = ({ preferences }: AppRecord): number => Math.max(0, (preferences?.members.size ?? 0) - 1);

/** Members that the server counts, or sets from the App Store, by itself. Icons come with an address that is made for each reading. */
const counted = ['total_vpp_licenses', 'remaining_vpp_licenses', 'used_vpp_licenses', 'vpp_codes', 'uri', 'itunes_sync_time'];
const synchronised = ['version', 'description', 'self_service_description', 'icon', 'self_service_icon'];

/** Everything but the value: the keys beside it, and `general`, `scope` and all other sections, in no order. */
export function restOf({ document, preferences }: AppRecord, key: string): unknown {
  const isSynchronised = textAt(document, 'general', 'keep_description_and_icon_up_to_date') === 'true';
  const left = new Set([...counted, ...(isSynchronised ? synchronised : []), 'preferences']);
  const others = [...(preferences?.members ?? [])].filter(([name]) => name !== key);
  return { sections: plainSection(document, left), keys: others.map(([name, value]) => [name, plainOf(value)]).sort(byText) };
}

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

function plainSection({ name, children, text }: XmlElement, left: ReadonlySet<string>): unknown {
  const known = children.filter((child) => !left.has(child.name)).map((child) => plainSection(child, left));
  return [name, text.trim(), known.sort(byText)];
}

/** What of the record would keep a delivery from some devices. */
export function findingsIn(record: AppRecord, app: ManagedApp, id: string): readonly CheckFinding[] {
  const found: CheckFinding[] = [];
  const add = (severity: CheckFinding['severity'], what: CheckFinding['what'], detail: string): void =>
    void found.push({ severity, what, detail });
  const places = placesOf(record, app, id);
  if ('kind' in places && places.kind === 'refused')
    switch (places.reason) {
      case 'key-missing':
      case 'near-miss-key':
        add('error', places.reason, places.detail);
        break;
      case 'slot-not-found':
        add('error', 'app-not-found', places.detail);
        break;
      default:
        add('error', 'unreadable', places.detail);
    }
  else if (nearMisses(record.preferences, app.key).length > 0)
    add('warning', 'near-miss-key', `app ${id} also has a key that is almost ${app.key}; the app does not read that one`);
  if (textAt(record.document, 'general', 'deploy_as_managed_app') === 'false')
    add('warning', 'not-managed', `app ${id} is not deployed as a managed app, so it gets no configuration: make it managed`);
  const scope = at(record.document, 'scope');
  const isEmpty = scope?.children.every(
    ({ name, text, children }) =>
      name === 'limitations' || name === 'exclusions' || (text.trim() !== 'true' && children.length === 0),
  );
  if (isEmpty) add('warning', 'no-devices', `the scope of app ${id} is empty: no device gets it`);
  return found;
}
