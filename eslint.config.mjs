import { builtinModules } from 'node:module';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import * as jsonc from 'jsonc-eslint-parser';
import { scopes, types } from './tools/nx/layout.mjs';

// The boundary rule reads Nx's cached project graph and skips itself, with exit status 0, where there is none.
// Under Nx the graph is there; a plain `eslint` in a clean clone has it made here.
if (!process.env.NX_TASK_HASH) await createProjectGraphAsync();

const pure = ['kernel/core', '*/domain', '*/workflow-api', '*/workflows'].map((path) => `libs/${path}/src/**/*.ts`);
const specs = ['**/*spec.ts', '**/*.fixture.ts', '**/test-support/**/*.ts', 'apps/system-e2e/src/**/*.ts'];

const testing = [
  '@jest/globals',
  '@nestjs/testing',
  '@temporalio/testing',
  '@temporalio/worker',
  '@temporalio/client',
  '@temporalio/activity',
  '@temporalio/common',
  '@temporalio/common/*',
  '@temporalio/workflow',
  'fast-check',
  'redis',
  'kafkajs',
  'jose',
  'zod',
  'fastify',
  'lossless-json',
];
const boundaries = (inSpecs) => [
  'error',
  {
    allow: [],
    depConstraints: [
      ...Object.entries(types).map(([type, { on, npm }]) => ({
        sourceTag: `type:${type}`,
        onlyDependOnLibsWithTags: [...on, ...(inSpecs ? ['testing', 'platform', 'adapter', 'workflows'] : [])].map(
          (t) => `type:${t}`,
        ),
        ...(npm && { allowedExternalImports: [...npm, ...(inSpecs ? testing : [])] }),
      })),
      ...Object.entries(scopes).map(([scope, on]) => ({
        sourceTag: `scope:${scope}`,
        onlyDependOnLibsWithTags: [scope, ...on].map((s) => `scope:${s}`),
      })),
    ],
  },
];

export default defineConfig(
  { ignores: ['**/dist/**', '**/.nx/**', '**/.cache/**', '**/.stack/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(false),
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: pure,
    ignores: specs,
    rules: {
      'no-restricted-imports': ['error', { paths: builtinModules, patterns: ['node:*'] }],
      'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'performance', 'crypto'],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now' }, { object: 'Math', property: 'random' }],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'time is an argument' },
      ],
    },
  },
  { files: specs, rules: { '@nx/enforce-module-boundaries': boundaries(true), '@typescript-eslint/unbound-method': 'off' } },
  {
    files: ['{apps,libs}/**/package.json'],
    languageOptions: { parser: jsonc },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          buildTargets: ['lint'],
          checkVersionMismatches: false,
          ignoredDependencies: [
            '@fastify/static',
            'protobufjs',
            'reflect-metadata',
            'rxjs',
            '@tallystick/devices-workflows',
            '@tallystick/tokens-workflows',
            '@jest/globals',
            'fast-check',
          ],
          ignoredFiles: [
            '{projectRoot}/src/**/*spec.ts',
            '{projectRoot}/src/**/*.fixture.ts',
            '{projectRoot}/src/**/test-support/**',
          ],
        },
      ],
    },
  },
);
