import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { ProblemException } from './problem.ts';

const maxFaults = 100;

/** One thing that is wrong with a request: where and what was expected, never the value. */
export type RequestFault = { readonly in: string; readonly path: string; readonly expected: string };

type Issue = { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined };

const pathOf = ({ path = [] }: Issue): string => path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');

/** The answer to a request that does not fit its schema, with all faults at once. */
export const invalidRequest = (place: string, issues: readonly Issue[]): ProblemException =>
  new ProblemException('invalid-request', 400, 'The request has faults', 'Correct the listed faults and send it again.', {
    faults: issues
      .slice(0, maxFaults)
      .map((issue): RequestFault => ({ in: place, path: pathOf(issue), expected: issue.message })),
  });

/** Checks each parameter against the schema in its decorator, `@Body({ schema })`, and hands the parsed value to the route. */
export class RequestValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T = unknown>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema } = metadata;
    if (!schema || !this.toValidate(metadata)) return value;
    this.stripProtoKeys(value);
    const result = await this.validate(value, schema);
    if (result.issues)
      throw invalidRequest(
        metadata.type === 'param' ? `path parameter ${metadata.data ?? ''}`.trim() : metadata.type,
        result.issues,
      );
    return result.value as T;
  }
}
