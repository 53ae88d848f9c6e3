export { attributesOf, slotTargets } from './attribute-mapping.ts';
export { mapRecord, type MappingContext, type PresentUser, type UnmappableReason } from './map-record.ts';
export { normaliseEmail } from './normalise-email.ts';
export { normaliseSms, normaliseVoice, type PhoneReason } from './normalise-phone.ts';
