import type { Answer, Context } from '../context.ts';
import { usage } from '../failure.ts';
import type { components } from '../generated/token-service.ts';
import { take } from '../http/clients.ts';
import { facts, plural } from '../output/words.ts';
import { segmentOf, type SegmentFlags, textOf } from './token-add.ts';

type Slot = components['schemas']['DeliverySlot'];
interface RotateFlags extends SegmentFlags {
  readonly slot?: readonly string[];
  readonly plan?: string;
}

const parts = ['id', 'mdm', 'platform', 'kind', 'target', 'overwrite'];

/** `id=…,mdm=…,platform=…,kind=…[,target=…][,overwrite=true]`; the service says what is wrong with the values. */
export function slotOf(text: string): Slot {
  const given = new Map(
    text.split(',').map((one): [string, string] => [one.split('=')[0] ?? '', one.slice(one.indexOf('=') + 1)]),
  );
  const strange = [...given.keys()].find((name) => !parts.includes(name));
  if (strange !== undefined) throw usage(`--slot: ${strange} is no part of a slot`, `Its parts are ${parts.join(', ')}.`);
  for (const name of ['mdm', 'platform', 'kind']) if (!given.get(name)) throw usage(`--slot: ${name}=… is missing`);
  const { overwrite, ...rest } = Object.fromEntries(given);
  const id = given.get('id') ?? `${given.get('mdm')}-${given.get('platform')}`.replaceAll(/[^A-Za-z0-9-]/g, '-');
  return { ...(rest as unknown as Slot), id, ...(overwrite === undefined ? {} : { overwrite: overwrite === 'true' }) };
}

export async function rotate(context: Context, [label]: readonly unknown[], flags: RotateFlags): Promise<Answer> {
  const { clients, environment, change } = context;
  const plan = flags.plan === undefined ? {} : planIn(await textOf(context, flags.plan));
  const slots = (flags.slot ?? []).map(slotOf);
  if (slots.length === 0 && flags.plan === undefined)
    throw usage('nothing says where the new value is put', 'Say --slot … for each MDM and platform, or --plan FILE.');
  const segment = segmentOf(flags);
  const { reason, key } = await change();
  const rotation = await take(
    clients.tokens().POST('/v1/environments/{environment}/rotations', {
      params: { path: { environment: environment() }, header: { 'Idempotency-Key': key } },
      body: {
        ...(plan as { slots: Slot[] }),
        ...(slots.length > 0 ? { slots } : {}),
        ...(Object.keys(segment).length > 0 ? { segment } : {}),
        ...{ label: String(label), reason },
      },
    }),
    true,
  );
  return {
    result: rotation,
    text: [
      facts(context.style, [
        ['rotation of', rotation.segmentName],
        ['stage', rotation.stage],
        ['waits for', rotation.waitsFor?.what],
        ['approval', rotation.needsApproval],
      ]),
      `It goes on by itself: the value is put into ${plural(rotation.slots?.length ?? slots.length, 'slot')}, devices move over, then the old tokens are revoked. tallystick status shows it.`,
    ],
  };
}

function planIn(text: string): object {
  try {
    const plan: unknown = JSON.parse(text);
    if (typeof plan === 'object' && plan !== null && !Array.isArray(plan)) return plan;
  } catch {
    // said below
  }
  throw usage('--plan: expected a JSON object');
}
