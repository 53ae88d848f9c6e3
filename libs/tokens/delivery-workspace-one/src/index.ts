export { type WorkspaceOneSettings, workspaceOneSettings } from './workspace-one-settings.ts';
export { createWorkspaceOneTarget, type WorkspaceOneNeeds } from './workspace-one-target.ts';
