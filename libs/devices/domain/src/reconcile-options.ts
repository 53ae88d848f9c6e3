/** The reference's settings (d.1) plus the ones that are ours; a connection document carries them. */
export interface ReconcileOptions {
  /** *Manage Devices*: leave devices alone, add and replace managed ones, or also remove every other one. */
  readonly manageDevices: 'do-not-manage' | 'merge' | 'overwrite';
  /** *Primary Device on Create* (PR1–PR3); only slot 1 of each kind can be chosen. */
  readonly primaryDevice: 'do-not-manage' | 'Email 1' | 'SMS Number 1' | 'Voice Number 1';
  /** *User Create* (P21). */
  readonly createUsers: boolean;
  /** *User Update* (P22): off also stops device changes (T14) and re-enabling. */
  readonly updateUsers: boolean;
  /** *User Disable / Delete* (P23). */
  readonly disableUsers: boolean;
  /** *Provision Disabled Users* (P25). */
  readonly provisionDisabledUsers: boolean;
  /** *Remove User Action* (P24). */
  readonly removeAction: 'disable' | 'delete';
  /** Ours: a managed device whose source value was cleared stays (`keep`, the reference, P41) or is unpaired. */
  readonly onCleared: 'keep' | 'remove';
  /** Ours: puts the primary role back on the replacement of a primary device (PR8). */
  readonly preservePrimary: boolean;
  /** Ours: device types (the directory's words) that Overwrite spares. */
  readonly keepDeviceTypes: readonly string[];
  /** Ours: lets Overwrite leave a user without any device (P51). */
  readonly allowStripToZero: boolean;
  /** Ours: whether a replacement is paired before the old device goes (`add-first`, needs room under the device limit) or after (P52, T5). */
  readonly order: 'remove-first' | 'add-first';
  /**
   * Ours: the wanted address under another nickname (P47, T8): pair a second device, rename the one that is there (`adopt`), or do as
   * PingOne's documents say: unpair it and pair it anew (`recreate`, P60).
   */
  readonly sameValue: 'pair' | 'adopt' | 'recreate';
  /** Ours: never removes the last device with which the user can sign in, unless a person approved exactly that plan. */
  readonly keepWorkingFactor: boolean;
  /** Ours: an account that we managed and that is gone at the directory (A13): create it again, as the reference does, or report it. */
  readonly missingAccount: 'recreate' | 'report';
  /** Ours: a changed username (P20, L4): a different user, and the old account is reported; or the account goes along. */
  readonly usernameChange: 'report' | 'follow';
}

/** The reference's defaults where it documents them, the recommended ones where it is silent (d.1). */
export const parityOptions: ReconcileOptions = {
  manageDevices: 'merge',
  primaryDevice: 'do-not-manage',
  createUsers: true,
  updateUsers: true,
  disableUsers: true,
  provisionDisabledUsers: true,
  removeAction: 'disable',
  onCleared: 'keep',
  preservePrimary: false,
  keepDeviceTypes: [],
  allowStripToZero: false,
  order: 'remove-first',
  sameValue: 'pair',
  keepWorkingFactor: false,
  missingAccount: 'recreate',
  usernameChange: 'report',
};

/** Nobody is left with less by accident (ADR 5.11). */
export const neverLessOptions: ReconcileOptions = {
  ...parityOptions,
  preservePrimary: true,
  order: 'add-first',
  sameValue: 'adopt',
  keepWorkingFactor: true,
  missingAccount: 'report',
};
