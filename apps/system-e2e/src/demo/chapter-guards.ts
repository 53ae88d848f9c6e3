import { type Person, recordOf } from '../system/feed.ts';
import { ProvisioningClient, type SeenPass } from '../system/provisioning-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import { topics } from './demo-system.ts';
import type { Report } from './report.ts';
import type { Stage } from './story.ts';

/** The people who vanish; others are needed by later chapters. */
const vanishing = { from: 200, to: 300 };

interface SeenExplanation {
  readonly record?: { readonly position: string; readonly deleted: boolean };
  readonly targets: readonly {
    readonly target: string;
    readonly result: string;
    readonly from?: string;
    readonly value?: string;
  }[];
  readonly owner?: string;
  readonly observed?: { readonly status?: string; readonly devices?: readonly object[] };
  readonly plan?: { readonly steps: readonly { readonly text: string }[] };
}

/** Chapter 5: what a change would do, a datastore that loses a third of its people, and why one of them is as they are. */
export async function holdMassRemoval({ report, feed, directory, system }: Stage, people: readonly Person[]): Promise<void> {
  report.chapter(
    '5. Looked at before, and stopped in time',
    'A preview plans everybody and writes nothing. Then the datastore loses a third of its people: a guard stops the plan, a person decides.',
  );
  const as = (role: string) => ProvisioningClient.as(system, 'staff', { account: `demo-${role}`, roles: [role] });
  const [operator, approver, viewer] = await Promise.all([as('operator'), as('approver'), as('viewer')]);
  await previewOverwrite(report, operator, directory);

  const leaving = people.slice(vanishing.from, vanishing.to).filter(({ enabled }) => enabled === 'true');
  await feed.send(
    topics.staff,
    leaving.map(({ id }) => ({ key: id!, value: null })),
  );
  const openHold = async (users: number) => (await operator.holds()).find((it) => it.state === 'open' && it.users === users);
  const letThrough = 10;
  const hold = await waitUntil('the guard to hold the removals', () => openHold(leaving.length - letThrough));
  const names = new Set(leaving.map(({ username }) => username));
  const suspended = async () =>
    (await directory.users()).filter(({ username, status }) => status === 'SUSPENDED' && names.has(username)).length;
  const done = await waitUntil(
    'those within the limit to be suspended',
    async () => (await suspended()) >= letThrough && suspended(),
  );
  report.table(
    ['hold', 'why', 'users', 'to be suspended'],
    [[hold.id, hold.text, String(hold.users), String(hold.counts.suspensions)]],
  );
  report.expect(
    `${leaving.length} people vanish from the datastore: ${letThrough} are suspended, ${hold.users} are held (R24, R25)`,
    done === letThrough,
    String(done),
  );

  const [gone] = await heldOnes(operator, hold.id, leaving);
  await feed.send(topics.staff, leaving.filter((it) => it !== gone).map(recordOf));
  const one = await waitUntil('everybody who came back to leave the hold', () => openHold(1));
  report.expect('it was an accident: who comes back leaves the hold, nothing was done to them (R26)', one.users === 1);
  const outdated = await approver.answer(hold, 'approve', 'demo');
  report.expect('an approval of what was seen before is refused: the hold is another by now', outdated.status === 409);
  const approved = await approver.answer(one, 'approve', 'they did leave');
  await waitUntil(
    'the one who did leave to be suspended',
    async () => (await directory.user(gone!['username']!))?.status === 'SUSPENDED',
  );
  await waitUntil('the others to be active again', async () => (await suspended()) === 1);
  report.expect('the one who did leave is suspended after a person approved exactly that', approved.ok);

  const { user } = await viewer.userOf(gone!['id']!);
  const why = await viewer.send<SeenExplanation>('GET', `/users/${user}/explain`);
  report.say('  why one user is as they are, as a viewer sees it:');
  report.table(
    ['attribute', 'from', 'value (masked)'],
    why.targets.filter(({ value }) => value !== undefined).map(({ target, from, value }) => [target, from ?? '', value ?? '']),
  );
  report.expect(
    `explained: record ${why.record?.deleted ? 'deleted' : 'living'}, account ${why.observed?.status ?? 'unknown'}, ${why.plan?.steps.length ?? 0} steps to do`,
    why.record?.deleted === true && why.observed?.status === 'suspended' && why.plan?.steps.length === 0,
    JSON.stringify(why),
  );
}

async function previewOverwrite(report: Report, operator: ProvisioningClient, directory: Stage['directory']): Promise<void> {
  const { document } = await operator.send<{ readonly document: Readonly<Record<string, unknown>> }>('GET', '');
  const candidate = { ...document, options: { ...(document['options'] as object), manageDevices: 'overwrite' } };
  const { writes } = await directory.counters();
  const started = await operator.startPass('preview', candidate);
  const pass = await waitUntil('the preview', async () => {
    const seen: SeenPass = await operator.pass(started.id);
    report.progress(`${seen.progress.looked} of ${seen.progress.users} people planned`);
    return seen.stage === 'done' && seen;
  });
  report.progressEnd();
  const { reasons } = await operator.send<{
    readonly reasons: readonly {
      readonly reason: string;
      readonly users: number;
      readonly meanings: readonly { readonly text: string }[];
    }[];
  }>('GET', `/passes/${pass.id}/summary`);
  report.say('  preview: what if this connection overwrote devices instead of merging them?');
  report.table(
    ['people', 'why'],
    reasons.map(({ users, reason, meanings }) => [String(users), meanings[0]?.text ?? reason]),
  );
  report.expect(
    `${pass.progress.looked} people planned, ${pass.progress.differ} would lose or get something, and not one write at the provider`,
    pass.progress.looked === pass.progress.users && pass.progress.differ > 0 && (await directory.counters()).writes === writes,
    JSON.stringify(pass.progress),
  );
}

/** Of those who leave, the ones that wait in the hold. */
async function heldOnes(operator: ProvisioningClient, hold: string, leaving: readonly Person[]): Promise<Person[]> {
  const users = new Set((await operator.heldUsers(hold)).map(({ user }) => user));
  const known = await Promise.all(leaving.map(async (person) => [person, (await operator.userOf(person['id']!)).user] as const));
  return known.filter(([, user]) => users.has(user)).map(([person]) => person);
}
