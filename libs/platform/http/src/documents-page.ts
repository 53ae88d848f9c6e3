import { hash } from 'node:crypto';

const inlineStyle = /<style>([^]*?)<\/style>/g;
/** Which a policy can name only together with a leave for all handlers in attributes. */
const styleAttribute = / style=(?:"[^"]*"|'[^']*')/g;

/** The page of the documents, and what it loads. */
export const isPage = (url: string): boolean => /^\/docs(?:[/?]|$)/.test(url);

/**
 * The page as it is sent, with a policy that allows its own files and its style sheets as they are, by their hashes: nothing that somebody may
 * get into it runs, and no style of theirs either. The scripts of the page are files beside it.
 */
export function pageWithPolicy(html: string): { readonly page: string; readonly policy: string } {
  const page = html.replaceAll(styleAttribute, ' width="0" height="0"'); // of the sheet of icons: it takes no place either way
  const styles = [...page.matchAll(inlineStyle)].map(([, css = '']) => `'sha256-${hash('sha256', css, 'base64')}'`);
  return {
    page,
    policy:
      `default-src 'none'; script-src 'self'; style-src ${["'self'", ...styles].join(' ')}; ` +
      "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  };
}
