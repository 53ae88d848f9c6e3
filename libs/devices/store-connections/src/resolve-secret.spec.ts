import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SecretRef } from '@tallystick/devices-domain';
import { createSecretResolver } from './resolve-secret.ts';

let parent: string;
let folder: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'secrets-'));
  folder = join(parent, 'mounted');
  mkdirSync(join(folder, '..data-1'), { recursive: true });
  mkdirSync(join(parent, 'mounted-too'));
  writeFileSync(join(parent, 'outside'), 'other secret');
  writeFileSync(join(parent, 'mounted-too', 'near'), 'other secret');
  writeFileSync(join(folder, '..data-1', 'client'), 's3cret\n');
  writeFileSync(join(folder, 'empty'), ' \n');
  writeFileSync(join(folder, 'large'), 'x'.repeat(65_537));
  symlinkSync('..data-1', join(folder, '..data'));
  symlinkSync(join('..data', 'client'), join(folder, 'client')); // as Kubernetes mounts a secret
  symlinkSync(join(parent, 'outside'), join(folder, 'escape'));
  symlinkSync(parent, join(folder, 'up'));
  symlinkSync(join(parent, 'mounted-too'), join(folder, 'near'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});
afterAll(() => rmSync(parent, { recursive: true }));

const resolve = (ref: SecretRef) =>
  createSecretResolver({
    folder,
    variables: { TALLYSTICK_SECRET_A: 'from the environment', TALLYSTICK_SECRET_E: ' ', AUTH_KEY: 'other secret' },
  })(ref);

describe('a secret that a document names', () => {
  it('is read from the folder, through links inside it, and from a variable of the prefix', () => {
    expect(resolve({ file: 'client' })).toEqual({ ok: true, value: 's3cret\n' });
    expect(resolve({ file: '..data/client' })).toEqual({ ok: true, value: 's3cret\n' });
    expect(resolve({ variable: 'TALLYSTICK_SECRET_A' })).toEqual({ ok: true, value: 'from the environment' });
  });

  it.each<[SecretRef, string]>([
    [{ file: '../outside' }, 'file-not-allowed'],
    [{ file: '/etc/passwd' }, 'file-not-allowed'],
    [{ file: 'a/../../outside' }, 'file-not-allowed'],
    [{ file: '' }, 'file-not-allowed'],
    [{ file: 'client\0' }, 'file-not-allowed'],
    [{ file: 'escape' }, 'file-not-allowed'],
    [{ file: 'up/outside' }, 'file-not-allowed'],
    [{ file: 'near/near' }, 'file-not-allowed'],
    [{ file: 'none' }, 'not-there'],
    [{ file: 'client/none' }, 'not-there'],
    [{ file: '..data' }, 'unreadable'],
    [{ file: 'pipe' }, 'unreadable'],
    [{ file: 'large' }, 'unreadable'],
    [{ file: 'empty' }, 'empty'],
    [{ variable: 'AUTH_KEY' }, 'variable-not-allowed'],
    [{ variable: 'TALLYSTICK_SECRET_' }, 'variable-not-allowed'],
    [{ variable: 'TALLYSTICK_SECRET_A=' }, 'variable-not-allowed'],
    [{ variable: 'TALLYSTICK_SECRET_NONE' }, 'not-there'],
    [{ variable: 'TALLYSTICK_SECRET_E' }, 'empty'],
  ])('is refused with a reason and nothing of it (%j)', (ref, error) => {
    expect(resolve(ref)).toEqual({ ok: false, error });
  });

  it('can be no file below a folder that depends on where the process was started', () => {
    const resolver = createSecretResolver({ folder: relative(process.cwd(), folder), variables: {} });
    expect(resolver({ file: 'client' })).toEqual({ ok: false, error: 'file-not-allowed' });
  });

  it('can be no file where there is no folder for them', () => {
    expect(createSecretResolver({ variables: {} })({ file: 'client' })).toEqual({ ok: false, error: 'file-not-allowed' });
  });
});
