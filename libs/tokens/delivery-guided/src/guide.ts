import type { ManagedApp, Platform } from '@tallystick/tokens-domain';
import { factsOf, type GuidedProduct } from './products.ts';

/** Formats of the file export, by its names. */
export type GuidedFormat = 'ios-dict' | 'ios-plist-document' | 'appconfig-spec' | 'android-intune' | 'keyvalue-csv';

/** What a person does to put a value into an MDM by hand. No text of it holds a value. */
export interface Guide {
  readonly title: string;
  /** To be shown with numbers, in this order. */
  readonly steps: readonly string[];
  /** In which the value is exported for it, the fitting one first. */
  readonly formats: readonly [GuidedFormat, ...GuidedFormat[]];
  /** About texts that the product would replace. */
  readonly variables: string;
  /** What is good to know, and nothing to do. */
  readonly notes: readonly string[];
  /** Addresses of descriptions by the vendor of the MDM, or of the app. */
  readonly pages: readonly [string, ...string[]];
}

interface Way {
  readonly formats: Guide['formats'];
  /** Between having the file and looking at the result. In the words of the console where they are known, and no path where none is. */
  readonly steps: readonly string[];
  readonly notes?: readonly string[];
}

/** Undefined where the product has no such devices. */
export function guideOf(product: GuidedProduct, platform: Platform, app: ManagedApp): Guide | undefined {
  const { name, marks, pages, hasAndroid } = factsOf[product];
  if (platform === 'android' && !hasAndroid) return undefined;
  const { formats, steps, notes = [] } = wayOf(product, platform, app);
  const system = platform === 'ios' ? 'iOS' : 'Android';
  return {
    title: `${app.key} in ${name}, ${system}`,
    steps: [
      `Export the value of this slot in the format ${formats[0]}. The file is a secret: delete it when you are done.`,
      'Write down the other keys of the app, and to whom its configuration is assigned: both have to be the same afterwards.',
      ...steps,
      `Save, and open it again: the key is exactly ${app.key}, with no blank before or after it, the value is the exported one, and all else is as you wrote it down.`,
      'Confirm the slot in the rotation. If the console refused the value, say so there instead.',
    ],
    formats,
    variables:
      (marks === undefined
        ? 'Look up which texts the product replaces by values of its own: a value that has such a text arrives changed.'
        : `The product replaces texts like ${marks} by values of its own: a value that has such a text arrives changed.`) +
      ' A value of letters, digits, ".", "_" and "-" arrives as it is.',
    notes: [...notes, ...(platform === 'ios' ? ['iOS keeps the configuration of an app unencrypted on the device.'] : [])],
    pages: pages as Guide['pages'],
  };
}

function wayOf(product: GuidedProduct, platform: Platform, app: ManagedApp): Way {
  const appId = platform === 'ios' ? app.iosBundleId : app.androidPackage;
  const open = `Open the app's configuration of ${appId}; the page below says where it is.`;
  const type = `Set the key ${app.key}, of the type string, to the value in the file, and no other key.`;
  /** By hand, key by key. */
  const typed: Way = { formats: ['keyvalue-csv'], steps: [open, type] };
  const ios = platform === 'ios';
  switch (product) {
    case 'intune':
      return {
        formats: [ios ? 'ios-dict' : 'android-intune'],
        steps: [
          `Open the app configuration policy for ${appId}.`,
          `Where it has "${ios ? 'Enter XML data' : 'Enter JSON data'}", paste the file there, which replaces all that is there: add the other keys again. Where it lists its keys instead, set ${app.key}, of the type string, and no other key.`,
          ios
            ? 'Do the same in every policy for this app: two that give a device different values of a key are in conflict.'
            : 'Do the same in every policy for this app: devices with a work profile and fully managed ones may have a policy each, and two that give a device different values of a key are in conflict.',
        ],
        notes: ['Devices are notified from at once up to some hours later; they check in about every 8 hours.'],
      };
    case 'jamf':
      return {
        formats: ['ios-dict'],
        steps: [
          `Open the mobile device app ${appId}, and its tab "App Configuration".`,
          'Paste the file there, which replaces all that is there: add the other keys again.',
        ],
      };
    case 'workspace-one':
      return {
        formats: ['keyvalue-csv', ...(ios ? (['appconfig-spec'] as const) : [])],
        steps: [
          `Open the assignments of the app ${appId}; the page below says where they are.`,
          `In every assignment that has the key ${app.key}, set it to the value in the file, of the type STRING. ` +
            (ios ? 'The key is typed by hand: take it from the file.' : 'The key is there already, from the Play store.'),
          'An assignment without the key gives its devices no value: add it there, or make sure that no device depends on it.',
        ],
        notes: [
          'A device gets the configuration of its assignment with the highest priority.',
          ...(ios ? ['An app that the user installed gets a configuration only when it is made managed by the MDM.'] : []),
        ],
      };
    case 'ivanti-neurons':
      return {
        ...byFileOnIos(typed, ios, open, app),
        notes: ['Values need one or two check-ins to reach the devices.', 'A configuration of an app needs a Gold licence.'],
      };
    case 'ivanti-epmm':
      return {
        ...byFileOnIos(typed, ios, open, app),
        ...(ios && {
          notes: [
            'An AppConfig in the catalogue wins over the older "Managed App Config" of the type plist: where both are there, devices get the one in the catalogue.',
          ],
        }),
      };
    case 'maas360':
    case 'generic':
      return byFileOnIos(typed, ios, open, app);
  }
}

/** Takes a property list or a specification file for iOS, and keys by hand for both. */
const byFileOnIos = (typed: Way, ios: boolean, open: string, app: ManagedApp): Way =>
  ios
    ? {
        formats: ['ios-plist-document', 'appconfig-spec', 'keyvalue-csv'],
        steps: [
          open,
          `Import the file, which replaces all that is there: add the other keys again. Where keys are listed instead, set ${app.key}, of the type string, and no other key.`,
        ],
      }
    : typed;
