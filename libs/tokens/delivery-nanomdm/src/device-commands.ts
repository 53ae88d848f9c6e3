import { createHash } from 'node:crypto';
import { canonicalJson } from '@tallystick/kernel-core';
import type { DeviceCommand, HeldValue, ManagedApp } from '@tallystick/tokens-domain';
import { build } from 'plist';
import type { NanomdmSettings } from './settings.ts';

/** What is to stand in the app's managed configuration: all of it, because the command replaces all of it. */
export const configurationOf = (
  { key }: ManagedApp,
  { otherKeys }: Pick<NanomdmSettings, 'otherKeys'>,
  value: HeldValue,
): Readonly<Record<string, string | number | boolean>> => ({ ...otherKeys, [key]: value });

/**
 * The same command has the same UUID, so that the server takes it once however often it is sent. `content` is a keyed digest of what it
 * sets: another configuration under the same name is another command. Version 8 of RFC 9562.
 */
export function commandUuid(command: Omit<DeviceCommand, 'command'>, content: string): string {
  const { enrolmentId, delivery, kind, attempt, round } = command;
  const bytes = createHash('sha256')
    .update(canonicalJson([delivery, enrolmentId, kind, attempt, round, content]))
    .digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Replaces the managed configuration of the app on the device. Holds the value in clear. */
export const setConfiguration = (
  uuid: string,
  { iosBundleId }: ManagedApp,
  configuration: ReturnType<typeof configurationOf>,
): string =>
  build({
    CommandUUID: uuid,
    Command: {
      RequestType: 'Settings',
      Settings: [{ Item: 'ApplicationConfiguration', Identifier: iosBundleId, Configuration: { ...configuration } }],
    },
  });

/** Asks the device what it holds for the app. */
export const readConfiguration = (uuid: string, { iosBundleId }: ManagedApp): string =>
  build({ CommandUUID: uuid, Command: { RequestType: 'ManagedApplicationConfiguration', Identifiers: [iosBundleId] } });
