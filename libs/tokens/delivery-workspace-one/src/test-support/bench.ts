import { err, instant, ok } from '@tallystick/kernel-core';
import { createOutbound } from '@tallystick/platform-outbound';
import { hmacDigest } from '@tallystick/platform-secrets';
import { type DeliveryTarget, pingIdApp } from '@tallystick/tokens-domain';
import { createWorkspaceOneTarget, workspaceOneSettings } from '../index.ts';
import { exampleRules } from './example-rules.ts';
import { clientSecret, FakeUem, iosApplication, password, tenantCode } from './fake-uem.ts';

const secrets: Readonly<Record<string, string>> = { 'ws1-secret': clientSecret, 'ws1-password': password, 'ws1-key': tenantCode };

export interface Bench {
  readonly uem: FakeUem;
  readonly target: DeliveryTarget;
  pass(ms: number): void;
  close(): Promise<void>;
}

/** A target with iOS alone, over the real outbound, and the fake that it talks to. */
export async function startBench(kind: 'oauth' | 'basic' = 'oauth', rules = exampleRules): Promise<Bench> {
  const uem = await new FakeUem().listen();
  uem.rules.set(iosApplication, rules);
  uem.bundles.set(pingIdApp.iosBundleId, iosApplication);
  let now = 1_900_000_000_000;
  const clock = () => instant(now);
  const outbound = createOutbound({ hosts: [], insecureHosts: [uem.host], now: clock });
  const url = `http://${uem.host}`;
  const settings = workspaceOneSettings.parse({
    apiUrl: `${url}/API`,
    auth:
      kind === 'oauth'
        ? { kind, tokenUrl: `${url}/connect/token`, clientId: 'client-1', clientSecret: { file: 'ws1-secret' } }
        : { kind, username: 'api-user', password: { file: 'ws1-password' }, tenantCode: { file: 'ws1-key' } },
    ios: { application: iosApplication, devices: { kind: 'public', id: 17 } },
  });
  const target = createWorkspaceOneTarget(settings, {
    outbound,
    app: pingIdApp,
    secret: (ref) => {
      const found = 'file' in ref ? secrets[ref.file] : undefined;
      return found === undefined ? err('not-there') : ok(`${found}\n`);
    },
    now: clock,
    digest: (key, text) => hmacDigest(Buffer.from(key), text),
  });
  return {
    uem,
    target,
    pass: (ms) => void (now += ms),
    async close() {
      await outbound.close();
      await uem.close();
    },
  };
}
