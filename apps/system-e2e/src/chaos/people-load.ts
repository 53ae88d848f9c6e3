import type { SourcePerson } from '../proof/wanted-account.ts';
import type { Feed, FeedRecord } from '../system/feed.ts';
import type { SeenDirectory } from '../system/seen-directory.ts';
import { waitUntil } from '../system/wait-until.ts';
import { Draws } from './draws.ts';
import { eventOf, firstOf, type Member, nextOf } from './people.ts';

export interface PeopleLoadOptions {
  readonly seed: string;
  readonly members: readonly Member[];
  readonly feed: Pick<Feed, 'send'>;
  readonly directory: Pick<SeenDirectory, 'user' | 'removeDevice'>;
  readonly topicOf: (member: Member) => string;
  /**
   * Resolves when all first records are worked on. A leaver whom the product never saw has an account that is not its to take (P24), so before
   * that the end would depend on which records were seen.
   */
  readonly untilKnown: () => Promise<void>;
  /** Asked again at each tick. */
  readonly changesPerSecond: () => number;
}

export interface PeopleLoad {
  /** The newest record of each, once it has been sent; null: deleted at the source. */
  readonly newest: ReadonlyMap<Member, SourcePerson | null>;
  readonly counts: () => { readonly changes: number; readonly records: number; readonly drifts: number };
  /** Stops changing; resolves when Kafka has everything. */
  readonly stop: () => Promise<void>;
}

/** Earlier records of a person that may be sent again. */
const remembered = 3;
const tickMs = 250;
/** One change in so many is preceded by an administrator who removes a managed device at the provider (R33). */
const driftEvery = 12;

/**
 * Changes people at random, at a fixed rate: each record one to three times, mixed with old ones. What Kafka did not confirm is sent again until
 * it does, so the newest record of each is in the topic in the end.
 */
export async function startPeopleLoad(options: PeopleLoadOptions): Promise<PeopleLoad> {
  const { seed, members, feed, directory, topicOf, untilKnown, changesPerSecond } = options;
  const draws = new Draws(seed, 'people');
  const newest = new Map<Member, SourcePerson | null>();
  const sent = new Map<Member, FeedRecord[]>();
  let [sequence, changes, records, drifts, isOver] = [0, 0, 0, 0, false];

  const deliver = async (batch: readonly (readonly [Member, FeedRecord])[]): Promise<void> => {
    const byTopic = new Map<string, FeedRecord[]>();
    for (const [member, record] of batch) byTopic.set(topicOf(member), [...(byTopic.get(topicOf(member)) ?? []), record]);
    for (const [topic, list] of byTopic)
      await waitUntil(`Kafka to take records of ${topic}`, () => feed.send(topic, list).then(() => true, () => false), { withinMs: 180_000, everyMs: 500 }); // prettier-ignore
    records += batch.length;
  };
  const record = (member: Member, person: SourcePerson | null): FeedRecord => {
    const made = eventOf(member, person, (sequence += 1));
    newest.set(member, person);
    sent.set(member, [made, ...(sent.get(member) ?? [])].slice(0, remembered));
    return made;
  };
  const drift = async (member: Member): Promise<void> => {
    const devices = (await directory.user(member.username).catch(() => undefined))?.devices ?? [];
    const managed = devices.filter(({ nickname, role }) => / 1$/.test(nickname) && role !== 'PRIMARY');
    if (member.kind === 'less' || managed.length === 0) return; // who must never have less is not robbed
    // Between the look and the removal the worker may have replaced it.
    await directory.removeDevice(member.username, draws.one(managed).deviceId).then(() => (drifts += 1), () => undefined); // prettier-ignore
  };
  const change = async (): Promise<(readonly [Member, FeedRecord])[]> => {
    const member = draws.one(members);
    if (draws.below(driftEvery) === 0) await drift(member);
    const old = draws.below(4) === 0 ? (sent.get(member) ?? []).slice(0, 1 + draws.below(remembered)) : [];
    const made = record(member, nextOf(member, draws));
    changes += 1;
    const copies = Array.from({ length: draws.between(1, 3) }, () => made);
    return draws.shuffled([...copies, ...old]).map((one) => [member, one] as const);
  };

  await deliver(members.map((member) => [member, record(member, firstOf(member))] as const));
  await untilKnown();
  const loop = async (): Promise<void> => {
    let due = 0;
    let before = performance.now();
    while (!isOver) {
      await waitUntil('the next tick', () => Promise.resolve(isOver || performance.now() - before >= tickMs), { everyMs: 20 });
      // A tick that was missed while Kafka was away is not made up for: the load is modest on purpose.
      due += (Math.min(performance.now() - before, 2 * tickMs) / 1_000) * changesPerSecond();
      before = performance.now();
      const batch: (readonly [Member, FeedRecord])[] = [];
      for (; due >= 1; due -= 1) batch.push(...(await change()));
      await deliver(batch);
    }
  };
  const running = loop();
  running.catch(() => undefined); // told by stop
  return {
    newest,
    counts: () => ({ changes, records, drifts }),
    stop: async () => {
      isOver = true;
      await running;
    },
  };
}
