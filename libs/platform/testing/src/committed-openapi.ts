import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../../docs/openapi');

/**
 * The document of a service as it is committed, which clients are generated from, beside the one that it serves: for
 * `expect(served).toEqual(committed)`. Without `info`, which a fixture makes up; the end-to-end tests compare that as well.
 * With TALLYSTICK_WRITE_OPENAPI=1 the committed one is written first (`node tools/openapi.mjs` does all that follows from it).
 */
export function committedOpenApi(service: string, document: object): { readonly served: object; readonly committed: object } {
  const file = resolve(folder, `${service}.json`);
  const written = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  if (process.env['TALLYSTICK_WRITE_OPENAPI'] === '1')
    writeFileSync(file, `${JSON.stringify({ ...document, ...infoOf(written) }, null, 2)}\n`);
  return { served: withoutInfo(document), committed: withoutInfo(JSON.parse(readFileSync(file, 'utf8')) as object) };
}

const infoOf = (document: object): object => ('info' in document ? { info: document.info } : {});
const withoutInfo = ({ info: _, ...rest }: { readonly info?: unknown }): object => rest;
