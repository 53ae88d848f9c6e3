export { createIntuneTarget, type IntuneNeeds } from './create-intune-target.ts';
export { type IntuneSettings, intuneSettings } from './intune-settings.ts';
