export { type JamfSettings, jamfSettings } from './jamf-settings.ts';
export { createJamfTarget, type JamfNeeds } from './jamf-target.ts';
