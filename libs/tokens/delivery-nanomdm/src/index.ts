export { createNanomdmTarget, type NanomdmNeeds } from './create-nanomdm-target.ts';
export { type NanomdmSettings, nanomdmSettings } from './settings.ts';
export { type NoteNeeds, noteWebhook, readWebhook, type WebhookEvent, type WebhookRefusal } from './webhook.ts';
