import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { type DeviceNote, pingIdApp } from '@tallystick/tokens-domain';
import { InMemoryDeviceJournal } from '@tallystick/tokens-testing';
import { build } from 'plist';
import { digestOf } from './test-support/delivery-bench.ts';
import { noteWebhook, readWebhook } from './webhook.ts';

const key = 'a key of the webhook';
const value = 'tsk1-new-b41e6d90f2a34c7788d1';
const sign = (body: Uint8Array, by = key): string => createHmac('sha256', by).update(body).digest('base64');
const bytes = (body: unknown): Buffer => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
type Report = Parameters<typeof build>[0];
const acknowledged = (
  command: string,
  report: Report = {},
  { status = 'Acknowledged', id = 'D1', at = '2026-11-22T12:00:00.123456789Z' } = {},
) => ({
  topic: 'mdm.Connect',
  event_id: 'e1',
  created_at: at,
  acknowledge_event: {
    ...{ command_uuid: command, status, udid: id, ids: { id, type: 'Device' } },
    raw_payload: Buffer.from(build(report)).toString('base64'),
  },
});
const configurations = (held: Report) => ({
  ApplicationConfigurations: [{ Identifier: pingIdApp.iosBundleId, Configuration: held }],
});
const read = (body: unknown) => readWebhook(bytes(body), sign(bytes(body)), key);

describe('a webhook', () => {
  const body = bytes(acknowledged('c1', configurations({ [pingIdApp.key]: value })));

  it.each<[string, Uint8Array, string | undefined, string, string]>([
    ['without a signature', body, undefined, key, 'unsigned'],
    ['with an empty one', body, '', key, 'unsigned'],
    ['with one of another form', body, sign(body).slice(0, 20), key, 'unsigned'],
    ['where there is no key to compare with', body, sign(body, ''), '', 'unsigned'],
    ['signed with another key', body, sign(body, 'another'), key, 'forged'],
    ['with the signature of another body', body, sign(bytes('{}')), key, 'forged'],
    ['changed by a byte', Buffer.concat([body, bytes(' ')]), sign(body), key, 'forged'],
    ['that is no JSON', bytes('no'), sign(bytes('no')), key, 'unreadable'],
    ['of another form', bytes({ topic: 'mdm.Connect' }), sign(bytes({ topic: 'mdm.Connect' })), key, 'unreadable'],
    ['that is too long', Buffer.alloc(4_194_305), sign(Buffer.alloc(4_194_305)), key, 'too-large'],
  ])('%s is refused', (_, raw, signature, by, because) => {
    expect(readWebhook(raw, signature, by)).toEqual({ kind: 'refused', because });
  });

  it('tells who answered what, and shows nothing of the report', () => {
    const event = read(acknowledged('c1', configurations({ [pingIdApp.key]: value })));
    expect(event).toMatchObject({ kind: 'answer', enrolmentId: 'D1', command: 'c1', status: 'Acknowledged' });
    const shown = JSON.stringify(event) + inspect(event, { depth: 9, showHidden: true });
    expect(shown).not.toContain(value);
    expect(shown).not.toContain(Buffer.from(value).toString('base64').slice(0, 12));
  });

  it('is nothing to a delivery when a device only asks what there is, or tells its token', () => {
    expect(read({ ...acknowledged('', {}, { status: 'Idle' }) })).toEqual({ kind: 'other' });
    expect(read({ topic: 'mdm.TokenUpdate', created_at: '2026-11-22T12:00:00Z', checkin_event: {} })).toEqual({ kind: 'other' });
  });
});

describe('what a webhook tells', () => {
  const at = instant(Date.parse('2026-11-22T11:00:00Z'));
  let journal: InMemoryDeviceJournal;
  beforeEach(async () => {
    journal = new InMemoryDeviceJournal();
    const common = { enrolmentId: 'D1', delivery: 'rotation-1/slot/1', attempt: 1, round: 0 };
    await journal.intend(
      [
        { ...common, command: 'set', kind: 'set' },
        { ...common, command: 'read', kind: 'read' },
      ],
      at,
    );
  });
  async function noted(event: unknown): Promise<DeviceNote[]> {
    const told = read(event);
    if (told.kind === 'refused') throw new Error(told.because);
    await noteWebhook(told, { app: pingIdApp, journal, digestOf });
    return [...((await journal.read(['D1'])).get('D1') ?? [])];
  }

  it.each<[string, string, Report, string, Partial<DeviceNote>]>([
    ['a command acknowledged', 'set', {}, 'Acknowledged', { status: 'acknowledged' }],
    ['one put off', 'set', {}, 'NotNow', { status: 'not-now' }],
    ['one that failed', 'set', {}, 'Error', { status: 'error' }],
    ['one in a form that the device does not know', 'set', {}, 'CommandFormatError', { status: 'error' }],
    [
      'one acknowledged that failed for the app',
      'set',
      { Settings: [{ Identifier: pingIdApp.iosBundleId, Status: 'Error' }] },
      'Acknowledged',
      { status: 'error' },
    ],
    [
      'one acknowledged that failed for another app',
      'set',
      { Settings: [{ Identifier: 'com.example', Status: 'Error' }] },
      'Acknowledged',
      { status: 'acknowledged' },
    ],
    [
      'what the device holds',
      'read',
      configurations({ [pingIdApp.key]: value, other: 1 }),
      'Acknowledged',
      { status: 'acknowledged', holds: digestOf(value) },
    ],
    ['that it holds no such key', 'read', configurations({ other: 'x' }), 'Acknowledged', { holds: null }],
    ['that it holds no text there', 'read', configurations({ [pingIdApp.key]: 1 }), 'Acknowledged', { holds: null }],
    ['that it holds nothing for the app', 'read', { ApplicationConfigurations: [] }, 'Acknowledged', { holds: null }],
    ['an answer that does not say what is held', 'read', { Status: 'Acknowledged' }, 'Acknowledged', { status: 'error' }],
  ])('%s', async (_, command, report, status, expected) => {
    const notes = await noted(acknowledged(command, report, { status }));
    expect(notes.find((note) => note.command === command)).toMatchObject(expected);
    expect(JSON.stringify(notes)).not.toContain(value);
  });

  it('changes nothing when it comes again, later than another, or from elsewhere', async () => {
    const first = await noted(acknowledged('set'));
    expect(await noted(acknowledged('set', {}, { status: 'Error', at: '2026-11-22T13:00:00Z' }))).toEqual(first);
    expect(await noted(acknowledged('set', {}, { status: 'NotNow' }))).toEqual(first);
    expect(await noted(acknowledged('read', configurations({ [pingIdApp.key]: value }), { id: 'D2' }))).toEqual(first);
    expect(await noted(acknowledged('of another tool'))).toEqual(first);
    // Enrolments that are told again are older than what was sent since.
    const enrolled = {
      topic: 'mdm.Authenticate',
      created_at: '2026-11-22T10:00:00Z',
      checkin_event: { ids: { id: 'D1', type: 'Device' } },
    };
    expect(await noted(enrolled)).toEqual(first);
  });

  it('of a new enrolment loses what was queued and held before', async () => {
    await noted(acknowledged('read', configurations({ [pingIdApp.key]: value })));
    const notes = await noted({
      topic: 'mdm.Authenticate',
      created_at: '2026-11-22T12:30:00Z',
      checkin_event: { ids: { id: 'D1', type: 'Device' } },
    });
    expect(notes.map(({ status }) => status)).toEqual(['lost', 'lost']);
  });

  it.each([
    ['a minute and a second', '2026-11-22T10:58:59Z', 'sending'],
    ['less than a minute', '2026-11-22T10:59:01Z', 'lost'],
  ])('of a new enrolment loses what was sent %s after it, for the clocks differ', async (_, time, status) => {
    const event = { topic: 'mdm.Authenticate', created_at: time, checkin_event: { ids: { id: 'D1', type: 'Device' } } };
    expect((await noted(event)).map((note) => note.status)).toEqual([status, status]);
  });

  it('is read from a body of the greatest length, whatever a device put into it', async () => {
    const report = '<?xml version="1.0"?>'.padEnd(3_000_000, 'x') + '<!--x-->';
    const event = acknowledged('read');
    event.acknowledge_event.raw_payload = Buffer.from(report).toString('base64');
    expect((await noted(event)).find(({ command }) => command === 'read')).toMatchObject({ status: 'error' });
  });
});
