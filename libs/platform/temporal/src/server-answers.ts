import { createHash } from 'node:crypto';
import { type Instant, instant } from '@tallystick/kernel-core';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';

// What the lists and errors of Temporal's server mean, where the SDK hands them on as they come.

export const grpcCodes = { invalidArgument: 3, notFound: 5, failedPrecondition: 9, unavailable: 14 } as const;

/** The gRPC code of an error that a client or connection threw; undefined of any other. */
export function grpcCodeOf(error: unknown): number | undefined {
  const cause: unknown = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

/** Of a schedule the SDK makes a TypeError of it. */
export const isInvalidArgument = (error: unknown): boolean =>
  error instanceof TypeError || grpcCodeOf(error) === grpcCodes.invalidArgument;

const checkBytes = 8;
const checkOf = (token: Uint8Array): Buffer => createHash('sha256').update(token).digest().subarray(0, checkBytes);

/**
 * The server's page token with a check of its own: what is no cursor is known here, because the server takes it for a fault of its own, which is
 * tried again. @throws RangeError on what {@link cursorOf} did not give.
 */
export function pageToken(cursor: string | undefined): Uint8Array {
  if (cursor === undefined) return Buffer.alloc(0);
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(checkBytes);
  if (token.length === 0 || !checkOf(token).equals(bytes.subarray(0, checkBytes)))
    throw new RangeError('expected the cursor of a page before');
  return token;
}

export const cursorOf = (token: Uint8Array | null | undefined): { readonly next?: string } =>
  token && token.length > 0 ? { next: Buffer.concat([checkOf(token), token]).toString('base64url') } : {};

interface Attributes {
  readonly indexedFields?: Readonly<Record<string, { readonly data?: Uint8Array | null }>> | null;
}

/** Of a Keyword. */
export function attributeOf(attributes: Attributes | null | undefined, name: string): string | undefined {
  const data = attributes?.indexedFields?.[name]?.data;
  const value: unknown = data ? JSON.parse(Buffer.from(data).toString()) : undefined;
  return typeof value === 'string' ? value : undefined;
}

interface Timestamp {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

export const timeOf = (time: Timestamp | null | undefined): Instant | undefined =>
  time?.seconds == null ? undefined : instant(Number(time.seconds.toString()) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6));
