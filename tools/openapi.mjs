// `node tools/openapi.mjs`: writes the OpenAPI documents of the services to docs/openapi, and the types of the command line's client from them.
// `node tools/openapi.mjs types`: the types only. What is committed is compared with what is served by a test beside each service.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypes, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { root, run } from './prepare.mjs';

export const services = ['token-service', 'provisioning-service', 'pairing-validator'];
/** The command line asks no validator for a verdict: it has no types of its. */
const clients = ['token-service', 'provisioning-service'];
const documentOf = (/** @type {string} */ service) => join(root, 'docs', 'openapi', `${service}.json`);
const typesOf = (/** @type {string} */ service) => join(root, 'apps', 'cli', 'src', 'generated', `${service}.ts`);

/** @param {string} file @param {string} text */
const formatted = async (file, text) => format(text, { ...(await resolveConfig(file)), filepath: file });

/** File and content of the generated types. @returns {Promise<readonly { file: string, text: string }[]>} */
export const generatedTypes = () =>
  Promise.all(
    clients.map(async (service) => {
      const types = await openapiTypes(JSON.parse(readFileSync(documentOf(service), 'utf8')), {
        alphabetize: false,
        defaultNonNullable: false, // who calls may leave out what has a default
      });
      const head = `// Made of docs/openapi/${service}.json by tools/openapi.mjs: not to be edited.\n`;
      return { file: typesOf(service), text: await formatted(typesOf(service), head + astToString(types)) };
    }),
  );

async function writeDocuments() {
  const specs = services.map((service) => `apps/${service}/src/openapi.spec.ts`);
  const code = await run('jest', specs, { env: { TALLYSTICK_WRITE_OPENAPI: '1' } });
  if (code !== 0) throw new Error('a document could not be made');
  for (const service of services) {
    const file = documentOf(service);
    writeFileSync(file, await formatted(file, readFileSync(file, 'utf8')));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv[2] !== 'types') await writeDocuments();
  mkdirSync(join(root, 'apps', 'cli', 'src', 'generated'), { recursive: true });
  for (const { file, text } of await generatedTypes()) writeFileSync(file, text);
}
