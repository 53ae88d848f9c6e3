// A rule nobody has seen fail is decoration: every forbidden import must be refused, every allowed one must pass.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { scopes, types } from './nx/layout.mjs';

const example = {
  core: ['kernel/core', 'environmentId', '@tallystick/kernel-core'],
  domain: ['devices/domain', 'planReconciliation', '@tallystick/devices-domain'],
  'workflow-api': ['devices/workflow-api', 'recordChangedSignal', '@tallystick/devices-workflow-api'],
  workflows: ['devices/workflows', 'reconcileUser', '@tallystick/devices-workflows'],
  activities: ['devices/activities', 'createDeviceActivities', '@tallystick/devices-activities'],
  adapter: ['devices/store-redis', 'RedisSourceRecordStore', '@tallystick/devices-store-redis'],
  platform: ['platform/redis', 'connectRedis', '@tallystick/platform-redis'],
  testing: ['devices/testing', 'ModelDirectory', '@tallystick/devices-testing'],
};
const file = (type) => (type === 'app' ? 'apps/temporal-worker/src/x.ts' : `libs/${example[type][0]}/src/x.ts`);
const importing = (type) => `import { ${example[type][1]} as x } from '${example[type][2]}';`;

// The table of types, row by row: what a row does not name must be refused, what it names must pass.
const byType = Object.entries(types).flatMap(([from, { on }]) =>
  Object.keys(example)
    .filter((to) => from !== to) // a project can't import itself by name
    .map((to) => [on.includes(to) ? 'allows' : 'refuses', file(from), importing(to)]),
);

// The table of scopes: devices and tokens never meet, pairing sees tokens, nobody sees an app.
const byScope = [
  ['refuses', 'libs/tokens/domain/src/x.ts', importing('domain')],
  ['refuses', 'libs/devices/domain/src/x.ts', "import { nextRing as x } from '@tallystick/tokens-domain';"],
  ['refuses', 'libs/pairing/domain/src/x.ts', importing('domain')],
  ['refuses', 'libs/tokens/domain/src/x.ts', "import { judgePresentation as x } from '@tallystick/pairing-domain';"],
  ['refuses', 'libs/kernel/core/src/x.ts', importing('domain')],
  ['refuses', 'libs/platform/redis/src/x.ts', importing('domain')],
  ['refuses', 'apps/token-service/src/x.ts', importing('activities')],
  ['refuses', 'apps/pairing-validator/src/x.ts', importing('domain')],
  [
    'refuses',
    'apps/directory-simulator/src/x.ts',
    "import { createPingIdDirectory as x } from '@tallystick/devices-directory-pingid';",
  ],
  ['refuses', 'apps/cli/src/x.ts', importing('domain')],
  ['refuses', 'apps/temporal-worker/src/x.ts', "import { AppModule as x } from '../../token-service/src/app.module.ts';"],
  [
    'refuses',
    'libs/platform/config/src/x.ts',
    "import { workerConfig as x } from '../../../../apps/temporal-worker/src/config.ts';",
  ],
  ['refuses', 'libs/tokens/store-redis/src/x.ts', "import { environmentId as x } from '../../../kernel/core/src/brand.ts';"],
  ['allows', 'libs/pairing/domain/src/x.ts', "import { activeTokens as x } from '@tallystick/tokens-domain';"],
  ['allows', 'apps/token-service/src/x.ts', "import { RedisTokenRingStore as x } from '@tallystick/tokens-store-redis';"],
  ['allows', 'apps/pairing-validator/src/x.ts', "import { judgePresentation as x } from '@tallystick/pairing-domain';"],
];

// Pure code: no package, no Node built-in, no clock, no randomness.
const impure = [
  "import { z as x } from 'zod';",
  "import { createClient as x } from 'redis';",
  "import { Injectable as x } from '@nestjs/common';",
  "const x = await import('redis');",
  "import { randomUUID as x } from 'node:crypto';",
  "import { randomUUID as x } from 'crypto';",
  'const x = Date.now();',
  'const x = new Date();',
  'const x = Math.random();',
  "const x = process.env['A'];",
  'const x = setTimeout;',
];
const byPurity = [
  ...['kernel/core', 'devices/domain', 'tokens/domain', 'pairing/domain'].flatMap((path) =>
    impure.map((code) => ['refuses', `libs/${path}/src/x.ts`, code]),
  ),
  ['refuses', 'libs/devices/workflows/src/x.ts', "import { Worker as x } from '@temporalio/worker';"],
  [
    'refuses',
    'libs/devices/workflows/src/x.ts',
    "import type { createDeviceActivities as X } from '@tallystick/devices-activities'; let x: typeof X | undefined;",
  ],
  ['refuses', 'libs/devices/activities/src/x.ts', "import { Client as x } from '@temporalio/client';"],
  ['allows', 'libs/devices/activities/src/x.spec.ts', importing('testing')],
  ['allows', 'libs/devices/domain/src/x.property.spec.ts', "import fc from 'fast-check'; const x = fc;"],
  ['allows', 'libs/tokens/store-redis/src/x.ts', "import { z as x } from 'zod';"],
];
const policy = /^(@nx\/enforce-module-boundaries|no-restricted-.*)$/;

let eslint;
before(() => {
  eslint = new ESLint({ overrideConfig: { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked } });
});
const verdicts = async (filePath, code) => {
  const [{ messages }] = await eslint.lintText(`${code}\nexport const probe = x;\n`, { filePath });
  return messages.filter(({ ruleId, fatal }) => fatal || policy.test(ruleId)).map(({ message }) => message);
};

test('every scope and type of the workspace has its row', () => {
  for (const type of Object.keys(example)) assert.ok(types[type], type);
  for (const scope of ['kernel', 'platform', 'devices', 'tokens', 'pairing']) assert.ok(scopes[scope], scope);
});
for (const [verdict, filePath, code] of [...byType, ...byScope, ...byPurity]) {
  test(`${filePath} ${verdict} ${code}`, async () => {
    const found = await verdicts(filePath, code);
    if (verdict === 'refuses') assert.notDeepEqual(found, []);
    else assert.deepEqual(found, []);
  });
}
