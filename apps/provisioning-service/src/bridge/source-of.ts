import { type ConnectionDocument } from '@tallystick/devices-domain';
import { parseSourceMessage } from '@tallystick/devices-source-kafka';
import { compileMapping } from '@tallystick/devices-source-mapping';
import { type FileConnectionStore, openConnectionsFile } from '@tallystick/devices-store-connections';
import type { Identities } from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import type { KafkaRecord } from '@tallystick/platform-kafka';
import type { ProvisioningConfig } from '../config.ts';
import type { Source } from './bridge.ts';
import { keptAttributes } from './keep-attributes.ts';
import { orderOfSource } from './order-of-source.ts';

/** @throws Error with all faults of the file, one to a line, those of the expressions with them */
export function mountedConnections({ PROVISIONING_CONNECTIONS_FILE: file }: ProvisioningConfig): FileConnectionStore | undefined {
  if (file === undefined) return undefined;
  return openConnectionsFile(file, instant(Date.now()), (document) => {
    const compiled = compileMapping(document);
    return compiled.ok ? [] : compiled.error.map(({ path, fault }) => `${path}: ${fault}`);
  });
}

/** The source of one connection; of a record is kept what its document says. */
export function sourceOf(document: ConnectionDocument, identities: Identities): Source {
  const { environment, connection, source, keepAttributes } = document;
  const compiled = compileMapping(document);
  // A saved document was checked; one that a later version refuses keeps all that it can, so that nothing is lost meanwhile.
  const wanted = compiled.ok ? compiled.value.attributes : new Set<string>();
  return {
    environment,
    connection,
    order: orderOfSource(source.format),
    userOf: (sourceKey) => identities.userOf(environment, connection, sourceKey),
    parse: (record: KafkaRecord) => {
      const event = parseSourceMessage(record, source.format);
      if (event.kind !== 'record') return event;
      return { ...event, attributes: keptAttributes(event.attributes, compiled.ok ? keepAttributes : 'all', wanted) };
    },
  };
}
