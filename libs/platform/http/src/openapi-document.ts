import type { RouteAccess } from './access.ts';

type Parameter = { readonly name?: string; readonly in?: string; readonly [member: string]: unknown };
type Responses = Readonly<Record<string, object>>;
type Operation = {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  readonly responses?: Responses;
  readonly [member: string]: unknown;
};

/** Operations by method, in small letters. */
export type PathItem = Readonly<Record<string, Operation>>;

export type OpenApiDocument = {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, object>>; readonly [kind: string]: unknown };
  readonly [member: string]: unknown;
};

/** A response of OpenAPI whose body is a problem. For refusals of a route's own; those of the platform are added to each route. */
export const problemResponse = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const problem = {
  type: 'object',
  description:
    'Any error (RFC 9457). Programs read `type`, people read `title` and `detail`. Further members depend on the type.',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', description: 'Stable: `urn:tallystick:problem:<kind>`.' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What the caller can do.' },
    instance: { type: 'string', description: 'Names this one answer; the log has it too.' },
  },
};

const refusals = {
  400: ['BadRequest', 'The request is malformed, or has the faults that are listed.'],
  401: ['Unauthenticated', 'Who calls is not known: there is no credential, or it is not accepted.'],
  403: ['Forbidden', 'The roles of the caller do not allow this.'],
  404: ['NotFound', 'There is no such resource, or the caller has no access to it.'],
  413: ['BodyTooLarge', 'The request body is too large.'],
  414: ['UriTooLong', 'A part of the path is too long.'],
  415: ['UnsupportedMediaType', 'The body is not application/json.'],
  503: ['Unavailable', 'The service can not do this now, or can not check tokens. Try again later.'],
} as const;
type Refused = keyof typeof refusals;

const responseComponents = Object.fromEntries(
  Object.values(refusals).map(([name, description]) => [name, problemResponse(description)]),
);

/** What the platform itself may answer on a route, before and beside the route's own code. */
const refusalsOf = (roles: boolean, inPath: boolean, parameters: boolean, body: boolean): readonly Refused[] => [
  ...(parameters || body ? ([400] as const) : []),
  ...(roles ? ([401, 403, 503] as const) : []),
  ...(roles || inPath ? ([404] as const) : []),
  ...(inPath ? ([414] as const) : []),
  ...(body ? ([413, 415] as const) : []),
];

const namesIn = (path: string): readonly string[] => [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '');

/** A route's own refusals are problems too, where the route does not say what they are. */
const withProblems = (responses: Responses): Responses =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      Number(status) < 400 || 'content' in response || '$ref' in response ? response : { ...problemResponse(''), ...response },
    ]),
  );

/** How a caller may show who it is; each is enough. Where a service has a way only by its settings, the description says so. */
const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token of the OpenID issuer.' },
  breakGlass: {
    type: 'http',
    scheme: 'BreakGlass',
    description:
      'The emergency credential, as `Authorization: BreakGlass bg_…`, over TLS or from the machine itself: only where its digest is mounted, and only while the issuer is away or the file is armed. It revokes by id, forces nothing, and every use is in the audit.',
  },
  certificate: {
    type: 'mutualTLS',
    description:
      'A client certificate with exactly one of the names that AUTH_CALLERS_FILE lists; only where that is set. Any Authorization header decides alone.',
  },
} as const;
type SecurityScheme = keyof typeof securitySchemes;

/** Which ways are open to a route with roles. */
const waysTo = (access: RouteAccess | 'closed', certificates: boolean): readonly SecurityScheme[] => [
  'bearer',
  ...(certificates ? (['certificate'] as const) : []),
  ...(access !== 'closed' && access.kind === 'roles' && access.revokes === true ? (['breakGlass'] as const) : []),
];

function completeOperation(
  path: string,
  method: string,
  operation: Operation,
  access: RouteAccess | 'closed',
  certificates: boolean,
): Operation {
  const { parameters = [], responses = {}, requestBody } = operation;
  const named = namesIn(path);
  const missing = named
    .filter((name) => !parameters.some((parameter) => parameter.in === 'path' && parameter.name === name))
    .map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const roles = access === 'closed' ? [] : access.kind === 'roles' ? access.anyOf : undefined;
  const all = [...missing, ...parameters];
  const refused = refusalsOf(roles !== undefined, named.length > 0, all.length > 0, requestBody !== undefined);
  return {
    ...operation,
    operationId: operation.operationId ?? `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`,
    ...(all.length > 0 && { parameters: all }),
    responses: {
      ...Object.fromEntries(refused.map((status) => [status, { $ref: `#/components/responses/${refusals[status][0]}` }])),
      ...withProblems(responses),
    },
    ...(roles && { 'x-roles': roles, security: waysTo(access, certificates).map((way) => ({ [way]: [] })) }),
    ...(access !== 'closed' && access.kind === 'signature' && { 'x-authenticated-by': access.by, security: [] }),
  };
}

/**
 * The document of Nest's routes with the given ones beside them. To each operation it adds what holds for all: the roles that the
 * route really asks for, the parameters of its path, and the refusals of the platform; what an operation says itself wins.
 * @throws Error when a given path is no route.
 */
export function completeDocument(
  document: OpenApiDocument,
  {
    paths,
    schemas,
    accessOf,
    certificates = false,
  }: {
    readonly paths: Readonly<Record<string, PathItem>>;
    readonly schemas: Readonly<Record<string, object>>;
    /** The access of the route with this pattern, in Fastify's form. */
    readonly accessOf: (method: string, url: string) => RouteAccess | 'closed' | undefined;
    /** Callers may have a client certificate instead of a token. */
    readonly certificates?: boolean | undefined;
  },
): OpenApiDocument {
  const everyPath = [...new Set([...Object.keys(document.paths), ...Object.keys(paths)])];
  const completed = everyPath.map((path) => {
    const operations = Object.entries({ ...document.paths[path], ...paths[path] }).map(([method, operation]) => {
      const access = accessOf(method, path.replaceAll(/\{([^}]+)\}/g, ':$1'));
      if (!access) throw new Error(`${method.toUpperCase()} ${path} is documented, but there is no such route`);
      return [method, completeOperation(path, method, operation, access, certificates)] as const;
    });
    return [path, Object.fromEntries(operations)] as const;
  });
  const ways = new Set(
    completed.flatMap(([, item]) =>
      Object.values(item).flatMap(({ security }) => ((security ?? []) as readonly object[]).flatMap((way) => Object.keys(way))),
    ),
  );
  return {
    ...document,
    paths: Object.fromEntries(completed),
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, ...schemas, Problem: problem },
      responses: responseComponents,
      securitySchemes: Object.fromEntries(Object.entries(securitySchemes).filter(([way]) => ways.has(way))),
    },
  };
}
