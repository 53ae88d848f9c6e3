import { describe, expect, it } from '@jest/globals';
import type { DesiredUser } from './desired-user.ts';
import type { AccountStatus } from './observed-user.ts';
import { absent, account, device, email, nothing, plan, profile, user } from './plan-cases.ts';

const gone: DesiredUser = { kind: 'gone', username: 'ada' };
const disabled = user({ 'Email 1': 'ada@home.example' }, { enabled: false });
const iphone = device(1, "Ada's iPhone", 'iPhone');
const others: AccountStatus[] = ['not-active', 'pending', 'pending-activation', 'pending-change-device', 'locked', 'other'];

describe('P20: the username links', () => {
  it('an account that is there is updated, not created', () => {
    const { steps } = plan(user(), account([], { profile: {} }));
    expect(steps).toEqual([{ kind: 'edit-user', profile, reason: 'profile-differs' }]);
  });
});

describe('P21: User Create', () => {
  it('creates the account with the attributes that have a value, then its devices', () => {
    const wanted = user({ 'Email 1': 'ada@home.example' }, { profile: { firstName: 'Ada', lastName: '' } });
    expect(plan(wanted, absent)).toEqual({
      steps: [
        { kind: 'create-user', enabled: true, profile: { firstName: 'Ada' }, reason: 'user-missing' },
        { kind: 'pair', slot: 'Email 1', address: email('ada@home.example'), reason: 'slot-empty' },
      ],
      findings: [],
    });
  });

  it('off: the user is reported and nothing is done', () => {
    const off = { steps: [], findings: [{ kind: 'user-not-created', because: 'create-off' }] };
    expect(plan(user({ 'Email 1': 'ada@home.example' }), absent, { createUsers: false })).toEqual(off);
    expect(plan(disabled, absent, { createUsers: false })).toEqual(off);
  });
});

describe('P22: User Update off', () => {
  it.each([
    ['a profile that differs', account([], { profile: {} })],
    ['a device that is missing', account()],
    ['A7: a suspended account', account([device(1, 'Email 1', email('ada@home.example'))], { status: 'suspended' })],
  ])('%s is one finding and no step', (_, observed) => {
    const wanted = user({ 'Email 1': 'ada@home.example' });
    expect(plan(wanted, observed, { updateUsers: false })).toEqual({ steps: [], findings: [{ kind: 'user-not-updated' }] });
  });

  it('says nothing of an account that is as it should be', () => {
    const observed = account([device(1, 'Email 1', email('ada@home.example'))]);
    expect(plan(user({ 'Email 1': 'ada@home.example' }), observed, { updateUsers: false })).toEqual(nothing);
  });

  it('does not stop removal, which has a switch of its own', () => {
    expect(plan(gone, account(), { updateUsers: false }).steps).toEqual([
      { kind: 'suspend-user', reason: 'gone-from-datastore' },
    ]);
  });

  it('lets an account that this unfinished run created be finished', () => {
    const wanted = user({ 'Email 1': 'ada@home.example' });
    const { steps } = plan(wanted, account(), { updateUsers: false }, { intent: { createdByUs: true } });
    expect(steps).toEqual([{ kind: 'pair', slot: 'Email 1', address: email('ada@home.example'), reason: 'slot-empty' }]);
  });
});

describe('P23: User Disable / Delete off', () => {
  it.each([gone, disabled])('a user who leaves is reported and stays', (desired) => {
    for (const removeAction of ['disable', 'delete'] as const) {
      const finding = { steps: [], findings: [{ kind: 'user-not-removed' }] };
      expect(plan(desired, account([iphone]), { disableUsers: false, removeAction })).toEqual(finding);
    }
  });

  it('an account that is suspended already would not have been touched, so there is nothing to report', () => {
    expect(plan(disabled, account([], { status: 'suspended' }), { disableUsers: false })).toEqual(nothing);
  });
});

describe('P24: Remove User Action', () => {
  it.each([
    [gone, 'gone-from-datastore'],
    [disabled, 'disabled-in-datastore'],
  ] as const)('suspends or deletes, and does nothing else (T13)', (desired, reason) => {
    const observed = account([iphone], { profile: {} });
    expect(plan(desired, observed, { removeAction: 'disable' })).toEqual({
      steps: [{ kind: 'suspend-user', reason }],
      findings: [],
    });
    expect(plan(desired, observed, { removeAction: 'delete', manageDevices: 'overwrite' })).toEqual({
      steps: [{ kind: 'delete-user', reason }],
      findings: [],
    });
  });

  it('a suspended account is suspended already, and is deleted all the same', () => {
    const observed = account([iphone], { status: 'suspended' });
    expect(plan(disabled, observed)).toEqual(nothing);
    expect(plan(gone, observed, { removeAction: 'delete' }).steps).toEqual([
      { kind: 'delete-user', reason: 'gone-from-datastore' },
    ]);
  });

  it.each(others)('an account that is %s can not be suspended (10561): it is reported', (status) => {
    expect(plan(disabled, account([], { status }))).toEqual({ steps: [], findings: [{ kind: 'status-left', status }] });
  });

  it('a gone user without an account is as gone as can be', () => {
    expect(plan(gone, absent)).toEqual(nothing);
  });
});

describe('P25: Provision Disabled Users', () => {
  it('creates a disabled user without activating it, and without devices', () => {
    const step = { kind: 'create-user', enabled: false, profile, reason: 'disabled-user-missing' };
    expect(plan(disabled, absent)).toEqual({ steps: [step], findings: [] });
  });

  it('off: the user is reported', () => {
    const finding = { kind: 'user-not-created', because: 'provision-disabled-off' };
    expect(plan(disabled, absent, { provisionDisabledUsers: false })).toEqual({ steps: [], findings: [finding] });
  });
});

describe('P26: the loop of Delete with Provision Disabled Users', () => {
  it('a disabled user who would be deleted the next time is not created', () => {
    const finding = { kind: 'user-not-created', because: 'delete-loop' };
    expect(plan(disabled, absent, { removeAction: 'delete' })).toEqual({ steps: [], findings: [finding] });
  });

  it('there is no loop where nothing is deleted', () => {
    const { steps } = plan(disabled, absent, { removeAction: 'delete', disableUsers: false });
    expect(steps).toMatchObject([{ kind: 'create-user', enabled: false }]);
  });
});

describe('P27: attributes are not cleared', () => {
  it.each([{}, { firstName: '' }])('a profile field without a value changes nothing: %j', (wanted) => {
    expect(plan(user({}, { profile: wanted }), account())).toEqual(nothing);
  });
});

describe('P28: an edit replaces the whole profile', () => {
  it('so it carries what is there under what is mapped (A6)', () => {
    const { steps } = plan(user({}, { profile: { firstName: 'Augusta' } }), account());
    expect(steps).toEqual([{ kind: 'edit-user', profile: { ...profile, firstName: 'Augusta' }, reason: 'profile-differs' }]);
  });

  it('and is made only where something differs (A2)', () => {
    expect(plan(user(), account())).toEqual(nothing);
  });
});

describe('P29: the status follows the datastore only between active and suspended', () => {
  it('a suspended account of an enabled user is activated first, then edited and given its devices', () => {
    const observed = account([], { status: 'suspended', profile: {} });
    const kinds = plan(user({ 'Email 1': 'ada@home.example' }), observed).steps.map((it) => it.kind);
    expect(kinds).toEqual(['activate-user', 'edit-user', 'pair']);
    expect(plan(user(), observed).steps[0]).toEqual({ kind: 'activate-user', reason: 'enabled-in-datastore' });
  });

  it.each(['not-active', 'pending', 'locked', 'other'] as const)('A14: %s is left and reported', (status) => {
    expect(plan(user(), account([], { status }))).toEqual({ steps: [], findings: [{ kind: 'status-left', status }] });
  });

  it.each(['active', 'pending-activation', 'pending-change-device'] as const)('%s is a normal state', (status) => {
    expect(plan(user(), account([], { status }))).toEqual(nothing);
  });

  it.each(others)('an account that is %s gets its devices', (status) => {
    const { steps } = plan(user({ 'Email 1': 'ada@home.example' }), account([], { status }));
    expect(steps.map((it) => it.kind)).toEqual(['pair']);
  });
});

describe('T13: no device calls for users who leave', () => {
  it('Overwrite does not remove the devices of a disabled user', () => {
    expect(plan(disabled, account([iphone], { status: 'suspended' }), { manageDevices: 'overwrite' })).toEqual(nothing);
  });
});
