import type { SimulatedDevice } from '@tallystick/tokens-delivery-nanomdm/simulated';
import { type ManagedPhones, setByHand, valueOn } from '../system/managed-phones.ts';
import type { RotationSeen } from '../system/rotations-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import type { Guarded } from './chapter-tokens.ts';
import { environment } from './demo-system.ts';
import type { Phone } from './phones.ts';
import type { Report } from './report.ts';
import { deliveredText, moment, path, type SlotTeller } from './slots.ts';

/** What the chapter about rotation does with those phones that an MDM manages. */
export interface ManagedSome {
  /** All are pushed: each fetches its command, but for the last, which is locked and puts it off. */
  readonly wakeAll: (value: string) => Promise<void>;
  /** Those that carried it out are asked what they hold, and say it. */
  readonly answer: () => Promise<void>;
  readonly expectCounted: () => Promise<void>;
  readonly valueOfLate: () => string | undefined;
  /** The last one is unlocked. */
  readonly wakeLate: () => Promise<void>;
  readonly expectAll: (rotation: RotationSeen) => void;
}

/** The first phones are managed by NanoMDM, and the last of all. */
export const managedCount = 3;

/** @param guarded whose phones hold the old value. */
export async function manageSome(
  {
    report,
    managed,
    slots,
    tokenService,
  }: { readonly report: Report; readonly managed: ManagedPhones; readonly slots: SlotTeller; readonly tokenService: string },
  { tokens, provider, token: old, phones }: Guarded,
): Promise<ManagedSome> {
  await managed.enrol();
  for (const device of managed.phones) setByHand(device, old.value);
  const prompt = managed.phones.slice(0, -1);
  const late = managed.phones.at(-1)!;
  const owners: readonly Phone[] = [...phones.slice(0, prompt.length), phones.at(-1)!];

  const delivered = ({ slots: of }: RotationSeen): string | undefined => deliveredText(of.find(({ id }) => id === 'nanomdm')!);
  /** At the end of the overlap the MDM is asked anew, so it is given a moment more. */
  const giveTime = () => tokens.send('POST', `${path}/extend`, { hours: moment, reason: 'until the phones have answered' });
  const askedAnew = () => slots.until('the MDM was asked anew', ({ stage }) => stage === 'gate');

  /** NanoMDM tells what a phone answered when it has answered the phone. */
  const heard = () =>
    waitUntil('the answers of the phones to be heard', async () => {
      const metrics = await (await fetch(`${tokenService}/metrics`)).text();
      const noted = metrics.split('\n').find((line) => /^tallystick_mdm_webhooks_total{.*result="noted"/.test(line));
      return Number(noted?.split(' ').at(-1)) === managed.phones.reduce((sum, { reports }) => sum + reports, 0);
    });
  const wake = async (devices: readonly SimulatedDevice[]): Promise<void> => {
    for (const device of devices) await device.connect();
    await heard();
  };

  return {
    async wakeAll(value) {
      late.next = ['NotNow'];
      await wake(managed.phones);
      report.expect(
        `NanoMDM handed the command to its ${managedCount} phones; ${prompt.length} carried it out, and one put it off`,
        prompt.every((device) => valueOn(device) === value) && valueOn(late) === old.value,
      );
    },
    async answer() {
      await askedAnew();
      await wake(prompt);
      await giveTime();
    },
    async expectCounted() {
      const text = delivered(await askedAnew());
      report.expect(
        `what counts is what the phones themselves say that they hold: "${text}"`,
        text === `delivered ${prompt.length} of ${managedCount}`,
        text,
      );
      const answers = await Promise.all(
        managed.phones.map((device, at) =>
          provider.signOn(environment, owners[at]!.username, owners[at]!.deviceId, valueOn(device)),
        ),
      );
      report.expect(
        'each signs on with what its MDM has put on it: the new value, and the late one the old',
        answers.every(({ httpStatus }) => httpStatus === 200),
      );
    },
    valueOfLate: () => valueOn(late),
    async wakeLate() {
      await wake([late]); // takes the command that it had put off
      await giveTime();
      await askedAnew();
      await wake([late]); // says what it holds
    },
    expectAll(rotation) {
      const text = delivered(rotation);
      report.expect(
        `in the end every phone of the MDM has it: "${text}"`,
        text === `delivered ${managedCount} of ${managedCount}`,
        text,
      );
    },
  };
}
