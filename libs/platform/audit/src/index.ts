/** What a signed head speaks of: one chain per half and environment, as `tokens/production`. */
export type ChainName = `${'tokens' | 'devices'}/${string}`;
