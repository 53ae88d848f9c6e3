import type { GuardReason } from '@tallystick/devices-domain';

/** One sentence per reason to wait for a person. */
export const guardReasons: Readonly<Record<GuardReason, string>> = {
  'too-many-deletions': 'More accounts would be deleted than the guards of the connection let through in one window.',
  'too-many-suspensions': 'More accounts would be suspended than the guards of the connection let through in one window.',
  'too-many-removals': 'More devices would be removed than the guards of the connection let through in one window.',
  'too-many-replacements': 'More devices would be replaced than the guards of the connection let through in one window.',
  'too-many-account-changes':
    'More accounts would be renamed, or opened again, than the guards of the connection let through in one window.',
  'no-headroom':
    'The old device would have to go before the new one can come: the user has as many as the directory allows, or the limit is not known.',
  'last-working-factor': 'For a moment or for good, the user would have nothing left to sign in with.',
  'account-owned-by-another':
    'The account of this username belongs to another living user of the datastore; an approval hands it over.',
  'source-shrank': 'The source has lost more of its users since the last pass than the guards let through.',
  'attribute-emptied': 'A mapped attribute is empty for many more users than in the last pass.',
  'source-unhealthy': 'The source is stopped, or its epoch was raised since the last pass.',
};
