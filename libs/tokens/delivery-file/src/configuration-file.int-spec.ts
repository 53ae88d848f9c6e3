import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ManagedApp, pingIdApp } from '@tallystick/tokens-domain';
import fc from 'fast-check';
import { configurationFile, type ConfigurationFormat, configurationFormats } from './configuration-file.ts';
import { readWithPython, run } from './test-support/foreign-readers.ts';
import { hostileValues } from './test-support/hostile-values.ts';
import { isXmlText } from './xml-text.ts';

// What reads the files here was written by others: libxml2, libplist and Python's standard library.

const app: ManagedApp = { key: 'PINGID_MDM_TOKEN', iosBundleId: 'com.example.app', androidPackage: 'com.example.android' };
const commandUuid = '7a2f0b7e-0000-4000-8000-000000000001';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'configuration-files-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function write(format: ConfigurationFormat, value: string, otherKeys: Readonly<Record<string, string>> = {}) {
  const path = join(folder, `${(count += 1)}.${format}`);
  writeFileSync(path, configurationFile(format, app, value, { otherKeys, commandUuid }).text);
  return { format, path };
}
const isXml = (format: ConfigurationFormat): boolean => !/^android|csv$/.test(format);
const propertyLists = ['ios-plist-document', 'mdm-command'] as const;

describe('a configuration file', () => {
  it.each(configurationFormats)('of the format %s gives exactly what was put in, read by Python', (format) => {
    const files = hostileValues.map((value) => write(format, value));
    expect(readWithPython(files)).toEqual(hostileValues.map((value) => [[app.key, value]]));
  });

  it.each(configurationFormats)('of the format %s gives other keys, hostile ones too, beside the value', (format) => {
    const otherKeys = Object.fromEntries(hostileValues.map((text, at) => [`${text}-${at}`, text]));
    const [found] = readWithPython([write(format, 'tsk_value', otherKeys)]);
    expect(new Map(found)).toEqual(new Map([[app.key, 'tsk_value'], ...Object.entries(otherKeys)]));
    expect(found).toHaveLength(1 + hostileValues.length);
  });

  it.each(configurationFormats.filter(isXml))('of the format %s is well-formed to xmllint', (format) => {
    const hostile = write(format, 'v', Object.fromEntries(hostileValues.map((text) => [text, text])));
    expect(run('xmllint', ['--noout', '--nonet', ...hostileValues.map((value) => write(format, value).path), hostile.path])).toBe(
      '',
    );
  });

  it('would not be well-formed to xmllint if it were written carelessly', () => {
    const path = join(folder, 'careless.xml');
    writeFileSync(path, '<dict><string>a & b</string></dict>');
    expect(() => run('xmllint', ['--noout', path])).toThrow('xmlParseEntityRef');
  });

  it.each(propertyLists)('of the format %s is the same property list to plistutil', (format) => {
    const binaries = hostileValues.map((value) => {
      const { path } = write(format, value);
      run('plistutil', ['-i', path, '-o', `${path}.bin`, '-f', 'bin']);
      return { format, path: `${path}.bin` };
    });
    expect(readWithPython(binaries)).toEqual(hostileValues.map((value) => [[app.key, value]]));
  });

  it('of the format ios-dict is a property list to plistutil once a console has wrapped it', () => {
    const wrapped = hostileValues.map((value) => {
      const path = join(folder, `${(count += 1)}.wrapped`);
      writeFileSync(path, `<plist version="1.0">${configurationFile('ios-dict', app, value).text}</plist>`);
      run('plistutil', ['-i', path, '-o', `${path}.bin`, '-f', 'bin']);
      return { format: 'ios-plist-document', path: `${path}.bin` };
    });
    expect(readWithPython(wrapped)).toEqual(hostileValues.map((value) => [[app.key, value]]));
  });

  it('gives the same out of every format, whatever the value and the other keys are', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter(isXmlText);
    const others = fc.dictionary(text, text, { maxKeys: 3 });
    const made = fc.sample(fc.tuple(text, others), { numRuns: 100, seed: 20261122 });
    const files = configurationFormats.flatMap((format) => made.map(([value, otherKeys]) => write(format, value, otherKeys)));
    const expected = made.map(([value, otherKeys]) => new Map([[app.key, value], ...Object.entries(otherKeys)]));
    const found = readWithPython(files).map((pairs) => new Map(pairs));
    expect(found).toEqual(configurationFormats.flatMap(() => expected));
  });

  it('M35: gives the key that the app reads and a token as it is, in every format', () => {
    const token = 'tsk_0123456789abcdefABCDEF';
    expect(app.key).toBe(pingIdApp.key);
    const found = readWithPython(configurationFormats.map((format) => write(format, token)));
    expect(found).toEqual(configurationFormats.map(() => [['PINGID_MDM_TOKEN', token]]));
  });
});
