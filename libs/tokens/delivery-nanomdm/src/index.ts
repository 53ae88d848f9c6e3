export { createNanomdmTarget, type NanomdmNeeds } from './create-nanomdm-target.ts';
export { type NanomdmSettings, nanomdmSettings } from './settings.ts';
export {
  longestWebhook,
  type NoteNeeds,
  noteWebhook,
  readWebhook,
  type SignedEvent,
  type WebhookEvent,
  type WebhookRefusal,
} from './webhook.ts';
