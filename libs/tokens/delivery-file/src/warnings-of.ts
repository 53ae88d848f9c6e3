import type { ConfigurationFormat } from './configuration-file.ts';

const secret = 'The file holds a secret: delete it as soon as it is imported, and send it to nobody.';
const replaces = (what: string): string =>
  `${what}: keys that stand there and not in the file are lost. Add them before you save.`;

const warnings: Readonly<Record<ConfigurationFormat, readonly string[]>> = {
  'ios-dict': [replaces('Pasting replaces the whole dictionary of the app configuration')],
  'ios-plist-document': [replaces('Importing replaces the whole dictionary of the app configuration')],
  'appconfig-spec': [
    'It is a template with the value as a default. What devices get is the value that the console holds: look at it after the import.',
    'Keys that the console knows and the template does not may be lost: compare them before you save.',
  ],
  'android-intune': [replaces('Pasting replaces all the JSON data of the policy')],
  'android-amapi': [replaces('It replaces the whole managed configuration of the app')],
  'keyvalue-csv': [
    'It is a list to copy from: take key and value exactly, with no blank before or after them. A key in another case or with a blank is another key.',
    'Open it as text: a spreadsheet may change a value that looks like a number, a date or a formula.',
  ],
  'mdm-command': [
    replaces('The command replaces the whole configuration dictionary of the app on each device that gets it'),
    'A server takes a command UUID once: make another file for another try. The app must be managed, and not by declarative management.',
  ],
};

/** Sentences for whoever downloads the file, to be shown beside it. Never inside: JSON has no comments, and some consoles take none. ASCII. */
export const warningsOf = (format: ConfigurationFormat): readonly string[] => [...warnings[format], secret];
