/** What OPA is asked; the path under `/v1/data`. */
export const opaPath = '/v1/data/tallystick/answer';

/**
 * The validator's question as a policy, written for speed: the caller's token is verified by the issuer's keys (and remembered, see
 * {@link opaConfig}), then one HMAC and one look-up by it. It leaves out what else the validator does.
 */
export const opaPolicy = `package tallystick

caller := claims if {
	[valid, _, claims] := io.jwt.decode_verify(input.bearer, {"cert": data.issuer.keys, "iss": data.issuer.name, "aud": data.issuer.audience})
	valid
}

may_ask if "validator-caller" in caller.roles["*"]

may_ask if "validator-caller" in caller.roles[input.environment]

ring := data.rings[input.environment]

active if {
	token := ring.tokens[crypto.hmac.sha256(input.presentedToken, data.pepper)]
	token.state == "active"
	now := time.now_ns()
	token.from <= now
	now < token.until
}

answer := {"verdict": "allow"} if {
	may_ask
	active
}

answer := {"verdict": "allow"} if {
	may_ask
	ring.mode != "enforce"
}

answer := {"verdict": "deny", "causes": ["managed-device-token"]} if {
	may_ask
	ring.mode == "enforce"
	not active
}
`;

/** A verified token is remembered, as by the validator; `io_jwt` keeps nothing unless it is told to. */
export const opaConfig = JSON.stringify({
  caching: { inter_query_builtin_value_cache: { named: { io_jwt: { max_num_entries: 1_000 } } } },
});

/** The year 2100, in nanoseconds. */
const never = 4_102_444_800_000_000_000;

export interface OpaData {
  readonly issuer: { readonly name: string; readonly audience: string; readonly jwks: object };
  /** OPA's HMAC takes a text. */
  readonly pepper: string;
  /** Of each environment, the digests of its tokens. */
  readonly rings: Readonly<Record<string, readonly { readonly digest: string; readonly state: 'active' | 'revoked' }[]>>;
}

/** The data document beside the policy. */
export const opaData = ({ issuer, pepper, rings }: OpaData): string =>
  JSON.stringify({
    issuer: { name: issuer.name, audience: issuer.audience, keys: JSON.stringify(issuer.jwks) },
    pepper,
    rings: Object.fromEntries(
      Object.entries(rings).map(([environment, tokens]) => [
        environment,
        {
          mode: 'enforce',
          tokens: Object.fromEntries(tokens.map(({ digest, state }) => [digest, { state, from: 0, until: never }])),
        },
      ]),
    ),
  });
