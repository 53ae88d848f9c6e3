export { createNanomdmTarget, type NanomdmNeeds } from './create-nanomdm-target.ts';
export { type NanomdmSettings, nanomdmSettings } from './settings.ts';
export {
  isSignature,
  isSignedWith,
  longestWebhook,
  type NoteNeeds,
  noteWebhook,
  readWebhook,
  type SignedEvent,
  type WebhookRefusal,
} from './webhook.ts';
