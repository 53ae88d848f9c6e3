// What a person sees who signs in at the local provider: plain pages, without scripts, and without anything from elsewhere.

/** @param {string} text */
const safe = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** @param {string} title @param {string} body */
const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`;

/** @param {string} form  with the field of the code, made by the provider @param {boolean} wasWrong */
export const askForCode = (form, wasWrong) =>
  page(
    'Sign in to the local stack',
    `<p>${wasWrong ? 'This code is not known, over, or used already.' : 'Type the code that your command line shows.'}</p>${form}<button form="op.deviceInputForm">Continue</button>`,
  );

/** @param {string} form @param {string} code @param {string} client */
export const askWhetherMeant = (form, code, client) =>
  page(
    'Was it you?',
    `<p>${safe(client)} shows the code <strong>${safe(code)}</strong>. Go on only if you asked for it.</p>${form}<button form="op.deviceConfirmForm">Continue</button> <button form="op.deviceConfirmForm" name="abort" value="yes">No</button>`,
  );

/** @param {boolean} wasWrong */
export const askWho = (wasWrong) =>
  page(
    'Who are you?',
    `<p>${wasWrong ? 'There is no such account with this secret.' : 'An account of the local stack: its id and its secret.'}</p><form method="post"><p><label>Account <input name="account" autofocus></label></p><p><label>Secret <input name="secret" type="password"></label></p><button>Sign in</button></form>`,
  );

export const askNoMore = page('Signed in', '<p>Go back to your command line.</p>');
