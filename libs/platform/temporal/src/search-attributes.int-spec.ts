import { expect, it } from '@jest/globals';
import { endpoints, freePort } from '@tallystick/platform-testing';
import { NativeConnection } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { createSearchAttributes, requireSearchAttributes, runSearchAttributesCommand } from './search-attributes.ts';

const place = { address: endpoints().temporal, namespace: 'default' };
const searchAttributes = [{ name: `Made${randomBytes(4).toString('hex')}` }];

async function run(args: readonly string[], address = place) {
  const written: string[] = [];
  const code = await runSearchAttributesCommand(args, { address, searchAttributes, write: (text) => void written.push(text) });
  return { code, text: written.join('') };
}

it('a worker that would be refused for want of a search attribute is let in after the deploy has made it, once', async () => {
  const connection = await NativeConnection.connect({ address: place.address });
  try {
    const asked = { ...place, searchAttributes };
    await expect(requireSearchAttributes(connection, asked)).rejects.toThrow(
      `--name ${searchAttributes[0]!.name} --type Keyword`,
    );
    expect(await run([])).toEqual({ code: 0, text: `default: made ${searchAttributes[0]!.name}\n` });
    await requireSearchAttributes(connection, asked);
    expect(await run([])).toEqual({ code: 0, text: 'default: nothing was missing\n' });
    expect(await createSearchAttributes(connection, asked)).toEqual([]);
  } finally {
    await connection.close();
  }
});

it('says so with status 1 where no server answers, and explains itself when it is called wrongly', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const { code, text } = await run([], { ...place, address });
  expect([code, text]).toEqual([1, expect.stringContaining(`the search attributes of default at ${address} could not be made`)]);
  expect((await run(['make'])).code).toBe(2);
});
