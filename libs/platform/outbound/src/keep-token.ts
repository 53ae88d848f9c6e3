import { err, type Instant, ok, type Result } from '@tallystick/kernel-core';

/** An access token that is kept in memory until it is renewed. */
export interface KeptToken<F> {
  /** The kept token, or a new one. Whoever asks during a login waits for that one, no longer than his deadline. */
  get(deadline: AbortSignal): Promise<Result<string, F>>;
  /** `token` was refused: a new one, unless somebody has got it already. */
  instead(token: string, deadline: AbortSignal): Promise<Result<string, F>>;
}

export interface GrantedToken {
  readonly value: string;
  readonly lifeMs: number;
}

export interface KeepTokenOptions<F> {
  /** One at a time. It is for all who wait, so it has a deadline of its own. */
  readonly login: () => Promise<Result<GrantedToken, F>>;
  /** What is said to whom the login takes too long. */
  readonly late: F;
  readonly now: () => Instant;
  /** Whether a token is used without a login; unless told: until a minute before its end, or a fifth of its life, if that is shorter. */
  readonly isFresh?: (token: { readonly leftMs: number; readonly lifeMs: number }) => boolean;
  /** While logins fail, a token is used to its very end. */
  readonly outlastsFailures?: boolean;
}

const longestMarginMs = 60_000;
const usual: NonNullable<KeepTokenOptions<unknown>['isFresh']> = ({ leftMs, lifeMs }) =>
  leftMs > Math.min(longestMarginMs, lifeMs / 5);

export function keepToken<F>({ login, late, now, isFresh = usual, outlastsFailures = false }: KeepTokenOptions<F>): KeptToken<F> {
  let held: (GrantedToken & { readonly expiresAt: number }) | undefined;
  let underWay: Promise<Result<string, F>> | undefined;

  async function renew(): Promise<Result<string, F>> {
    const startedAt = now();
    const granted = await login();
    if (!granted.ok) return granted;
    held = { ...granted.value, expiresAt: startedAt + granted.value.lifeMs };
    return ok(held.value);
  }

  async function get(deadline: AbortSignal): Promise<Result<string, F>> {
    if (held && isFresh({ leftMs: held.expiresAt - now(), lifeMs: held.lifeMs })) return ok(held.value);
    underWay ??= renew().finally(() => (underWay = undefined));
    const result = await within(underWay, deadline, err(late));
    return outlastsFailures && !result.ok && held && now() < held.expiresAt ? ok(held.value) : result;
  }

  return {
    get,
    instead(token, deadline) {
      if (held?.value === token) held = undefined;
      return get(deadline);
    },
  };
}

/** The login is for all who wait, so nobody's deadline ends it. */
function within<T>(login: Promise<T>, deadline: AbortSignal, late: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(late);
    if (deadline.aborted) return stop();
    deadline.addEventListener('abort', stop, { once: true });
    login.then(resolve, reject).finally(() => deadline.removeEventListener('abort', stop));
  });
}
