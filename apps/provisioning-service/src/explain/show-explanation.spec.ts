import { describe, expect, it } from '@jest/globals';
import type { DeviceId, Explanation, PlanHash, SlotValue, UserHash } from '@tallystick/devices-domain';
import { deviceSlots } from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { masked, maskText, unmasked } from './mask-personal.ts';
import { isKnown, showExplanation } from './show-explanation.ts';

describe('a masked text', () => {
  it.each([
    ['ada.lovelace@analytical.example', 'a•••@a•••'],
    ['+44 7700 900123', '•••23'],
    ['tel. 0041-44-123 45 67', '•••67'],
    ['020 7946 0958;ext=77', '•••77'],
    ['Lovelace', 'L•••'],
    ['Özil-Müller', 'Ö•••'],
    ['Ada', '•••'],
    ['u1234', '•••'],
    ['12', '•••'],
    ['a7700900123b', '•••23'],
    ['', '•••'],
  ])('%s keeps next to nothing', (text, shown) => {
    expect(maskText(text)).toBe(shown);
  });
});

const number = '+447700900123';
const personal = ['lovelace', 'Lovelace', '7700900', 'analytical', 'Kitchen', 'countess', 'Byron', '1815', '77119'];
const value = (slot: string): SlotValue =>
  slot.startsWith('Email')
    ? { kind: 'value', address: { kind: 'email', address: 'ada@analytical.example' } }
    : slot.startsWith('SMS')
      ? { kind: 'value', address: { kind: 'sms', number } }
      : { kind: 'value', address: { kind: 'voice', number, extension: '77119' } };
const profile = { email: 'ada@analytical.example', firstName: 'Countess', lastName: 'Lovelace' };
const device = 'd1' as DeviceId;

/** Something personal in every place that can hold it. */
const everything: Explanation = {
  environment: environmentId('acme'),
  connection: connectionId('workforce'),
  user: '0'.repeat(32) as UserHash,
  at: instant(1_800_000_000_000),
  connectionVersion: 3,
  record: {
    position: 'e000000-01',
    deleted: false,
    pending: true,
    attributes: { name: 'ada.lovelace', mobile: number, born: 181_512_10, active: true, note: 'Byron', gone: null },
  },
  scope: 'in',
  targets: [
    { target: 'userName', result: 'value', from: 'attribute name', raw: 'ADA.LOVELACE', value: 'ada.lovelace' },
    { target: 'mfaSms1', result: 'value', from: 'expression', raw: '07700900123', value: number },
    { target: 'country', result: 'value', raw: 'GB', value: 'GB' },
  ],
  desired: {
    ok: true,
    value: {
      ...{ kind: 'present', username: 'ada.lovelace', enabled: true, profile },
      slots: Object.fromEntries(deviceSlots.map((slot) => [slot, value(slot)])) as never,
    },
  },
  owner: 'this-user',
  observed: {
    ok: true,
    value: {
      ...{ kind: 'present', status: 'active', profile },
      devices: [
        {
          id: device,
          nickname: 'Kitchen phone of Lovelace',
          type: 'SMS',
          address: { kind: 'sms', number },
          primary: true,
          enrolledAt: '',
        },
        {
          id: device,
          nickname: 'Email 1',
          slot: 'Email 1',
          type: 'Email',
          address: { kind: 'email', address: 'ada@analytical.example' },
          primary: false,
          enrolledAt: '',
        },
      ],
    },
  },
  plan: {
    steps: [
      { kind: 'create-user', enabled: true, profile, reason: 'user-missing' },
      { kind: 'rename-user', from: 'countess.lovelace', reason: 'username-changed' },
      {
        kind: 'pair',
        slot: 'SMS Number 1',
        address: { kind: 'sms', number },
        reason: 'value-changed',
        replaces: { kind: 'sms', number },
      },
      { kind: 'unpair', deviceId: device, slot: 'SMS Number 2', reason: 'value-cleared' },
    ],
    findings: [{ kind: 'last-working-factor', deviceId: device }],
    needs: ['last-working-factor'],
  },
  planHash: 'h' as PlanHash,
  counts: { deletions: 0, suspensions: 0, removals: 1, replacements: 1, accountChanges: 0 },
  guard: { kind: 'hold', because: 'last-working-factor' },
  unfinished: false,
  outcomes: [],
};

describe('an explanation', () => {
  it('shows nothing personal when it is masked, wherever it stands', () => {
    const text = JSON.stringify(showExplanation(everything, masked));
    expect(personal.filter((word) => text.toLowerCase().includes(word.toLowerCase()))).toEqual([]);
    // The same places do hold it otherwise, so that the check above means something.
    const open = JSON.stringify(showExplanation(everything, unmasked)).toLowerCase();
    expect(personal.filter((word) => !open.includes(word.toLowerCase()))).toEqual([]);
  });

  it('is of nobody only where no record, no outcome and no attempt is', () => {
    const { record, ...rest } = everything;
    const outcome = { kind: 'in-sync' } as unknown as Explanation['outcomes'][number];
    expect(showExplanation(rest, masked).known).toBe(false);
    expect(
      [
        { ...rest, record: record! },
        { ...rest, outcomes: [outcome] },
        { ...rest, unfinished: true },
      ].map(isKnown),
    ).toEqual([...[true, true, true]]);
  });

  it('masks what a document calls a country and is none', () => {
    const targets = [{ target: 'country', result: 'value', raw: 'ada@home.example', value: 'ada@home.example' }] as const;
    expect(showExplanation({ ...everything, targets }, masked).targets).toEqual([
      { target: 'country', result: 'value', raw: 'a•••@h•••', value: 'a•••@h•••' },
    ]);
  });

  it('says the same to both of what is not personal', () => {
    const shown = showExplanation(everything, masked);
    expect(shown).toMatchObject({
      record: { attributes: { active: true, gone: null, mobile: '•••23', name: 'a•••' } },
      targets: [{ from: 'attribute name', value: expect.any(String) }, { value: '•••23' }, { value: 'GB' }],
      desired: { kind: 'present', slots: { 'SMS Number 1': { address: '•••23' }, 'Email 1': { address: 'a•••@a•••' } } },
      observed: {
        devices: [
          { nickname: 'K•••', id: 'd1' },
          { nickname: 'Email 1', slot: 'Email 1' },
        ],
      },
      plan: { steps: [{ kind: 'create-user' }, { from: 'c•••' }, { slot: 'SMS Number 1' }, { deviceId: 'd1' }] },
      guard: { kind: 'hold', text: expect.stringContaining('sign in') },
    });
  });
});
