import { describe, expect, it } from '@jest/globals';
import type { SeenDevice, SeenUser } from '../system/seen-directory.ts';
import { differences, type Rules, wantedAccount } from './wanted-account.ts';

const device = (deviceId: string, nickname: string, value: string, role = 'SECONDARY'): SeenDevice => ({ deviceId, nickname, value, role, type: 'SMS' }); // prettier-ignore
const account = (...devices: SeenDevice[]): SeenUser => ({ username: 'ada', status: 'ACTIVE', devices });
const merge: Rules = { dialect: 'pingid', devices: 'merge', leavers: 'suspend' };
const ada = { username: 'ada', enabled: true, mobile: '+15550100001' };
const [mine, phone] = [device('7', 'Work iPhone', ''), device('1', 'SMS Number 1', '1 5550100001', 'PRIMARY')];
const of = (before: SeenUser | undefined, rules: Partial<Rules> = {}, person: typeof ada | null = ada) => wantedAccount(before, person, { ...merge, ...rules }); // prettier-ignore

describe('the model of what must be', () => {
  it('T3: asks for one device of the wanted value in an empty slot, and takes no two', () => {
    const made = device('5', 'SMS Number 1', '15550100001');
    expect(differences(account(made), of(account()))).toEqual([]);
    expect(differences(account(), of(account()))).toEqual(['SMS Number 1 is missing, or not with the wanted value']);
    expect(differences(account(made, device('6', 'SMS Number 1', '15550100001')), of(account()))).toEqual(['there is a SMS Number 1 too many']); // prettier-ignore
  });

  it('T4, P42: takes no other device for one that has the value already', () => {
    expect(differences(account(phone), of(account(phone)))).toEqual([]);
    expect(differences(account({ ...phone, deviceId: '9' }), of(account(phone)))).toHaveLength(2);
  });

  it('T9, T11, I2: keeps what is not managed under Merge, and takes nothing that is left of it under Overwrite', () => {
    const before = account(phone, mine);
    expect(differences(account(phone, mine), of(before))).toEqual([]);
    expect(differences(account(phone), of(before))).toEqual(['Work iPhone is missing, or not the device that it was']);
    expect(differences(account(phone), of(before, { devices: 'overwrite' }))).toEqual([]);
    expect(differences(account(phone, mine), of(before, { devices: 'overwrite' }))).toEqual(['there is a Work iPhone too many']);
  });

  it('T6: keeps the device of a cleared value, unless the rules remove it', () => {
    const { mobile: _, ...without } = ada;
    const wanted = (rules: Partial<Rules>) => wantedAccount(account(phone), without, { ...merge, ...rules });
    expect(differences(account(phone), wanted({}))).toEqual([]);
    expect(differences(account(), wanted({ removesCleared: true }))).toEqual([]);
  });

  it('P47: an adopted device keeps its id under the name of the slot', () => {
    const own = device('3', 'my phone', '15550100001');
    const wanted = of(account(own), { adopts: true });
    expect(differences(account({ ...own, nickname: 'SMS Number 1' }), wanted)).toEqual([]);
    expect(differences(account(own, device('4', 'SMS Number 1', '15550100001')), wanted)).toHaveLength(3);
  });

  it('I9, PR8: the primary device stays primary; a replaced one hands its role on where the rules say so', () => {
    expect(differences(account({ ...phone, role: 'SECONDARY' }), of(account(phone)))).toEqual(['SMS Number 1 is not primary']);
    const before = account({ ...phone, value: '19990000000' });
    const replaced = device('8', 'SMS Number 1', '15550100001');
    expect(differences(account(replaced), of(before))).toEqual([]);
    expect(differences(account(replaced), of(before, { keepsPrimary: true }))).toEqual(['SMS Number 1 is not primary']);
  });

  it('P24: who has left is suspended with all devices, or gone', () => {
    expect(differences({ ...account(phone), status: 'SUSPENDED' }, of(account(phone), {}, null))).toEqual([]);
    expect(differences(account(phone), of(account(phone), {}, null))).toEqual(['the account is ACTIVE, and should be SUSPENDED']);
    expect(differences(undefined, of(account(phone), { leavers: 'delete' }, null))).toEqual([]);
    expect(differences(undefined, of(account(phone)))).toEqual(['the account is missing']);
  });
});
