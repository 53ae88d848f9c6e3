import { describe } from '@jest/globals';
import { issuerConformance } from './issuer-conformance.fixture.ts';

// Only with TALLYSTICK_KEYCLOAK=1, which starts one: tools/stack/keycloak has its realm.
const issuer = process.env['TALLYSTICK_KEYCLOAK_ISSUER'];

(issuer === undefined ? describe.skip : describe)('with Keycloak', () => {
  issuerConformance(issuer ?? '', { AUTH_ROLES_CLAIM: 'realm_access.roles' }, 'ES256,PS256');
});
