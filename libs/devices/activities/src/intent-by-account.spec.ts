import { describe, expect, it } from '@jest/globals';
import { type AccountHash, type OpenWork, type UserHash } from '@tallystick/devices-domain';
import { intentAbout, respelled, withInherited, withoutHistory } from './intent-by-account.ts';

const [here, there] = ['org/ada', 'org/ada.l'] as AccountHash[] as [AccountHash, AccountHash];
const handedOver = { at: 0 as never };
const isAda = (name: string): boolean => name.toLowerCase() === 'ada';

describe('what is under way at an account', () => {
  const work: OpenWork = { account: here, intent: { createdByUs: true, handedOver, managed: { username: 'ada.x' } }, done: [] };

  it('waits while its user is elsewhere, and is there again when they are back (P20)', () => {
    const elsewhere = intentAbout(work, there);
    expect(elsewhere).toEqual({
      createdByUs: false,
      managed: { username: 'ada.x' },
      elsewhere: [{ account: here, intent: { createdByUs: true, handedOver } }],
    });
    expect(intentAbout({ account: there, intent: elsewhere, done: [] }, here)).toEqual(work.intent);
  });

  it('goes to another key of the person, and what that key was allowed and has told does not (R23)', () => {
    const granted = { connectionVersion: 1, recordVersion: 'v1', unpairs: [], needs: [] };
    const theirs = { ...work, intent: { ...work.intent, granted, noted: { as: 'applied', plan: 'p' as never } as const } };
    const mine: OpenWork = { intent: { createdByUs: false, begun: [{ username: 'ada' }] }, done: [] };
    expect(withInherited(mine, here, theirs)).toEqual({
      account: here,
      intent: { createdByUs: true, handedOver, begun: [{ username: 'ada' }] },
      done: [],
    });
  });

  it('is void, with all that was known of it, when the account was not this user’s meanwhile', () => {
    const before: OpenWork = {
      account: here,
      intent: {
        createdByUs: true,
        managed: { username: 'Ada' },
        begun: [{ username: 'ada' }, { username: 'bob' }],
        deleting: ['ada'],
      },
      done: [],
    };
    expect(withoutHistory(before, here, isAda).intent).toEqual({ createdByUs: false, begun: [{ username: 'bob' }] });
  });
});

it('P20: an account is known by the spelling that its user has now, once', () => {
  const from = 'k' as UserHash;
  const work: OpenWork = {
    intent: {
      createdByUs: false,
      managed: { username: 'ADA' },
      begun: [{ username: 'Ada', how: 'claimed' }, { username: 'bob' }, { username: 'aDa', from }],
      deleting: ['Ada', 'ADA'],
    },
    done: [],
  };
  expect(respelled(work, isAda, 'ada').intent).toEqual({
    createdByUs: false,
    managed: { username: 'ada' },
    begun: [{ username: 'bob' }, { username: 'ada', from }],
    deleting: ['ada'],
  });
});
