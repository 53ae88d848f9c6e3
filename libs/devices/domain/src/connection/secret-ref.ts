import type { Result } from '@tallystick/kernel-core';

/** Where a secret is; a document never holds one. `file`: a name below the configured folder; `variable`: begins with `TALLYSTICK_SECRET_`. */
export type SecretRef = { readonly file: string } | { readonly variable: string };

export type SecretFault = 'file-not-allowed' | 'variable-not-allowed' | 'not-there' | 'unreadable' | 'empty';

/** Reads a secret each time it is asked, so that a rotated one is taken without a restart. Never tells its value in a fault. */
export type ResolveSecret = (ref: SecretRef) => Result<string, SecretFault>;
