import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { accessOfRoute } from './access.hook.ts';
import { completeDocument, type OpenApiDocument, type PathItem } from './openapi-document.ts';

export type OpenApiOptions = {
  readonly title: string;
  readonly description: string;
  readonly version?: string;
  /**
   * Routes that are registered on Fastify itself, as path items of OpenAPI 3.1, by path (`/v1/environments/{environment}/verdicts`).
   * Roles, security, path parameters and the refusals of the platform are added, as they are to the routes of Nest.
   */
  readonly paths?: Readonly<Record<string, PathItem>>;
  /** Schemas (JSON Schema 2020-12) that `paths` refers to as `#/components/schemas/<name>`. */
  readonly schemas?: Readonly<Record<string, object>>;
  /** Callers may have a client certificate instead of a token, where the settings say so. */
  readonly certificates?: boolean;
};

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Nest writes 3.0 schemas under a 3.1 label; this gives the keywords their 3.1 form: numeric exclusive bounds, and null as a type. */
export function toOpenApi31(node: Json): Json {
  if (Array.isArray(node)) return node.map(toOpenApi31);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node as Record<string, Json>).map(([name, inner]) => [name, toOpenApi31(inner)]),
  );
  const schema: Record<string, Json> = rest;
  for (const [exclusive, inclusive] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[exclusive] !== 'boolean') continue;
    const bound = schema[inclusive];
    const strict = schema[exclusive];
    delete schema[exclusive];
    if (!strict || bound === undefined) continue;
    delete schema[inclusive];
    schema[exclusive] = bound;
  }
  if (typeof nullable !== 'boolean') return nullable === undefined ? schema : { ...schema, nullable };
  if (!nullable) return schema;
  const { type } = schema;
  if (typeof type === 'string') return { ...schema, type: [type, 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

/** Serves the document at `/openapi.json` and a page to read and try it at `/docs`. */
export function serveOpenApi(
  app: NestFastifyApplication,
  { title, description, version = '1', paths = {}, schemas = {}, certificates = false }: OpenApiOptions,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .build();
  const make = (): OpenApiDocument =>
    completeDocument(toOpenApi31(SwaggerModule.createDocument(app, config) as unknown as Json) as OpenApiDocument, {
      paths,
      schemas,
      certificates,
      accessOf: (method, url) => accessOfRoute(fastify, method, url),
    });
  SwaggerModule.setup('docs', app, make as never, { jsonDocumentUrl: 'openapi.json', raw: ['json'] });
}
