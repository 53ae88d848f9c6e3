import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, instant } from '@tallystick/kernel-core';
import type { CommandAnswer, DeviceJournal, ManagedApp } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { type Property, readPropertyList } from './property-list.ts';

/** Bytes: more than any device's report on one app. A longer one is a mistake, and not ours to hold. */
export const longestWebhook = 4_194_304;

/**
 * `unsigned`: no signature, or none of the right form. `forged`: signed with another key, or changed. `unreadable`: signed, and not what
 * NanoMDM sends.
 */
export type WebhookRefusal = 'unsigned' | 'forged' | 'too-large' | 'unreadable';

/** What NanoMDM tells, with the signature checked. `report` is what the device sent: it holds values in clear, and is a function so that no log shows it. */
export type WebhookEvent =
  | {
      readonly kind: 'answer';
      readonly enrolmentId: string;
      readonly command: string;
      readonly status: string;
      readonly at: Instant;
      readonly report: () => Uint8Array;
    }
  /** The device was enrolled (again), or left: what was queued for it is gone. */
  | { readonly kind: 'enrolled-anew'; readonly enrolmentId: string; readonly at: Instant }
  /** Nothing that a delivery has to do with. */
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly because: WebhookRefusal };

const ids = z.object({ id: z.string().min(1).max(200) });
const time = z.iso.datetime({ offset: true }).transform((text) => instant(Date.parse(text)));
const answer = z.object({
  topic: z.literal('mdm.Connect'),
  created_at: time,
  acknowledge_event: z.object({
    ids,
    status: z.string(),
    command_uuid: z.string().optional(),
    raw_payload: z.base64(),
  }),
});
const checkIn = z.object({
  topic: z.enum(['mdm.Authenticate', 'mdm.CheckOut']),
  created_at: time,
  checkin_event: z.object({ ids }),
});

/** Whether it can be a signature: base64 of HMAC-SHA-256, as the header `X-Hmac-Signature` has it. */
export const isSignature = (text: unknown): text is string => typeof text === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(text);

/** Whether a body, as it came, was signed with this key. An empty key signs nothing. */
export function isSignedWith(rawBody: Uint8Array, signature: string, hmacKey: string): boolean {
  const key = hmacKey.replace(/\r?\n$/, ''); // the newline at the end of a file is not part of it
  if (key === '' || !isSignature(signature)) return false;
  const expected = createHmac('sha256', key).update(rawBody).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'base64'));
}

/**
 * Reads what came to the webhook.
 * @param rawBody as it came: the signature is over its bytes.
 * @param signature the header `X-Hmac-Signature`.
 */
export function readWebhook(rawBody: Uint8Array, signature: string | undefined, hmacKey: string): WebhookEvent {
  const refused = (because: WebhookRefusal): WebhookEvent => ({ kind: 'refused', because });
  if (rawBody.length > longestWebhook) return refused('too-large');
  if (!isSignature(signature) || hmacKey.trim() === '') return refused('unsigned');
  if (!isSignedWith(rawBody, signature, hmacKey)) return refused('forged');
  return readEvent(rawBody) ?? refused('unreadable');
}

/** Reads a body whose signature was checked; undefined: it is not what NanoMDM sends. */
function readEvent(rawBody: Uint8Array): SignedEvent | undefined {
  const body = jsonOf(rawBody);
  const told = z.object({ topic: z.string() }).safeParse(body).data;
  if (told?.topic === 'mdm.Connect') {
    const event = answer.safeParse(body).data;
    if (!event) return undefined;
    const { ids: who, status, command_uuid: command, raw_payload: payload } = event.acknowledge_event;
    if (command === undefined || command === '') return { kind: 'other' }; // idle: the device only asks what there is
    const report = (): Uint8Array => Buffer.from(payload, 'base64');
    return { kind: 'answer', enrolmentId: who.id, command, status, at: event.created_at, report };
  }
  if (told?.topic === 'mdm.Authenticate' || told?.topic === 'mdm.CheckOut') {
    const event = checkIn.safeParse(body).data;
    return event && { kind: 'enrolled-anew', enrolmentId: event.checkin_event.ids.id, at: event.created_at };
  }
  return told && { kind: 'other' };
}

/** One whose signature was checked. */
export type SignedEvent = Exclude<WebhookEvent, { kind: 'refused' }>;

export interface NoteNeeds {
  readonly app: ManagedApp;
  readonly journal: DeviceJournal;
  /** The one that the target was made with. */
  readonly digestOf: (text: string) => string;
}

/**
 * The enrolment has the time of the MDM's clock, the commands that of ours. One that was sent shortly after it may be taken for lost with
 * those before it, and is then sent again, which harms nothing; one that was lost and is not known to be never reaches its device.
 */
const clocksDifferByMs = 60_000;

/**
 * Notes what a verified event tells of the commands of one target: `noted`, or `not-ours` when the command is no delivery's (another tool's,
 * another target's, of a device that is not listed). Safe to repeat, in any order. Rejects when the journal is away.
 */
export async function noteWebhook(event: SignedEvent, { app, journal, digestOf }: NoteNeeds): Promise<'noted' | 'not-ours'> {
  if (event.kind === 'other') return 'not-ours';
  if (event.kind === 'enrolled-anew') {
    await journal.enrolledAnew(event.enrolmentId, instant(event.at + clocksDifferByMs));
    return 'noted';
  }
  const { enrolmentId, command, at, report } = event;
  const known = await journal.find(enrolmentId, command);
  // Looked at only now: the reports on others' commands are nobody's business here.
  const status = known && statusOf(event.status);
  if (!known || !status) return 'not-ours';
  const told = { enrolmentId, command, answeredAt: at };
  if (status !== 'acknowledged') await journal.note([{ ...told, status }]);
  else if (known.kind === 'set') await journal.note([{ ...told, status: hasFailed(report(), app) ? 'error' : 'acknowledged' }]);
  else {
    const held = heldIn(report(), app);
    await journal.note([
      held === undefined
        ? { ...told, status: 'error' }
        : { ...told, status, holds: held.value === undefined ? null : digestOf(held.value) },
    ]);
  }
  return 'noted';
}

function statusOf(status: string): CommandAnswer['status'] | undefined {
  switch (status) {
    case 'Acknowledged':
      return 'acknowledged';
    case 'Error':
    case 'CommandFormatError':
      return 'error';
    case 'NotNow':
      return 'not-now';
    default:
      return undefined;
  }
}

const isDictionary = (property: Property | undefined): property is ReadonlyMap<string, Property> => property instanceof Map;

function listIn(report: Uint8Array, name: string): readonly ReadonlyMap<string, Property>[] | undefined {
  const content = readPropertyList(textOf(report) ?? '');
  const list = isDictionary(content) ? content.get(name) : undefined;
  return Array.isArray(list) ? (list as readonly Property[]).filter(isDictionary) : undefined;
}

/** A command can be acknowledged as a whole and have failed for the app that is in it. */
const hasFailed = (report: Uint8Array, { iosBundleId }: ManagedApp): boolean =>
  (listIn(report, 'Settings') ?? []).some(
    (setting) => (setting.get('Identifier') ?? iosBundleId) === iosBundleId && setting.get('Status') === 'Error',
  );

/** What the device says it holds; `value` undefined: no such key, or no text. undefined: it does not say. */
function heldIn(report: Uint8Array, { iosBundleId, key }: ManagedApp): { readonly value: string | undefined } | undefined {
  const list = listIn(report, 'ApplicationConfigurations');
  if (!list) return undefined;
  const configuration = list.find((app) => app.get('Identifier') === iosBundleId)?.get('Configuration');
  const value = isDictionary(configuration) ? configuration.get(key) : undefined;
  return { value: typeof value === 'string' ? value : undefined };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes) ?? '');
  } catch {
    return undefined;
  }
}
