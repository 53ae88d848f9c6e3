import type { NativeConnection } from '@temporalio/worker';

const keyword: number = 2; // temporal.api.enums.v1.IndexedValueType

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
    readonly searchAttributes?: readonly { readonly name: string }[];
  },
): Promise<void> {
  if (searchAttributes.length === 0) return;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributes.map(({ name }) => name).filter((name) => Number(customAttributes?.[name]) !== keyword);
  if (missing.length === 0) return;
  throw new Error(
    `the Temporal server at ${address} lacks search attributes in the namespace ${namespace}: temporal operator search-attribute create --namespace ${namespace} ${missing.map((name) => `--name ${name} --type Keyword`).join(' ')}`,
  );
}
