import type { AccountHash, Intent, OpenWork, UnderWay } from '@tallystick/devices-domain';

/** What is known of the user, whatever their account is; what is under way at the account; and what is at their others. */
function partsOf(intent: Intent) {
  const { managed, begun, deleting, renaming, held, elsewhere = [], ...underWay } = intent;
  const ofUser = {
    ...(managed && { managed }),
    ...(begun && { begun }),
    ...(deleting && { deleting }),
    ...(renaming && { renaming }),
    ...(held && { held }),
  };
  return { ofUser, underWay, elsewhere };
}

const nothing: UnderWay = { createdByUs: false };

const isSomething = ({ createdByUs, ...more }: UnderWay): boolean => createdByUs || Object.keys(more).length > 0;

type Elsewhere = NonNullable<Intent['elsewhere']>;

const joined = (ofUser: Partial<Intent>, underWay: UnderWay, elsewhere: Elsewhere): Intent => ({
  ...ofUser,
  ...underWay,
  ...(elsewhere.length > 0 && { elsewhere }),
});

/** What was under way at one account is not applied to another one: it waits until its user is back there, or the account has another name. */
export function intentAbout({ account: before, intent }: OpenWork, account: AccountHash): Intent {
  if (before === undefined || before === account) return intent;
  const { ofUser, underWay, elsewhere } = partsOf(intent);
  const there = elsewhere.find((it) => it.account === account)?.intent ?? nothing;
  const others = elsewhere.filter((it) => it.account !== account && it.account !== before);
  return joined(ofUser, there, isSomething(underWay) ? [...others, { account: before, intent: underWay }] : others);
}

/** The account has another name, and what was under way at it comes along. */
export function workAfterMove(work: OpenWork, from: AccountHash, to: AccountHash): OpenWork {
  const { ofUser, underWay, elsewhere } = partsOf(work.intent);
  const at = (account: AccountHash): UnderWay =>
    work.account === account ? underWay : (elsewhere.find((it) => it.account === account)?.intent ?? nothing);
  const moved: UnderWay = { ...at(from), ...at(to), createdByUs: at(from).createdByUs || at(to).createdByUs };
  const others = elsewhere.filter((it) => it.account !== from && it.account !== to);
  if (work.account === from || work.account === to) return { ...work, account: to, intent: joined(ofUser, moved, others) };
  // What is about a third account, which the name means by now, does not mix with what came along.
  return {
    ...work,
    intent: joined(ofUser, underWay, isSomething(moved) ? [...others, { account: to, intent: moved }] : others),
  };
}

/** Only this is under way at the account: it was another user's until now. */
export const withOnly = (intent: Intent, underWay: UnderWay): Intent => {
  const { ofUser, elsewhere } = partsOf(intent);
  return joined(ofUser, underWay, elsewhere);
};

/** Somebody else had the account since, or nobody: what was known of it is of another time. `isIt`: whether a username is that of the account. */
export function withoutHistory(work: OpenWork, account: AccountHash, isIt: (username: string) => boolean): OpenWork {
  const { ofUser, underWay, elsewhere } = partsOf(work.intent);
  const { managed, begun = [], deleting = [], ...more } = ofUser;
  const others = begun.filter(({ username }) => !isIt(username));
  const stillDeleting = deleting.filter((username) => !isIt(username));
  const kept = {
    ...more,
    ...(managed && !isIt(managed.username) && { managed }),
    ...(others.length > 0 && { begun: others }),
    ...(stillDeleting.length > 0 && { deleting: stillDeleting }),
  };
  const { noted } = underWay; // what waits for a person is told once
  const there = work.account === account ? { ...nothing, ...(noted && { noted }) } : underWay;
  return {
    ...work,
    intent: joined(
      kept,
      there,
      elsewhere.filter((it) => it.account !== account),
    ),
  };
}

/** What another key of the same person had under way at the account is this one's; what it was allowed, and has told, was about its own records. */
export function withInherited(work: OpenWork, account: AccountHash, theirs: OpenWork): OpenWork {
  const { granted: _asked, noted: _told, ...underWay } = partsOf(intentAbout(theirs, account)).underWay;
  const { ofUser, elsewhere } = partsOf(intentAbout(work, account));
  return { ...work, account, intent: joined(ofUser, underWay, elsewhere) };
}

/** The account is called so by now: other spellings of the same name mean it too. */
export function respelled(work: OpenWork, isIt: (username: string) => boolean, username: string): OpenWork {
  const { managed, begun = [], deleting = [] } = work.intent;
  const names = [...(managed ? [managed.username] : []), ...begun.map((it) => it.username), ...deleting];
  if (names.every((name) => name === username || !isIt(name))) return work;
  const named = (name: string): string => (isIt(name) ? username : name);
  const all = begun.map((it) => ({ ...it, username: named(it.username) }));
  const once = all.filter((it, at) => all.findLastIndex((other) => other.username === it.username) === at);
  return {
    ...work,
    intent: {
      ...work.intent,
      ...(managed && { managed: { username: named(managed.username) } }),
      ...(once.length > 0 && { begun: once }),
      ...(deleting.length > 0 && { deleting: [...new Set(deleting.map(named))] }),
    },
  };
}

/** There is no such account any more. */
export function withoutAccount(work: OpenWork, account: AccountHash): OpenWork {
  const { elsewhere = [], ...intent } = work.intent;
  const others = elsewhere.filter((it) => it.account !== account);
  return { ...work, intent: { ...intent, ...(others.length > 0 && { elsewhere: others }) } };
}
