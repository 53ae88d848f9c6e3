import { describe } from '@jest/globals';
import type { DirectoryCapabilities } from '@tallystick/devices-domain';
import { type Breakage, mfaDirectoryConformance } from './mfa-directory-conformance.ts';
import { pingIdManners, pingOneManners } from './model-directory-manners.ts';
import { ModelDirectory } from './model-directory.ts';

const conformance = (manners: DirectoryCapabilities): void =>
  mfaDirectoryConformance({
    breakages: ['outage', 'answer-lost', 'throttled', 'credentials-refused'],
    capabilities: manners,
    make() {
      let next: Breakage | undefined;
      const take = (...those: Breakage[]): Breakage | undefined => {
        const taken = next && those.includes(next) ? next : undefined;
        if (taken) next = undefined;
        return taken;
      };
      const directory = new ModelDirectory({
        manners,
        beforeCall() {
          const how = take('outage', 'throttled', 'credentials-refused');
          if (how === 'credentials-refused') return { kind: 'credentials-refused' };
          return how && { kind: 'unavailable', ...(how === 'throttled' && { retryAfterMs: 1000, rateLimited: true }) };
        },
        afterCall: () => take('answer-lost') && { kind: 'unavailable' },
      });
      return {
        directory,
        reset({ deviceLimit }) {
          next = undefined;
          directory.clear();
          directory.configure({ deviceLimit });
        },
        addForeignDevice: (username, device) => void directory.addForeignDevice(username, device),
        breakNext(how) {
          next = how;
        },
        close() {},
      };
    },
  });

describe('the model directory with the manners of PingID', () => conformance(pingIdManners));
describe('the model directory with the manners of PingOne', () => conformance(pingOneManners));
