/** The member of a cluster that answered says so in one of these; another may show a change up to a minute later. */
const names = ['jpro-ingress', 'APBALANCEID'];
const pattern = /^\s*([A-Za-z-]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,512})(?:;|$)/;

/** Keeps the calls of a target on the member that answered first, so that what was written is what is read back. */
export interface BalancerCookies {
  /** Of a request, or empty. */
  header(): Readonly<Record<string, string>>;
  /** @param lines the `set-cookie` of an answer, one a line. */
  keep(lines: string | undefined): void;
}

export function createBalancerCookies(): BalancerCookies {
  const kept = new Map<string, string>();
  return {
    header: () => (kept.size === 0 ? {} : { cookie: [...kept].map(([name, value]) => `${name}=${value}`).join('; ') }),
    keep(lines = '') {
      for (const line of lines.split('\n')) {
        const [, name = '', value = ''] = pattern.exec(line) ?? [];
        if (names.includes(name)) kept.set(name, value);
      }
    },
  };
}
