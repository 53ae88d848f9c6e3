import type { Instant } from '@tallystick/kernel-core';
import {
  canonicalText,
  type CheckFinding,
  type CommandAnswer,
  type Delivery,
  type DeliveryReceipt,
  type DeliveryTarget,
  type DeviceCommand,
  type DeviceJournal,
  type DeviceNote,
  type ManagedApp,
  type NotDone,
  type Platform,
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
 */
export function createNanomdmTarget(settings: NanomdmSettings, needs: NanomdmNeeds): DeliveryTarget {
  const { app, journal, digestOf, now } = needs;
  const api = createNanomdmApi(settings, needs);
  const { enrolmentIds, otherKeys } = settings;
  const revision = digestOf(canonicalText(['revision', app, otherKeys, [...enrolmentIds].sort()]));

  const receiptNow = (): DeliveryReceipt => ({ at: now(), rest: revision, before: [] });

  const misfit = (platform: Platform): NotDone | undefined => {
    if (platform !== 'ios')
      return { kind: 'refused', reason: 'slot-not-found', detail: `this target has no slot for ${platform}` };
    const near = Object.keys(otherKeys).some((key) => key.toLowerCase() === app.key.toLowerCase());
    if (!near) return undefined;
    return { kind: 'refused', reason: 'near-miss-key', detail: `the other keys list ${app.key} too: take it out there` };
  };

  interface Command extends DeviceCommand {
    readonly plist: string;
  }
  function commandsOf({ name, value }: Delivery) {
    const configuration = configurationOf(app, settings, value);
    const content = digestOf(canonicalText(['content', app.iosBundleId, configuration]));
    const named = (command: Omit<DeviceCommand, 'command'>): DeviceCommand => ({
      ...{ ...command, command: commandUuid(command, content) },
    });
    return {
      isOurs: (note: DeviceNote): boolean => note.delivery === name && note.command === named(note).command,
      set: (enrolmentId: string, attempt: number): Command => {
        const command = named({ enrolmentId, delivery: name, kind: 'set', attempt, round: 0 });
        return { ...command, plist: setConfiguration(command.command, app, configuration) };
      },
      read: (enrolmentId: string, attempt: number, round: number): Command => {
        const command = named({ enrolmentId, delivery: name, kind: 'read', attempt, round });
        return { ...command, plist: readConfiguration(command.command, app) };
      },
    };
  }

  /** @throws {JournalAway} */
  async function standsOf(delivery: Delivery): Promise<readonly (readonly [string, DeviceStand])[]> {
    const { isOurs } = commandsOf(delivery);
    const notes = await kept(journal.read(enrolmentIds));
    const wanted = digestOf(delivery.value);
    return enrolmentIds.map((id) => [id, standOf(notes.get(id) ?? [], isOurs, wanted, now())]);
  }

  /** Sends commands, each noted before and after; stops at the first that makes the others pointless. */
  async function send(commands: readonly Command[], deadline: AbortSignal) {
    const faults: Exclude<Enqueued, { kind: 'queued' | 'there' }>[] = [];
    let queued = 0;
    for (let from = 0; from < commands.length && faults.length === 0; from += devicesAtOnce) {
      const batch = commands.slice(from, from + devicesAtOnce);
      const named = batch.map(({ plist: _, ...command }) => command);
      await kept(journal.intend(named, now()));
      const taken: CommandAnswer[] = [];
      const waiting = [...batch];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next && faults.length === 0; next = waiting.shift()) {
          const { enrolmentId, command, plist } = next;
          const outcome = await api.enqueue(enrolmentId, command, plist, AbortSignal.any([deadline])); // one each: many calls listen
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
        const open = stands.filter(([, { isStored, count }]) => !isStored || count === 'failed').length;
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
        const commands = (await standsOf(delivery)).flatMap(([id, { attempt, isStored, count }]) =>
          count === 'failed' ? [set(id, attempt + 1)] : isStored ? [] : [set(id, Math.max(attempt, 1))],
        );
        isBegun = commands.length > 0;
        const { queued, fault } = await send(commands, deadline);
        if (!fault) return { kind: 'stored', receipt, isNew: queued > 0 };
        if (fault.kind === 'unknown' || queued > 0) return { kind: 'unknown', receipt, detail: fault.detail };
        return fault;
      } catch (error) {
        return unlessAway(error, isBegun ? { kind: 'unknown', receipt, detail: journalAway.detail } : journalAway);
      }
    },

    async verify(delivery, receipt) {
      const wrong = misfit(delivery.platform);
      if (wrong) return wrong;
      try {
        const stands = await standsOf(delivery);
        if (stands.every(([, { isStored }]) => isStored)) return { kind: 'stored', receipt };
        // Nothing becomes queued by itself: what has no answer by now is sent again, with the same UUIDs.
        return now() - receipt.at < settlesWithinMs ? { kind: 'not-yet' } : { kind: 'unchanged' };
      } catch (error) {
        return unlessAway(error, journalAway);
      }
    },

    async coverage(delivery, _, deadline) {
      try {
        const stands = await standsOf(delivery);
        const { read } = commandsOf(delivery);
        const questions = stands.flatMap(([id, { attempt, ask }]) => (ask ? [read(id, attempt, ask.round)] : []));
        const { fault } = await send(questions, deadline);
        if (fault) return { kind: 'unknown', why: `devices can't be asked what they hold: ${fault.detail}` };
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
