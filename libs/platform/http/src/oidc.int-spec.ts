import { describe } from '@jest/globals';
import { endpoints } from '@tallystick/platform-testing';
import { issuerConformance } from './issuer-conformance.fixture.ts';

// A real OpenID provider, its ready accounts, and what a service does with nothing but its address.
describe('with the OpenID provider of the stack', () => {
  issuerConformance(endpoints().oidc, {}, 'RS256');
});
