import { z } from 'zod';

/** Where a service's API begins, in a document: which hosts may be called, and how, is the outbound's to say. */
export const baseAddress = z
  .url({ protocol: /^https?$/ })
  .refine(
    (text) => !/[?#]|\/$/.test(text) && !/\/\/[^/]*@/.test(text),
    'must have no query, no credentials and no slash at its end',
  );
