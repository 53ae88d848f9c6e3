export { createNanomdmTarget, type NanomdmNeeds } from './create-nanomdm-target.ts';
export { type NanomdmSettings, nanomdmSettings } from './settings.ts';
export {
  isSignature,
  isSignedWith,
  longestWebhook,
  type NoteNeeds,
  noteWebhook,
  readEvent,
  readWebhook,
  type SignedEvent,
  type WebhookEvent,
  type WebhookRefusal,
} from './webhook.ts';
