import { describe, expect, it } from '@jest/globals';
import { configurationFormats, platformsOf } from '@tallystick/tokens-delivery-file';
import { pingIdApp, platforms } from '@tallystick/tokens-domain';
import { guideOf } from './guide.ts';
import { guidedProducts } from './products.ts';

const all = guidedProducts.flatMap((product) => platforms.map((platform) => ({ product, platform })));
const text = (...asked: Parameters<typeof guideOf>) => JSON.stringify(guideOf(...asked));

describe('a guide', () => {
  it.each(all.filter(({ product, platform }) => !(product === 'jamf' && platform === 'android')))(
    'for $product on $platform exports, keeps what else is there, looks again, and confirms',
    ({ product, platform }) => {
      const guide = guideOf(product, platform, pingIdApp)!;
      expect(guide.steps.length).toBeGreaterThanOrEqual(6);
      expect(guide.steps[0]).toContain(`format ${guide.formats[0]}.`);
      expect(guide.steps[1]).toContain('Write down the other keys');
      expect(guide.steps.at(-2)).toContain('the key is exactly PINGID_MDM_TOKEN');
      expect(guide.steps.at(-1)).toContain('Confirm the slot');
      const [own, other] =
        platform === 'ios' ? (['iosBundleId', 'androidPackage'] as const) : (['androidPackage', 'iosBundleId'] as const);
      expect(guide.steps.join(' ')).toContain(pingIdApp[own]);
      expect(guide.steps.join(' ')).not.toContain(pingIdApp[other]);
      for (const page of guide.pages) expect(new URL(page).protocol).toBe('https:');
    },
  );

  it.each(all)('for $product on $platform names only formats that the file export has for it', ({ product, platform }) => {
    for (const format of guideOf(product, platform, pingIdApp)?.formats ?? []) {
      expect(configurationFormats).toContain(format);
      expect(platformsOf(format)).toContain(platform);
    }
  });

  it('is written with the app of the target', () => {
    const app = { key: 'OTHER_KEY', iosBundleId: 'com.example.app', androidPackage: 'com.example.android' };
    for (const { product, platform } of all) {
      const guide = text(product, platform, app);
      if (guide) expect(guide.match(/PINGID_MDM_TOKEN|com\.pingidentity/g)).toBeNull();
    }
  });

  it('for Jamf Pro is for iOS only', () => {
    expect(guideOf('jamf', 'android', pingIdApp)).toBeUndefined();
    expect(text('jamf', 'ios', pingIdApp)).toContain('App Configuration');
  });

  it('says what is different in each product', () => {
    expect(text('intune', 'ios', pingIdApp)).toContain('Enter XML data');
    expect(text('intune', 'android', pingIdApp)).toMatch(/Enter JSON data.*fully managed ones may have a policy each/);
    expect(text('workspace-one', 'ios', pingIdApp)).toMatch(/In every assignment.*typed by hand.*highest priority.*made managed/);
    expect(text('workspace-one', 'android', pingIdApp)).toContain('from the Play store');
    expect(text('ivanti-epmm', 'ios', pingIdApp)).toContain('in the catalogue wins');
    expect(text('ivanti-neurons', 'android', pingIdApp)).toContain('one or two check-ins');
  });

  it('warns of the marks of variables', () => {
    const marks = guidedProducts.map((product) => /texts like (\S+) by/.exec(guideOf(product, 'ios', pingIdApp)!.variables)?.[1]);
    expect(marks).toEqual(['${…}', '${…}', '%username%', '{DeviceUid}', '{{deviceid}}', '$SERIALNUMBER', undefined]);
  });
});
