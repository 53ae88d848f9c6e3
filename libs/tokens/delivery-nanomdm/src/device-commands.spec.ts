import { describe, expect, it } from '@jest/globals';
import { pingIdApp } from '@tallystick/tokens-domain';
import { commandUuid, configurationOf, setConfiguration } from './device-commands.ts';
import { nanomdmSettings } from './settings.ts';

describe('the command that sets a configuration', () => {
  it('holds all of it, escaped once, with the types that were given', () => {
    const otherKeys = { 'a & <b>': ']]> "quoted" \'too\' 🙂', days: 7, isManaged: true, isOpen: false };
    const text = setConfiguration('u-1', pingIdApp, configurationOf(pingIdApp, { otherKeys }, 'value-0001'));
    expect(text.replace(/>\s+</g, '><').replace(/&quot;/g, '"')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">' +
        '<plist version="1.0"><dict><key>CommandUUID</key><string>u-1</string><key>Command</key><dict><key>RequestType</key><string>Settings</string>' +
        '<key>Settings</key><array><dict><key>Item</key><string>ApplicationConfiguration</string>' +
        '<key>Identifier</key><string>com.pingidentity.pingid.prod</string><key>Configuration</key><dict>' +
        '<key>a &amp; &lt;b&gt;</key><string>]]&gt; "quoted" \'too\' 🙂</string><key>days</key><integer>7</integer>' +
        '<key>isManaged</key><true/><key>isOpen</key><false/><key>PINGID_MDM_TOKEN</key><string>value-0001</string>' +
        '</dict></dict></array></dict></dict></plist>',
    );
  });

  it('has a UUID that is the same for the same, and another for each device, attempt, name, round and content', () => {
    const command = { enrolmentId: 'D1', delivery: 'rotation-1/slot/1', kind: 'set', attempt: 1, round: 0 } as const;
    const uuid = commandUuid(command, 'content');
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(commandUuid({ ...command }, 'content')).toBe(uuid);
    const others = [
      ...[{ enrolmentId: 'D2' }, { attempt: 2 }, { round: 1 }, { kind: 'read' as const }, { delivery: 'rotation-1/slot/2' }].map(
        (other) => commandUuid({ ...command, ...other }, 'content'),
      ),
      commandUuid(command, 'other content'),
    ];
    expect(new Set([uuid, ...others]).size).toBe(7);
  });
});

describe('settings', () => {
  const settings = {
    baseUrl: 'https://mdm.example/',
    apiKey: { file: 'key' },
    webhookKey: { variable: 'KEY' },
    enrolmentIds: ['D1', 'D1:U2'],
  };

  it('are filled up', () => {
    expect(nanomdmSettings.parse(settings)).toEqual({ ...settings, baseUrl: 'https://mdm.example', push: true, otherKeys: {} });
  });

  it.each<[string, object]>([
    ['an id that would be read as two', { enrolmentIds: ['D1,D2'] }],
    ['an id that leads elsewhere', { enrolmentIds: ['../pushcert'] }],
    ['an id that is a folder', { enrolmentIds: ['..'] }],
    ['an id twice', { enrolmentIds: ['D1', 'D1'] }],
    ['no ids', { enrolmentIds: [] }],
    ['more than 10,000', { enrolmentIds: Array.from({ length: 10_001 }, (_, at) => `D${at}`) }],
    ['a URL of another kind', { baseUrl: 'file:///etc' }],
    ['a URL with a query', { baseUrl: 'https://mdm.example/?a=b' }],
    ['a credential in clear', { apiKey: 'in-clear' }],
    ['a value that a property list would change', { otherKeys: { a: 'b\r' } }],
    ['a number that is not whole', { otherKeys: { a: 1.5 } }],
    ['something unknown', { verifyTls: false }],
  ])('with %s are refused', (_, wrong) => {
    expect(nanomdmSettings.safeParse({ ...settings, ...wrong }).success).toBe(false);
  });
});
