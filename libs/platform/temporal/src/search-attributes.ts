import { setTimeout as pause } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalAddress } from './connect-temporal.ts';

const keyword: number = 2; // temporal.api.enums.v1.IndexedValueType

type Named = { readonly name: string };

async function missingAttributes(
  { operatorService }: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
  searchAttributes: readonly Named[],
): Promise<readonly string[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return searchAttributes.map(({ name }) => name).filter((name) => Number(customAttributes?.[name]) !== keyword);
}

/** @throws Error that names the missing Keywords, and says what creates them. */
export async function requireSearchAttributes(
  { operatorService }: Pick<NativeConnection, 'operatorService'>,
  {
    address,
    namespace,
    searchAttributes = [],
  }: {
    readonly address: string;
    readonly namespace: string;
    readonly searchAttributes?: readonly Named[];
  },
): Promise<void> {
  if (searchAttributes.length === 0) return;
  const missing = await missingAttributes({ operatorService }, namespace, searchAttributes);
  if (missing.length === 0) return;
  throw new Error(
    `the Temporal server at ${address} lacks search attributes in the namespace ${namespace}: temporal operator search-attribute create --namespace ${namespace} ${missing.map((name) => `--name ${name} --type Keyword`).join(' ')}`,
  );
}

/**
 * Makes the Keywords that are missing, which a deploy does before the first worker starts, and waits until the server has them. Temporal Cloud
 * takes them by its own means only, and refuses this.
 * @returns the names of those that were made
 * @throws ServiceError when the server refuses; Error when it does not have them after `withinMs`
 */
export async function createSearchAttributes(
  { operatorService }: Pick<NativeConnection, 'operatorService'>,
  {
    namespace,
    searchAttributes,
    withinMs = 30_000,
  }: { readonly namespace: string; readonly searchAttributes: readonly Named[]; readonly withinMs?: number },
): Promise<readonly string[]> {
  const missing = () => missingAttributes({ operatorService }, namespace, searchAttributes);
  const wanted = await missing();
  if (wanted.length === 0) return [];
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(wanted.map((name) => [name, keyword])),
  });
  const end = performance.now() + withinMs;
  while ((await missing()).length > 0) {
    if (performance.now() > end) throw new Error(`the server does not have these search attributes yet: ${wanted.join(', ')}`);
    await pause(250);
  }
  return wanted;
}

/**
 * What a deploy calls before the first worker starts: makes those that are missing, and says what it made. Gives the exit code: 0 done, 1 not
 * done, 2 called wrongly (it takes no arguments).
 */
export async function runSearchAttributesCommand(
  args: readonly string[],
  {
    address: { address, namespace, tls, apiKey },
    searchAttributes,
    write,
  }: {
    readonly address: TemporalAddress;
    readonly searchAttributes: readonly Named[];
    readonly write: (text: string) => void;
  },
): Promise<0 | 1 | 2> {
  if (args.length > 0) {
    write('search-attributes   makes the Keywords that are missing in the namespace\n');
    return 2;
  }
  try {
    const secured = { ...(tls === undefined ? {} : { tls }), ...(apiKey === undefined ? {} : { apiKey }) };
    const connection = await NativeConnection.connect({ address, ...secured });
    try {
      const made = await createSearchAttributes(connection, { namespace, searchAttributes });
      write(`${namespace}: ${made.length === 0 ? 'nothing was missing' : `made ${made.join(', ')}`}\n`);
      return 0;
    } finally {
      await connection.close();
    }
  } catch (error) {
    write(`the search attributes of ${namespace} at ${address} could not be made: ${(error as Error).message}\n`);
    return 1;
  }
}
