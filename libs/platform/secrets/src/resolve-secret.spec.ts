import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentId, isName, type SecretRef, secretPlaceOf } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { createSecretResolver } from './resolve-secret.ts';

const acme = environmentId('acme');
let parent: string;
let folder: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'secrets-'));
  folder = join(parent, 'mounted');
  const own = join(folder, 'acme');
  mkdirSync(join(own, '..data-1'), { recursive: true });
  for (const other of ['acme-eu', 'globex', '..data-2/initech']) mkdirSync(join(folder, other), { recursive: true });
  writeFileSync(join(parent, 'outside'), 'other secret');
  writeFileSync(join(folder, 'peppers.json'), 'other secret');
  writeFileSync(join(folder, 'acme-eu', 'client'), 'other secret');
  writeFileSync(join(folder, 'globex', 'client'), 'other secret');
  writeFileSync(join(folder, '..data-2', 'initech', 'client'), 'of initech');
  writeFileSync(join(own, '..data-1', 'client'), 's3cret\n');
  writeFileSync(join(own, 'empty'), ' \n');
  writeFileSync(join(own, 'large'), 'x'.repeat(65_537));
  symlinkSync('..data-1', join(own, '..data'));
  symlinkSync(join('..data', 'client'), join(own, 'client')); // as Kubernetes mounts a secret
  symlinkSync(join('..data-2', 'initech'), join(folder, 'initech')); // as it mounts one with paths
  symlinkSync('globex', join(folder, 'umbrella'));
  symlinkSync(parent, join(folder, 'stark'));
  symlinkSync(join(parent, 'outside'), join(own, 'escape'));
  symlinkSync(join('..', 'peppers.json'), join(own, 'peppers'));
  symlinkSync(join('..', 'globex', 'client'), join(own, 'of-another'));
  symlinkSync(join('..', 'acme-eu', 'client'), join(own, 'near'));
  execFileSync('mkfifo', [join(own, 'pipe')]);
});
afterAll(() => rmSync(parent, { recursive: true }));

const variables = {
  TALLYSTICK_SECRET_ACME__A: 'from the environment',
  TALLYSTICK_SECRET_ACME__E: ' ',
  TALLYSTICK_SECRET_ACME_EU__A: 'other secret',
  TALLYSTICK_SECRET_ACME__EU__A: 'other secret',
  TALLYSTICK_SECRET_A: 'of no environment',
  AUTH_KEY: 'other secret',
};
const resolveFor = (environment: string, ref: SecretRef) =>
  createSecretResolver({ folder, variables })(environmentId(environment), ref);

describe('a secret that a document names', () => {
  it('is read from the folder of its environment, through links inside it, and from a variable of its prefix', () => {
    expect(resolveFor('acme', { file: 'client' })).toEqual({ ok: true, value: 's3cret\n' });
    expect(resolveFor('initech', { file: 'client' })).toEqual({ ok: true, value: 'of initech' });
    expect(resolveFor('acme', { variable: 'A' })).toEqual({ ok: true, value: 'from the environment' });
  });

  it.each<[SecretRef, string]>([
    [{ file: '../globex/client' }, 'file-not-allowed'],
    [{ file: 'globex/client' }, 'file-not-allowed'],
    [{ file: '../peppers.json' }, 'file-not-allowed'],
    [{ file: '/etc/passwd' }, 'file-not-allowed'],
    [{ file: '..' }, 'file-not-allowed'],
    [{ file: '..data' }, 'file-not-allowed'],
    [{ file: '' }, 'file-not-allowed'],
    [{ file: 'client\0' }, 'file-not-allowed'],
    [{ file: 'escape' }, 'file-not-allowed'],
    [{ file: 'peppers' }, 'file-not-allowed'],
    [{ file: 'of-another' }, 'file-not-allowed'],
    [{ file: 'near' }, 'file-not-allowed'],
    [{ file: 'peppers.json' }, 'not-there'],
    [{ file: 'none' }, 'not-there'],
    [{ file: 'pipe' }, 'unreadable'],
    [{ file: 'large' }, 'unreadable'],
    [{ file: 'empty' }, 'empty'],
    [{ variable: 'AUTH_KEY' }, 'not-there'],
    [{ variable: 'TALLYSTICK_SECRET_A' }, 'variable-not-allowed'],
    [{ variable: 'EU__A' }, 'variable-not-allowed'],
    [{ variable: '_A' }, 'variable-not-allowed'],
    [{ variable: '' }, 'variable-not-allowed'],
    [{ variable: 'A=' }, 'variable-not-allowed'],
    [{ variable: 'NONE' }, 'not-there'],
    [{ variable: 'E' }, 'empty'],
  ])('is refused with a reason and nothing of it (%j)', (ref, error) => {
    expect(resolveFor('acme', ref)).toEqual({ ok: false, error });
  });

  it('is refused where the folder of its environment leads to that of another, or out of all of them', () => {
    expect(resolveFor('umbrella', { file: 'client' })).toEqual({ ok: false, error: 'file-not-allowed' });
    expect(resolveFor('stark', { file: 'outside' })).toEqual({ ok: false, error: 'file-not-allowed' });
    expect(resolveFor('wayne', { file: 'client' })).toEqual({ ok: false, error: 'not-there' });
  });

  it('is never that of another environment, whatever their ids and the names are', () => {
    const environment = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 7 }).filter(isName);
    const variable = fc.string({ unit: fc.constantFrom('A', 'B', '_'), minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(environment, variable, environment, variable, (owner, name, other, wanted) => {
        fc.pre(owner !== other);
        const place = secretPlaceOf(environmentId(owner), { variable: name });
        fc.pre(place.ok && place.value.kind === 'variable');
        const resolve = createSecretResolver({
          variables: place.ok && place.value.kind === 'variable' ? { [place.value.name]: 'of the owner' } : {},
        });
        expect(resolve(environmentId(owner), { variable: name })).toEqual({ ok: true, value: 'of the owner' });
        expect(resolve(environmentId(other), { variable: wanted }).ok).toBe(false);
        if (place.ok && place.value.kind === 'variable')
          expect(resolve(environmentId(other), { variable: place.value.name }).ok).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  it('can be no file below a folder that depends on where the process was started', () => {
    const resolver = createSecretResolver({ folder: relative(process.cwd(), folder), variables: {} });
    expect(resolver(acme, { file: 'client' })).toEqual({ ok: false, error: 'file-not-allowed' });
  });

  it('can be no file where there is no folder for them', () => {
    expect(createSecretResolver({ variables: {} })(acme, { file: 'client' })).toEqual({ ok: false, error: 'file-not-allowed' });
  });
});
