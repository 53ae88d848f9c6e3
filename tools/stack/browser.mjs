// As much of a browser as a sign-in needs: it keeps cookies, follows redirects, and sends forms.

/** @typedef {{ status: number, url: string, text: string }} Page */

const unescaped = (/** @type {string} */ text) => text.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** @param {string} tag @param {string} name */
const attribute = (tag, name) => unescaped(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');

const mostRedirects = 10;

/** A browser of its own, signed in nowhere. */
export function openBrowser() {
  /** @type {Map<string, string>} */
  const cookies = new Map();

  /** @param {string} url @param {URLSearchParams} [form] @returns {Promise<Page>} after all redirects */
  async function open(url, form) {
    let [at, body] = [url, form];
    for (let redirects = 0; redirects < mostRedirects; redirects++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const signal = AbortSignal.timeout(30_000);
      const request = { ...(body && { method: 'POST', body }), headers: { cookie }, redirect: /** @type {const} */ ('manual') };
      const answer = await fetch(at, { ...request, signal });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '' || /max-age=0\b|expires=thu, 01[ -]jan[ -]1970/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const to = answer.headers.get('location');
      const text = await answer.text();
      if (to === null) return { status: answer.status, url: at, text };
      [at, body] = [new URL(to, at).href, undefined];
    }
    throw new Error(`${new URL(url).pathname} redirects without end`);
  }

  return {
    open,
    /**
     * Sends the first form of a page: what its fields hold, and over that what is given. A button that is not given is not pressed.
     * @param {Page} page @param {Readonly<Record<string, string>>} [fields]
     */
    submit(page, fields = {}) {
      const [form, opening = ''] = /(<form[^>]*>)[\s\S]*?<\/form>/.exec(page.text) ?? [];
      if (form === undefined) throw new Error(`${new URL(page.url).pathname} has no form (${page.status})`);
      const inputs = [...form.matchAll(/<input[^>]*>/g)].map(([tag]) => tag).filter((tag) => attribute(tag, 'type') !== 'submit');
      const held = inputs.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')]).filter(([name]) => name !== '');
      const sent = new URLSearchParams(Object.fromEntries(held));
      for (const [name, value] of Object.entries(fields)) sent.set(name, value);
      return open(new URL(attribute(opening, 'action') || page.url, page.url).href, sent);
    },
  };
}

/** What a page asks for by the names of its fields. @param {string} text @param {{ account: string, secret: string }} person */
function answersTo(text, { account, secret }) {
  if (text.includes('name="account"')) return { account, secret }; // the provider of the stack
  if (text.includes('name="username"')) return { username: account, password: secret }; // Keycloak
  return text.includes('name="accept"') ? { accept: 'Yes' } : {};
}

const mostPages = 8;

/**
 * Goes through the pages of a sign-in as a person would who agrees to everything.
 * @param {string} url  where the code is asked for, or known already @param {{ account: string, secret: string }} person
 * @returns {Promise<Page>} the page that asks for no more
 */
export async function signInAt(url, person) {
  const browser = openBrowser();
  let page = await browser.open(url);
  for (let pages = 0; pages < mostPages && page.text.includes('<form'); pages++)
    page = await browser.submit(page, answersTo(page.text, person));
  return page;
}
