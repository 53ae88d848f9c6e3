import type { AccountStatus, DirectoryCapabilities, DirectoryFault } from '@tallystick/devices-domain';

/** How a provider behaves where the port leaves it open; the suite asserts it, so that a model of it is no guess. The planner does not need it. */
export interface ConformanceManners {
  readonly created: AccountStatus;
  readonly createdDisabled: AccountStatus;
  readonly withoutLastDevice: AccountStatus;
  /** Suspending who is not active and activating who is active are refused (10561, 10562); elsewhere they change nothing. */
  readonly refusesSameStatus: boolean;
  /** Fields that are left out of an edit become empty (P28); elsewhere they may stay. */
  readonly editReplaces: boolean;
  /** 403 for a write: the connection's fault, or perhaps one user's, whom this application may not change. */
  readonly forbiddenWrite: readonly DirectoryFault['kind'][];
  readonly deviceId: RegExp;
  /** A well-formed id that no device has. */
  readonly unknownDevice: string;
}

export const conformanceManners: Readonly<Record<DirectoryCapabilities['kind'], ConformanceManners>> = {
  pingid: {
    created: 'pending-activation',
    createdDisabled: 'not-active',
    withoutLastDevice: 'pending-change-device',
    refusesSameStatus: true,
    editReplaces: true,
    forbiddenWrite: ['credentials-refused'],
    deviceId: /^[1-9]\d{0,18}$/,
    unknownDevice: '285234913243546570',
  },
  pingone: {
    created: 'active',
    createdDisabled: 'suspended',
    withoutLastDevice: 'active',
    refusesSameStatus: false,
    editReplaces: false,
    forbiddenWrite: ['credentials-refused', 'refused'],
    deviceId: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    unknownDevice: '0f0eaf16-bc75-4440-8f0e-af16bc75b440',
  },
};
