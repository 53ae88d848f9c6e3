import { setImmediate as othersTurn } from 'node:timers/promises';
import { canonicalJson } from '@tallystick/kernel-core';
import type { Instant } from '@tallystick/kernel-core';
import type {
  CheckFinding,
  CommandAnswer,
  Delivery,
  DeliveryReceipt,
  DeliveryTarget,
  DeviceCommand,
  DeviceJournal,
  DeviceNote,
  ManagedApp,
  NotDone,
  Platform,
} from '@tallystick/tokens-domain';
import { commandUuid, configurationOf, readConfiguration, setConfiguration } from './device-commands.ts';
import { type DeviceStand, standOf } from './device-stand.ts';
import { type ApiNeeds, createNanomdmApi, type Enqueued } from './nanomdm-api.ts';
import type { NanomdmSettings } from './settings.ts';

export interface NanomdmNeeds extends ApiNeeds {
  readonly app: ManagedApp;
  /** Of this target alone; its webhooks are noted in the same one ({@link noteWebhook}). */
  readonly journal: DeviceJournal;
  /** A digest keyed with a secret that stays the same while a delivery runs; the same that webhooks are noted with. */
  readonly digestOf: (text: string) => string;
  readonly now: () => Instant;
}

/** Taken for queued between two looks at the journal. */
const devicesAtOnce = 100;
const callsAtOnce = 8;
/** Looked at in one go; then everything else that this process does gets its turn. */
const devicesInOneGo = 100;
/** A call without an answer is over by then. */
const settlesWithinMs = 60_000;

const isNotDone = (one: { readonly kind: string }): one is NotDone => one.kind === 'refused' || one.kind === 'try-later';
const journalAway: NotDone = { kind: 'try-later', detail: 'the store of what devices answered is away' };

class JournalAway extends Error {}
/** The journal rejects for one reason; anything else that is thrown is a defect, and stays one. */
const kept = <T>(call: Promise<T>): Promise<T> =>
  call.catch((cause: unknown) => {
    throw new JournalAway('the journal is away', { cause });
  });
function unlessAway<T>(error: unknown, otherwise: T): T {
  if (error instanceof JournalAway) return otherwise;
  throw error;
}

/**
 * Deliveries by NanoMDM: one command for each device, which replaces the app's whole managed configuration. The server has nothing to read
 * back: `stored` is that it took the command for every device, and only a device's own answer, noted from the webhook, counts as delivered.
 * A device that loses it afterwards is pending again, and gets it with the next `coverage`: one device undoes nothing for the others.
 */
export function createNanomdmTarget(settings: NanomdmSettings, needs: NanomdmNeeds): DeliveryTarget {
  const { app, journal, digestOf, now } = needs;
  const api = createNanomdmApi(settings, needs);
  const { enrolmentIds, otherKeys } = settings;
  const revision = digestOf(canonicalJson(['revision', app, otherKeys, [...enrolmentIds].sort()]));

  const receiptNow = (): DeliveryReceipt => ({ at: now(), rest: revision, before: [] });

  const misfit = (platform: Platform): NotDone | undefined => {
    if (platform !== 'ios')
      return { kind: 'refused', reason: 'slot-not-found', detail: `this target has no slot for ${platform}` };
    const near = Object.keys(otherKeys).some((key) => key.toLowerCase() === app.key.toLowerCase());
    if (!near) return undefined;
    return { kind: 'refused', reason: 'near-miss-key', detail: `the other keys list ${app.key} too: take it out there` };
  };

  interface Command extends DeviceCommand {
    /** Made when it is sent: ten thousand at once would take seconds. */
    readonly plist: () => string;
  }
  function commandsOf({ name, value }: Delivery) {
    const configuration = configurationOf(app, settings, value);
    const content = digestOf(canonicalJson(['content', app.iosBundleId, configuration]));
    const named = (command: Omit<DeviceCommand, 'command'>): DeviceCommand => ({
      ...{ ...command, command: commandUuid(command, content) },
    });
    return {
      isOurs: (note: DeviceNote): boolean => note.delivery === name && note.command === commandUuid(note, content),
      set: (enrolmentId: string, attempt: number) => (): Command => {
        const command = named({ enrolmentId, delivery: name, kind: 'set', attempt, round: 0 });
        return { ...command, plist: () => setConfiguration(command.command, app, configuration) };
      },
      read: (enrolmentId: string, attempt: number, round: number) => (): Command => {
        const command = named({ enrolmentId, delivery: name, kind: 'read', attempt, round });
        return { ...command, plist: () => readConfiguration(command.command, app) };
      },
    };
  }

  /** @throws {JournalAway} */
  async function standsOf(delivery: Delivery): Promise<readonly (readonly [string, DeviceStand])[]> {
    const { isOurs } = commandsOf(delivery);
    const notes = await kept(journal.read(enrolmentIds));
    const wanted = digestOf(delivery.value);
    const stands: (readonly [string, DeviceStand])[] = [];
    for (const id of enrolmentIds) {
      stands.push([id, standOf(notes.get(id) ?? [], isOurs, wanted, now())]);
      if (stands.length % devicesInOneGo === 0) await othersTurn();
    }
    return stands;
  }

  /** Sends commands, each noted before and after; stops at the first that makes the others pointless. */
  async function send(commands: readonly (() => Command)[], deadline: AbortSignal) {
    const faults: Exclude<Enqueued, { kind: 'queued' | 'there' }>[] = [];
    let queued = 0;
    for (let from = 0; from < commands.length && faults.length === 0; from += devicesAtOnce) {
      const batch = commands.slice(from, from + devicesAtOnce).map((make) => make());
      const named = batch.map(({ plist: _, ...command }) => command);
      await kept(journal.intend(named, now()));
      const taken: CommandAnswer[] = [];
      const waiting = [...batch];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next && faults.length === 0; next = waiting.shift()) {
          const { enrolmentId, command, plist } = next;
          const outcome = await api.enqueue(enrolmentId, command, plist(), AbortSignal.any([deadline])); // one each: many calls listen
          if (outcome.kind === 'queued') queued++;
          if (outcome.kind === 'queued' || outcome.kind === 'there') taken.push({ enrolmentId, command, status: 'queued' });
          else faults.push(outcome);
        }
      };
      await Promise.all(Array.from({ length: callsAtOnce }, work));
      await kept(journal.note(taken));
    }
    return { queued, fault: faults.find((one) => one.kind === 'unknown') ?? faults[0] };
  }

  return {
    describe: () => ({
      ...{ vendor: 'nanomdm', platforms: ['ios'], by: 'api', writes: 'app', signal: 'exact', isAsynchronous: false },
    }),

    async check(platform, deadline): Promise<readonly CheckFinding[]> {
      const wrong = misfit(platform);
      if (wrong) return [findingOf(wrong)];
      const webhookKey = needs.secret(settings.webhookKey);
      const found = await api.probe(deadline);
      const findings: CheckFinding[] = [
        {
          severity: 'warning',
          what: 'other-keys',
          detail:
            `a delivery replaces the whole configuration of ${app.iosBundleId} by ${app.key} and the ${Object.keys(otherKeys).length} ` +
            'other keys that the target lists: a key that nobody listed is lost',
        },
      ];
      if (isNotDone(found)) findings.unshift(findingOf(found));
      if (!webhookKey.ok)
        findings.unshift({
          severity: 'error',
          what: 'secret-missing',
          detail: `the webhook key can't be read (${webhookKey.error}): put it where the target's document says`,
        });
      return findings;
    },

    read: (platform) =>
      // The server holds commands, no configuration: what stands on the devices is known only from their answers, as digests.
      Promise.resolve(misfit(platform) ?? { values: [undefined], revision }),

    async plan(delivery) {
      const wrong = misfit(delivery.platform);
      if (wrong) return wrong;
      try {
        const stands = await standsOf(delivery);
        const open = stands.filter(([, { isStored, count, again }]) => !isStored || count === 'failed' || again).length;
        return {
          revision,
          receipt: receiptNow(),
          settlesWithinMs: 0, // what others do to the devices is not seen at all
          changes: [
            { place: `${app.iosBundleId} on ${enrolmentIds.length} devices`, change: open === 0 ? 'none' : 'replace' } as const,
          ],
          kept: Object.keys(otherKeys).length,
        };
      } catch (error) {
        return unlessAway(error, journalAway);
      }
    },

    async apply(delivery, deadline, expected) {
      const wrong = misfit(delivery.platform);
      if (wrong) return wrong;
      if (!/^[A-Za-z0-9._-]{8,128}$/.test(delivery.value))
        return {
          ...{ kind: 'refused', reason: 'value-not-allowed' },
          detail: 'a value is 8 to 128 letters, digits, ".", "_" and "-"',
        };
      if (expected !== undefined && expected !== revision)
        return {
          kind: 'conflict',
          detail: "the target's document is another one than was planned with: plan again",
          isWritten: false,
        };
      const receipt = receiptNow();
      let isBegun = false;
      try {
        const { set } = commandsOf(delivery);
        const commands = (await standsOf(delivery)).flatMap(([id, { attempt, isStored, count, again }]) => {
          if (again) return [set(id, again.attempt)];
          if (count === 'failed') return [set(id, attempt + 1)];
          return isStored ? [] : [set(id, Math.max(attempt, 1))];
        });
        isBegun = commands.length > 0;
        const { queued, fault } = await send(commands, deadline);
        if (!fault) return { kind: 'stored', receipt, isNew: queued > 0 };
        if (fault.kind === 'unknown' || queued > 0) return { kind: 'unknown', receipt, detail: fault.detail };
        return fault;
      } catch (error) {
        return unlessAway(error, isBegun ? { kind: 'unknown', receipt, detail: journalAway.detail } : journalAway);
      }
    },

    async verify(delivery, receipt, deadline) {
      const wrong = misfit(delivery.platform);
      if (wrong) return wrong;
      try {
        const stands = await standsOf(delivery);
        const open = stands.filter(([, { isStored }]) => !isStored);
        if (open.length === 0) return { kind: 'stored', receipt };
        if (now() - receipt.at < settlesWithinMs) return { kind: 'not-yet' };
        // Lost from the journal, or listed since: the server takes the same command once, so it is simply sent again, but over nothing newer.
        const isMissing = ({ attempt, begunAt, othersAt = receipt.at }: DeviceStand): boolean =>
          attempt === 0 ? othersAt <= receipt.at : begunAt !== undefined && begunAt - receipt.at >= settlesWithinMs;
        // Nothing becomes queued by itself: a write that has no answer by now is planned and made again, with the same UUIDs.
        if (open.length === stands.length || !open.every(([, stand]) => isMissing(stand))) return { kind: 'unchanged' };
        const { set } = commandsOf(delivery);
        const missing = open.map(([id, { attempt }]) => set(id, Math.max(attempt, 1)));
        const { fault } = await send(missing, deadline);
        if (!fault) return { kind: 'stored', receipt };
        return fault.kind === 'unknown' ? { kind: 'try-later', detail: fault.detail } : fault;
      } catch (error) {
        return unlessAway(error, journalAway);
      }
    },

    async coverage(delivery, _, deadline) {
      try {
        const stands = await standsOf(delivery);
        const { set, read } = commandsOf(delivery);
        const commands = [
          ...stands.flatMap(([id, { again }]) => (again ? [set(id, again.attempt)] : [])),
          ...stands.flatMap(([id, { attempt, ask }]) => (ask ? [read(id, attempt, ask.round)] : [])),
        ];
        const { fault } = await send(commands, deadline);
        if (fault) return { kind: 'unknown', why: `devices can't be sent what is due, questions among it: ${fault.detail}` };
        const count = (what: DeviceStand['count']): number => stands.filter((stand) => stand[1].count === what).length;
        return {
          ...{ kind: 'known', signal: 'exact', of: stands.length, asOf: now() },
          ...{ delivered: count('delivered'), pending: count('pending'), failed: count('failed') },
        };
      } catch (error) {
        return unlessAway(error, { kind: 'unknown', why: journalAway.detail });
      }
    },
  };
}

function findingOf(fault: NotDone): CheckFinding {
  if (fault.kind === 'try-later') return { severity: 'warning', what: 'not-reachable', detail: fault.detail };
  switch (fault.reason) {
    case 'value-not-allowed':
    case 'would-change-more':
    case 'vendor-refused':
      return { severity: 'error', what: 'unreadable', detail: fault.detail };
    default:
      return { severity: 'error', what: fault.reason, detail: fault.detail };
  }
}
