import type { ConnectionRef, InspectionId, UserHash } from '@tallystick/devices-domain';

/** Frozen once deployed. */
export const inspectType = 'inspect';

/** Look, and write nothing: try a connection (P30), or explain a user. */
export interface InspectRequest extends ConnectionRef {
  readonly id: InspectionId;
  /** `candidate`: of the document that lies beside the request's answer, in place of the saved one. */
  readonly what: { readonly kind: 'check'; readonly candidate?: true } | { readonly kind: 'explain'; readonly user: UserHash };
}

export const inspectWorkflowId = ({ environment, id }: InspectRequest): string => `inspect/${environment}/${id}`;

export interface InspectActivities {
  /** The answer goes to the inspection store, never into a history. */
  inspect(request: InspectRequest): Promise<void>;
}
