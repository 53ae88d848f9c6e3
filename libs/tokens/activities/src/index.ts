export { createTokenActivities } from './create-token-activities.ts';
