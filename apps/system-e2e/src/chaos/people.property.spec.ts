import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SeenDevice, SeenUser } from '../system/seen-directory.ts';
import { Draws } from './draws.ts';
import { accountOf, eventOf, firstOf, kinds, membersOf, nextOf } from './people.ts';
import { differencesOf } from './verdict-on-people.ts';

const members = membersOf(12);
const anybody = fc.integer({ min: 0, max: 11 }).map((at) => members[at]!);
const device = (deviceId: string, nickname: string, value: string, role = 'SECONDARY'): SeenDevice => ({ deviceId, nickname, value, role, type: 'SMS' }); // prettier-ignore
const own = device('9', 'iPhone of mine', '', 'PRIMARY');
const account = (status: string, ...devices: SeenDevice[]): SeenUser => ({ username: 'chaos-0', status, devices });

describe('people of a chaos run', () => {
  it('change by the seed alone, and say nothing that would make the end depend on which record was seen', () => {
    fc.assert(
      fc.property(anybody, fc.string(), (member, seed) => {
        const next = () => nextOf(member, new Draws(seed, 'people'));
        expect(next()).toEqual(next());
        const person = next();
        if (person && !kinds[member.kind].clears) expect([person.mobile, person.mail, person.desk].map((one) => one !== undefined)).toEqual([true, true, false]); // prettier-ignore
      }),
    );
  });

  it('have as many devices at first as their kind has, and a record that says so', () => {
    for (const member of members) {
      expect((accountOf(member) as { devices: object[] }).devices).toHaveLength(kinds[member.kind].devices.length);
      expect(JSON.parse(eventOf(member, firstOf(member), 7).value!)).toMatchObject({ subject: member.key, sequence: '7', type: 'tallystick.user.changed.v1' }); // prettier-ignore
      expect(JSON.parse(eventOf(member, null, 8).value!)).toMatchObject({ sequence: '8', type: 'tallystick.user.deleted.v1' });
    }
  });
});

describe('what is wrong with an account in the end', () => {
  const [merge] = members;
  const person = { username: 'chaos-0', enabled: true, mobile: '+447700901001', mail: 'shared-1@example.com' };
  const first = account('ACTIVE', own, device('1', 'SMS Number 1', '447700901000'), device('2', 'Email 1', 'shared-0@example.com')); // prettier-ignore
  const right = [own, device('5', 'SMS Number 1', '447700901001'), device('6', 'Email 1', 'shared-1@example.com')];

  it('is nothing, when managed devices have the newest values and the own one is the same, whatever was between', () => {
    expect(differencesOf(merge!, first, account('ACTIVE', ...right), person)).toEqual([]);
  });

  it('I1, I2, I9: an old value, one device too many, an own device that is another one, a lost primary', () => {
    const found = (...devices: SeenDevice[]) => differencesOf(merge!, first, account('ACTIVE', ...devices), person);
    expect(found(right[0]!, device('1', 'SMS Number 1', '447700901000'), right[2]!)).toHaveLength(2);
    expect(found(...right, device('7', 'Mobile 1', '447700901001'))).toEqual(['there is a Mobile 1 too many']);
    expect(found({ ...own, deviceId: '8' }, right[1]!, right[2]!)).toHaveLength(2);
    expect(found({ ...own, role: 'SECONDARY' }, right[1]!, right[2]!)).toEqual(['iPhone of mine is not primary']);
  });

  it('P24: a leaver keeps their own device and is suspended, or is gone where leavers are deleted', () => {
    expect(differencesOf(merge!, first, account('SUSPENDED', ...right), null)).toEqual([]);
    expect(differencesOf(merge!, first, account('ACTIVE', ...right), null)).toHaveLength(1);
    expect(differencesOf(merge!, first, account('SUSPENDED', right[1]!), null).length).toBeGreaterThan(0);
    const overwrite = members.find(({ kind }) => kind === 'overwrite')!;
    expect(differencesOf(overwrite, first, undefined, null)).toEqual([]);
    expect(differencesOf(overwrite, first, account('ACTIVE'), null)).toEqual(['the account should be gone']);
  });

  it('P44: who never has less keeps the role of primary with the slot', () => {
    const less = members.find(({ kind, dialect }) => kind === 'less' && dialect === 'pingid')!;
    const before = account('ACTIVE', device('1', 'SMS Number 1', '447700901000', 'PRIMARY'), { ...own, role: 'SECONDARY' });
    const after = (role: string) => account('ACTIVE', device('5', 'SMS Number 1', '447700901001', role), right[2]!, { ...own, role: 'SECONDARY' }); // prettier-ignore
    expect(differencesOf(less, before, after('PRIMARY'), person)).toEqual([]);
    expect(differencesOf(less, before, after('SECONDARY'), person)).toEqual(['SMS Number 1 is not primary any more']);
  });
});
