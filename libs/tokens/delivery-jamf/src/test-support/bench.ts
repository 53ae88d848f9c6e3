import { err, instant, ok } from '@tallystick/kernel-core';
import { createOutbound } from '@tallystick/platform-outbound';
import { hmacDigest } from '@tallystick/platform-secrets';
import { type DeliveryTarget, pingIdApp } from '@tallystick/tokens-domain';
import { deliveredValues } from '@tallystick/tokens-testing';
import { createJamfTarget, jamfSettings } from '../index.ts';
import { applicationId, asItIs, clientSecret, FakeJamf } from './fake-jamf.ts';

/** With other keys of all types, an entity, a comment, a variable, and a newline at the end. */
export const examplePreferences = `<dict>
  <key>server</key>
  <string>https://a.example/?a=1&amp;b=&lt;2&gt;</string>
  <!-- set by the tool -->
  <key>PINGID_MDM_TOKEN</key>
  <string>${deliveredValues.before}</string>
  <key>serial</key><string>$SERIALNUMBER</string>
  <key>A &amp; B</key><string>A &amp; B</string>
  <key>retries</key><integer>9007199254740993</integer><key>ratio</key><real>1.0</real>
  <key>nested</key><dict><key>PINGID_MDM_TOKEN</key><string>not this one</string><key>on</key><true/></dict>
  <key>list</key><array><string>b</string><string>a</string><date>2026-01-02T03:04:05Z</date><data>AAEC</data><false/></array>
</dict>
`;

export interface Bench {
  readonly jamf: FakeJamf;
  readonly target: DeliveryTarget;
  pass(ms: number): void;
  /** As another process has it: without cookies and tokens. */
  anotherTarget(): DeliveryTarget;
  close(): Promise<void>;
}

/** A target over the real outbound, and the fake that it talks to. */
export async function startBench(stores: (text: string) => string = asItIs, preferences = examplePreferences): Promise<Bench> {
  let now = 1_900_000_000_000;
  const jamf = await new FakeJamf(preferences, stores, () => now).listen();
  const clock = () => instant(now);
  const outbound = createOutbound({ hosts: [], insecureHosts: [jamf.host], now: clock });
  const settings = jamfSettings.parse({
    url: `http://${jamf.host}`,
    clientId: 'jamf-client',
    clientSecret: { variable: 'JAMF_SECRET' },
    ios: { applications: [applicationId] },
  });
  const anotherTarget = () =>
    createJamfTarget(settings, {
      outbound,
      app: pingIdApp,
      secret: (ref) => ('variable' in ref && ref.variable === 'JAMF_SECRET' ? ok(clientSecret) : err('not-there')),
      now: clock,
      digest: (key, text) => hmacDigest(Buffer.from(key), text),
    });
  return {
    jamf,
    target: anotherTarget(),
    pass: (ms) => void (now += ms),
    anotherTarget,
    async close() {
      await outbound.close();
      await jamf.close();
    },
  };
}
