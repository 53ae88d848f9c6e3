import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load, readSettings, settingsDocument, settingsFile } from './settings.mjs';

const settings = await readSettings();
const namesOf = (/** @type {string} */ process) =>
  settings
    .filter((one) => one.process === process)
    .flatMap(({ parts }) => parts.flatMap(({ variables }) => variables.map(({ name }) => name)));

test('docs/settings.md is what the schemas say: node tools/settings.mjs writes it', async () => {
  assert.equal(readFileSync(settingsFile, 'utf8'), await settingsDocument());
});

test('every variable says what it means', () => {
  const silent = settings.flatMap(({ process, parts }) =>
    parts.flatMap(({ variables }) => variables.filter(({ meaning }) => meaning === '').map(({ name }) => `${process}: ${name}`)),
  );
  assert.deepEqual(silent, []);
});

test('a process that reaches a server by settings has the whole group of them', async () => {
  const kafka = /** @type {any} */ (await load('libs/platform/kafka/src/kafka-variables.ts')).kafkaVariables;
  const temporal = /** @type {any} */ (await load('libs/platform/temporal/src/temporal-variables.ts')).temporalVariables;
  const { httpVariables } = /** @type {any} */ (await load('libs/platform/http/src/http-variables.ts'));
  const { authVariables } = /** @type {any} */ (await load('libs/platform/http/src/auth-variables.ts'));
  const listening = { ...httpVariables, ...authVariables };
  const { endingVariables } = /** @type {any} */ (await load('libs/platform/config/src/run-process.ts'));
  const groups = {
    'token-service': { ...kafka('TOKENS'), ...temporal('TOKENS'), ...endingVariables, ...listening },
    'pairing-validator': { ...kafka('VALIDATOR'), ...endingVariables, ...listening },
    'provisioning-service': { ...kafka('PROVISIONING'), ...temporal('PROVISIONING'), ...endingVariables, ...listening },
    'temporal-worker': { ...kafka('WORKER'), ...temporal('WORKER') },
  };
  for (const [process, group] of Object.entries(groups)) {
    const names = new Set(namesOf(process));
    assert.deepEqual(Object.keys(group).filter((name) => !names.has(name)), [], process); // prettier-ignore
  }
});
