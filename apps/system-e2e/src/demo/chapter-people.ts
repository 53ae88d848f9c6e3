import { type Person, readRecorded, recordOf } from '../system/feed.ts';
import { waitUntil } from '../system/wait-until.ts';
import { topics } from './demo-system.ts';
import type { Stage } from './story.ts';

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

/** Chapter 1: 300 people from a CSV file and the recorded change events of a database become accounts with devices. */
export async function provisionPeople(
  { report, feed, directory, outcomes, samples, signal }: Stage,
  people: readonly Person[],
): Promise<void> {
  const recorded = readRecorded(samples);
  report.chapter(
    '1. People become accounts with devices',
    `300 records of a CSV file and ${recorded.length} recorded Debezium messages go into two Kafka topics.`,
  );
  const startedAt = performance.now();
  const untilAdaIsChanged = recorded.filter(({ step }) => step < '07');
  await feed.send(topics.hr, untilAdaIsChanged);
  await feed.send(topics.staff, people.map(recordOf));
  let first = '';
  const users = await waitUntil(
    'an outcome for each of the 300 people',
    async () => {
      signal.throwIfAborted();
      const done = new Set(outcomes.outcomes.filter(({ connection }) => connection === 'staff').map(({ user }) => user));
      if (done.size > 0 && first === '') first = seconds(startedAt);
      report.progress(`${done.size} of ${people.length} people provisioned`);
      return done.size === people.length && directory.users();
    },
    { withinMs: 180_000 },
  );
  await waitUntil('the account of ada', async () => (await directory.user('ada'))?.status !== undefined);
  report.progressEnd();
  report.say(`  the first after ${first} s, all 300 after ${seconds(startedAt)} s`);

  const byName = new Map(users.map((user) => [user.username, user]));
  const staff = people.map((person) => byName.get(person['username'] ?? ''));
  report.expect(
    'all 300 people have an account',
    staff.every((user) => user !== undefined),
    `${staff.filter(Boolean).length}`,
  );
  const devices = staff.reduce((sum, user) => sum + (user?.devices.length ?? 0), 0);
  const wanted = people.reduce((sum, person) => sum + usableAddresses(person), 0);
  report.expect(`together they have the ${wanted} devices that their records name`, devices === wanted, String(devices));
  const disabled = people.filter((person) => person['enabled'] !== 'true').map((person) => byName.get(person['username'] ?? ''));
  report.expect(
    `the ${disabled.length} disabled people have an account that is not active, and no device`,
    disabled.every((user) => user?.status === 'NOT_ACTIVE' && user.devices.length === 0),
  );
  const withNumber = people.find(
    (person) =>
      usable.phone.test(person['mobile'] ?? '') && person['mailAlternate'] && person['telephone'] && person['enabled'] === 'true',
  );
  const example = byName.get(withNumber?.['username'] ?? '');
  report.expect(
    'primary device on create: the SMS number, though the e-mail was paired first',
    primaryOf(example) === 'SMS Number 1',
    primaryOf(example),
  );
  if (example)
    report.table(
      ['nickname', 'type', 'role'],
      example.devices.map(({ nickname, type, role }) => [nickname, type, role]),
    );
  const reported = outcomes.outcomes.filter(
    ({ connection, findings }) => connection === 'staff' && findings.some(({ kind }) => kind === 'value-invalid'),
  );
  const unusable = people.filter((person) => person['enabled'] === 'true' && hasUnusableAddress(person));
  report.expect(
    `the ${unusable.length} people with an address that is none ("Not An Address", "n/a", "+1") kept the rest, and each is reported`,
    new Set(reported.map(({ user }) => user)).size === unusable.length,
    `${reported.length} reports`,
  );

  await feed.send(topics.hr, recorded.slice(untilAdaIsChanged.length));
  const ada = await waitUntil('the recorded delete of ada', async () => {
    const user = await directory.user('ada');
    return user?.status === 'SUSPENDED' && user;
  });
  report.expect(
    'recorded database events: ada was inserted, changed, renumbered and deleted, and is suspended now',
    ada.status === 'SUSPENDED',
  );
  const again = await waitUntil('the account made by the last recorded events', () => directory.user('again'));
  report.expect(
    'a deleted row that was inserted again is an account again',
    again.status === 'ACTIVE' || again.devices.length === 0,
    again.status,
  );
}

const primaryOf = (
  user: { readonly devices: readonly { readonly nickname: string; readonly role: string }[] } | undefined,
): string => user?.devices.find(({ role }) => role === 'PRIMARY')?.nickname ?? 'none';

/** Counted from the file with rules of its own, so that the demo does not check the product with the product. */
const usable = {
  mail: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  phone: /^(?:\+\d[\d ()-]{7,}|0\d{4} \d{3} \d{3})(?:,[\d#*,]+)?$/,
};
const hasUnusableAddress = (person: Person): boolean =>
  (['mail', 'mailAlternate', 'mobile', 'telephone'] as const).some((field) => {
    const text = (person[field] ?? '').trim();
    return text !== '' && !(field.startsWith('mail') ? usable.mail : usable.phone).test(text);
  });

function usableAddresses(person: Person): number {
  if (person['enabled'] !== 'true') return 0;
  const mails = [person['mail'], person['mailAlternate']].filter((text) => usable.mail.test(text ?? ''));
  const phones = [person['mobile'], person['telephone']].filter((text) => usable.phone.test((text ?? '').trim()));
  return mails.length + phones.length;
}
