import { describe } from '@jest/globals';
import { type Breakage, mfaDirectoryConformance } from './mfa-directory-conformance.ts';
import { ModelDirectory } from './model-directory.ts';

describe('the model directory', () => {
  mfaDirectoryConformance({
    breakages: ['outage', 'answer-lost', 'throttled', 'credentials-refused'],
    deviceIds: 'int64',
    make() {
      let next: Breakage | undefined;
      const take = (...those: Breakage[]): Breakage | undefined => {
        const taken = next && those.includes(next) ? next : undefined;
        if (taken) next = undefined;
        return taken;
      };
      const directory = new ModelDirectory({
        beforeCall() {
          const how = take('outage', 'throttled', 'credentials-refused');
          if (how === 'credentials-refused') return { kind: 'credentials-refused' };
          return how && { kind: 'unavailable', ...(how === 'throttled' && { retryAfterMs: 1000 }) };
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
});
