import { readFileSync } from 'node:fs';
import { instant } from '@tallystick/kernel-core';
import type { DeviceActivityNeeds, ReconcileConnection } from '@tallystick/devices-activities';
import { createPingIdDirectory, parsePingIdProperties } from '@tallystick/devices-directory-pingid';
import { mapRecord } from '@tallystick/devices-source-mapping';
import type { Connection } from '@tallystick/devices-store-file';
import type { UserRef } from '@tallystick/devices-domain';

const key = ({ environment, connection }: Pick<UserRef, 'environment' | 'connection'>): string => `${environment}/${connection}`;

/**
 * Builds the directory client of every connection once, at start.
 * @throws Error naming the connection and every fault of its properties file, never a value.
 */
export function connectionsOf(documents: readonly Connection[], callTimeoutMs: number): DeviceActivityNeeds['connectionOf'] {
  const connections = new Map(documents.map((document) => [key(document), connectionOf(document, callTimeoutMs)]));
  return (user) => connections.get(key(user));
}

function connectionOf(document: Connection, callTimeoutMs: number): ReconcileConnection {
  const { mapping, options, defaultCountry, visibilityWindowMs } = document;
  const properties = parsePingIdProperties(readFileSync(document.directory.propertiesFile, 'utf8'));
  if (!properties.ok) throw new Error(`connection ${key(document)}: ${JSON.stringify(properties.error)}`);
  return {
    options,
    callTimeoutMs,
    visibilityWindowMs,
    directoryId: properties.value.orgAlias,
    directory: createPingIdDirectory({ properties: properties.value, callTimeoutMs, now: () => instant(Date.now()) }),
    map: (attributes, deleted) => {
      // Of somebody who is gone only the name matters: an unreadable flag must not keep a leaver's account open.
      const { enabled: _flag, ...withoutFlag } = mapping;
      return mapRecord(attributes, deleted ? withoutFlag : mapping, { defaultCountry });
    },
  };
}
