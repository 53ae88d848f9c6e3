// A rule nobody has seen fail is decoration: every forbidden import must be refused, every allowed one must pass.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const refused = [
  ['libs/tokens/domain/src/x.ts', "import { planReconciliation as x } from '@tallystick/devices-domain';"],
  ['libs/devices/domain/src/x.ts', "import { loadConfig as x } from '@tallystick/platform-config';"],
  ['libs/devices/domain/src/x.ts', "import { z as x } from 'zod';"],
  ['libs/devices/domain/src/x.ts', "import { Injectable as x } from '@nestjs/common';"],
  ['libs/devices/domain/src/x.ts', "const x = await import('redis');"],
  ['libs/devices/domain/src/x.ts', "import { randomUUID as x } from 'node:crypto';"],
  ['libs/devices/domain/src/x.ts', "import { randomUUID as x } from 'crypto';"],
  ['libs/devices/domain/src/x.ts', 'const x = Date.now();'],
  ['libs/devices/domain/src/x.ts', 'const x = new Date();'],
  ['libs/devices/domain/src/x.ts', 'const x = Math.random();'],
  ['libs/devices/domain/src/x.ts', "const x = process.env['A'];"],
  ['libs/devices/workflows/src/x.ts', "import { createDeviceActivities as x } from '@tallystick/devices-activities';"],
  [
    'libs/devices/workflows/src/x.ts',
    "import type { createDeviceActivities as X } from '@tallystick/devices-activities'; let x: typeof X | undefined;",
  ],
  ['libs/tokens/adapter-redis/src/x.ts', "import { userId as x } from '../../../kernel/core/src/ids.ts';"],
  ['libs/platform/config/src/x.ts', "import { configSchema as x } from '../../../../apps/token-service/src/config.ts';"],
  ['libs/kernel/core/src/x.ts', "import { planReconciliation as x } from '@tallystick/devices-domain';"],
  ['libs/devices/activities/src/x.ts', "import { judge0 as x } from '@tallystick/devices-testing';"],
  ['apps/token-service/src/x.ts', "import { createDeviceActivities as x } from '@tallystick/devices-activities';"],
  ['apps/temporal-worker/src/x.ts', "import { reconcileUserDevices as x } from '@tallystick/devices-workflows';"],
  ['apps/temporal-worker/src/x.ts', "import { judge0 as x } from '@tallystick/devices-testing';"],
  ['apps/temporal-worker/src/x.ts', "import { AppModule as x } from '../../token-service/src/app.module.ts';"],
];
const allowed = [
  ['libs/devices/domain/src/x.ts', "import { userId as x } from '@tallystick/kernel-core';"],
  ['libs/devices/activities/src/x.spec.ts', "import { judge0 as x } from '@tallystick/devices-testing';"],
  ['libs/devices/domain/src/x.property.spec.ts', "import fc from 'fast-check'; const x = fc;"],
  ['libs/tokens/adapter-redis/src/x.ts', "import { createClient as x } from 'redis';"],
  ['apps/token-service/src/x.ts', "import { RedisActiveTokenStore as x } from '@tallystick/tokens-adapter-redis';"],
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

for (const [filePath, code] of refused)
  test(`${filePath} refuses ${code}`, async () => assert.notDeepEqual(await verdicts(filePath, code), []));
for (const [filePath, code] of allowed)
  test(`${filePath} allows ${code}`, async () => assert.deepEqual(await verdicts(filePath, code), []));
