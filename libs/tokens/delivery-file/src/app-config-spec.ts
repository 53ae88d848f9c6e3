import { xmlAttribute, xmlText } from './xml-text.ts';

/**
 * A specification file of the AppConfig community: it tells a console which keys the app has, and a default for each. What the app gets is what
 * the console then holds. All keys are texts.
 */
export function appConfigSpec(bundleId: string, keys: readonly (readonly [key: string, value: string])[]): string {
  const fields = keys.map(
    ([key]) => `    <field keyName="${xmlAttribute(key)}" type="input">
      <label>
        <language value="en-US">${xmlText(key)}</language>
      </label>
      <description>
        <language value="en-US">Text, taken exactly as it is</language>
      </description>
    </field>
`,
  );
  const strings = keys.map(
    ([key, value]) => `    <string keyName="${xmlAttribute(key)}">
      <defaultValue>
        <value>${xmlText(value)}</value>
      </defaultValue>
    </string>
`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<managedAppConfiguration>
  <version>1</version>
  <bundleId>${xmlText(bundleId)}</bundleId>
  <dict>
${strings.join('')}  </dict>
  <presentation defaultLocale="en-US">
${fields.join('')}  </presentation>
</managedAppConfiguration>
`;
}
