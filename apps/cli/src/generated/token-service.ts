// Made of docs/openapi/token-service.json by tools/openapi.mjs: not to be edited.
export interface paths {
  '/v1/environments/{environment}/requirement': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether devices must present a token, and from when */
    get: operations['RequirementController_read'];
    /** Sets the mode, or moves the date; makes a first token when there is none */
    put: operations['RequirementController_change'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/sibling-requirements': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What devices must meet besides the token, and whether it is enforced */
    get: operations['SiblingRequirementsController_read'];
    /** Replaces all rules beside the token; observe them before you enforce them */
    put: operations['SiblingRequirementsController_change'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/settings': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the guards go by, and how this environment behaves */
    get: operations['SettingsController_read'];
    /** Replaces the settings; where two people have to agree, with force, and then it waits for the second one */
    put: operations['SettingsController_change'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Tokens, revoked ones included, without their values, oldest first. "revoked" here promises nothing; the answer to a revocation does */
    get: operations['TokensController_list'];
    put?: never;
    /** Adds a token beside the others; its value is shown once, when every validator accepts it */
    post: operations['TokensController_add'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/{token}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One token, without its value */
    get: operations['TokensController_one'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Changes label, segment or dates of a token; a date that would refuse devices meets the guards */
    patch: operations['TokensController_edit'];
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Revokes several tokens in one step; answers when no validator can accept them any more */
    post: operations['TokenActionsController_revokeSeveral'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/revoke-all-but': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Emergency: revokes every token but one; answers when no validator can accept them any more */
    post: operations['TokenActionsController_revokeOthers'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/retire': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Marks several tokens as on their way out; they are still accepted */
    post: operations['TokenActionsController_retireSeveral'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/reinstate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Takes the mark of several retiring tokens away */
    post: operations['TokenActionsController_reinstateSeveral'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/release-values': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Erases the copies of several values that deliveries kept */
    post: operations['TokenActionsController_releaseSeveral'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/{token}/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Revokes a token; answers when no validator can accept it any more */
    post: operations['TokenActionsController_revoke'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/{token}/retire': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Marks a token as on its way out; it is still accepted */
    post: operations['TokenActionsController_retire'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/{token}/reinstate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Takes the mark of a retiring token away */
    post: operations['TokenActionsController_reinstate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/{token}/release-value': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Erases the copy of a value that a delivery kept */
    post: operations['TokenActionsController_release'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/{token}/replace-value': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Revokes a token and adds another with its label, segment and dates in the same change: no overlap (M20) */
    post: operations['TokenValuesController_replace'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/tokens/{token}/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The value as a configuration file for an MDM, while a copy is kept. Each export is written into the audit first */
    post: operations['TokenValuesController_export'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/proposals': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Changes that the guards stopped and that wait for a second person; at most 20 */
    get: operations['ProposalsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/proposals/{proposal}/approve': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Does what somebody else proposed, judged anew; a value that it makes is shown to who approves */
    post: operations['ProposalsController_approve'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/proposals/{proposal}/withdraw': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Takes a proposal back: your own, or any with the role approver */
    post: operations['ProposalsController_withdraw'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** If everything were enforced now: how many of the devices seen would be refused */
    get: operations['AdoptionController_preview'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/adoption': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the recently seen devices presented last: by token, segment, platform and day; and when a threshold will be met */
    get: operations['AdoptionController_adoption'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/adoption/laggards': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Devices whose last sighting is none of these tokens; in no order, page by page until there is no next */
    get: operations['AdoptionController_laggards'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/validators': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The validators that answer for this environment, as far as it concerns it */
    get: operations['ValidatorsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/leak-reports': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Revokes the reported tokens of this environment where the guards let it pass, and marks the others */
    post: operations['LeakReportsController_here'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leak-reports': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The same for generated tokens of all environments; needs the role under "*". Looks through every ring */
    post: operations['LeakReportsController_everywhere'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/notices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Writes down that a rotation waits for somebody, or what became of it */
    post: operations['NoticesController_write'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/applications/{application}/deviceRequirements': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All device requirements in one object; tokens are masked. In the readable mode a token-admin gets the values that are kept, after an audit note per reading */
    get: operations['DeviceRequirementsController_read'];
    /**
     * Replaces everything by this object (M32): a token that is not listed is revoked. Answers when that is true at every validator. A date without time means 00:00 UTC
     * @description Unlike the other routes this one needs neither an Idempotency-Key nor a reason, for the reference product has none: without a reason the audit says that the compatible API was used and for what, and without a key the service makes one of the id of the request, so that a repeated request is another one.
     */
    put: operations['DeviceRequirementsController_replace'];
    post?: never;
    /**
     * Clears every device requirement and revokes every token (M34)
     * @description Unlike the other routes this one needs neither an Idempotency-Key nor a reason, for the reference product has none: without a reason the audit says that the compatible API was used and for what, and without a key the service makes one of the id of the request, so that a repeated request is another one.
     */
    delete: operations['DeviceRequirementsController_clear'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/shards': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The shards that no validator serves because their store went back, and why they are still shut */
    get: operations['ShardsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/shards/{shard}/reopen': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Serves a shut shard again, without the revocations that its store lost and nobody could make again: revoke those first */
    post: operations['ShardsController_reopen'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Rotations of this environment, newest first; one may be missing for a moment after its start */
    get: operations['RotationsController_list'];
    put?: never;
    /** Starts the rotation of a segment: a new token is made, delivered and adopted, then the old ones are revoked */
    post: operations['RotationsController_start'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The last rotation of a segment, as it stands */
    get: operations['RotationsController_read'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/approve': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Opens the gate before adoption or overlap do, and after a refused revocation; never forces the guards */
    post: operations['RotationCommandsController_approve'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Begins no further step; one that is being made is not broken off */
    post: operations['RotationCommandsController_pause'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ends a pause or a hold, and tries what fails again at once */
    post: operations['RotationCommandsController_resume'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/extend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Gives the overlap, or the marked tokens, more time */
    post: operations['RotationCommandsController_extend'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/confirm-slot': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Says that a token is where it belongs, or that its target refused it */
    post: operations['RotationCommandsController_confirmSlot'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/redeliver': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Writes a target again where somebody else changed it, over whatever value stands there now */
    post: operations['RotationCommandsController_redeliver'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/roll-back': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Brings the old token back, until the first revocation has begun */
    post: operations['RotationCommandsController_rollBack'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotations/{segment}/slots/{slot}/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The value that belongs on this slot now, as a configuration file. Each export is written into the audit first */
    post: operations['RotationCommandsController_export'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotation-schedules': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The segments that are rotated by a schedule */
    get: operations['RotationSchedulesController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotation-schedules/{segment}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** When a segment is rotated, and how */
    get: operations['RotationSchedulesController_read'];
    /** Rotates a segment at these times, or at others than before; while a rotation runs the next one is skipped */
    put: operations['RotationSchedulesController_put'];
    post?: never;
    /** Starts no further rotations of a segment; one that runs goes on */
    delete: operations['RotationSchedulesController_remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/rotation-schedules/{segment}/trigger': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Starts the scheduled rotation now, unless one runs */
    post: operations['RotationSchedulesController_trigger'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/delivery-targets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Where values of this environment are delivered; set by who deploys, not here */
    get: operations['DeliveryTargetsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/delivery-targets/{target}/check': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What would keep a delivery from arriving, and which token stands there; changes nothing */
    post: operations['DeliveryTargetsController_check'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/delivery-targets/{target}/plan': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Reads what stands there, and whether a token may replace it; writes nothing */
    post: operations['DeliveryTargetsController_plan'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/delivery-targets/{target}/deliver': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Writes the value of a token that was planned with, and reads it back */
    post: operations['DeliveryTargetsController_deliver'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/delivery-targets/{target}/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Reads whether a slot holds what was delivered, all else as it was, and how far it has come; writes nothing */
    post: operations['DeliveryTargetsController_verify'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/delivery-targets/{target}/webhook': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What NanoMDM tells of devices: its -webhook-url. Asks for no bearer token, but for its signature (-webhook-hmac-key) */
    post: operations['post_v1_environments_environment_delivery_targets_target_webhook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Requirement: {
      /** @enum {string} */
      mode: 'off' | 'observe' | 'enforce';
      effectiveAt: string;
      /** @description Devices without a matching token are refused now */
      inForce: boolean;
      /** @description False before the first requirement and after everything was cleared */
      isDefined: boolean;
      version: number;
      liveTokens: number;
    };
    RequirementChange: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      /**
       * @description observe allows everything and records what enforce would refuse
       * @enum {string}
       */
      mode: 'off' | 'observe' | 'enforce';
      /**
       * Format: date-time
       * @description A moment with its zone, e.g. 2027-01-31T08:00:00Z
       */
      effectiveAt?: string;
      force?: components['schemas']['Force'];
      /**
       * @description Of the token that is made when there is none
       * @enum {string}
       */
      format?: 'tsk' | 'uuid';
    };
    /** @description Do it although the guards say no; the answer to the refusal has the figures. Needs the role approver, or a second person. */
    Force: {
      reason: string;
    };
    RequirementChanged: {
      /** @enum {string} */
      mode: 'off' | 'observe' | 'enforce';
      effectiveAt: string;
      /** @description Devices without a matching token are refused now */
      inForce: boolean;
      /** @description False before the first requirement and after everything was cleared */
      isDefined: boolean;
      version: number;
      liveTokens: number;
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      created?: components['schemas']['CreatedToken'];
      propagation: components['schemas']['Propagation'];
    };
    Warning: {
      kind: string;
      text: string;
    };
    Figures:
      | {
          /** @enum {string} */
          kind: 'known';
          /** @description Seen in the window */
          devices: number;
          /** @description Of them refused for their token, or for want of one */
          byToken: number;
          /** @description Of those: devices that presented nothing, or a value that was never a token here */
          withoutToken: number;
          /** @description Refused by the other device requirements alone */
          bySiblings: number;
          /** @description Not judged yet by the other device requirements as they are now */
          unjudged: number;
          allowedShare: number;
        }
      | {
          /** @enum {string} */
          kind: 'unknown';
          why: string;
          text: string;
        };
    Forced: {
      refusal: string;
      reason: string;
    };
    CreatedToken: {
      id: string;
      label: string;
      /** @enum {string} */
      state: 'active' | 'retiring' | 'revoked';
      /** @description By its state and its own dates, now */
      accepted: boolean;
      /** @enum {string} */
      origin: 'generated' | 'uuid' | 'own';
      segment: {
        platform?: string;
        site?: string;
        mdm?: string;
      };
      segmentName: string;
      createdAt: string;
      createdBy: string;
      notBefore?: string;
      expiresAt?: string;
      /**
       * @description A sealed copy of the value exists, for this
       * @enum {string}
       */
      valueKept?: 'delivery' | 'readable';
      leakReportedAt?: string;
      /** @description The id of the pepper that its digest was made with */
      pepper: string;
      retiring?: {
        at: string;
        by: string;
      };
      revoked?: {
        at: string;
        by: string;
        reason: string;
      };
      /** @description Shown once, and for ten minutes to the same caller who repeats the request */
      value?: string;
    };
    Propagation: {
      /** @enum {string} */
      confirmedBy: 'acknowledgement' | 'lease';
      validators: number;
      waitedMs: number;
      /** @description No fail-over or restart of the store can bring an older state back unnoticed */
      bounded: boolean;
    };
    Proposed: {
      /** @enum {string} */
      outcome: 'proposed';
      version: number;
      proposal: components['schemas']['Proposal'];
      figures?: components['schemas']['Figures'];
    };
    Proposal: {
      id: string;
      /** @description What will be done, if a second person approves it */
      command: {
        kind: string;
      } & {
        [key: string]: unknown;
      };
      refusal: string;
      text: string;
      /** @description Of the devices seen when it was proposed; missing when unknown */
      refusedShare?: number;
      reason: string;
      by: string;
      at: string;
      expiresAt: string;
    };
    SiblingRequirements: {
      /** @enum {string} */
      mode: 'observe' | 'enforce';
      /** @description As SiblingRules */
      rules: {
        [key: string]: unknown;
      };
      /** @description Grows whenever the rules change; sightings name the rules that they were judged by */
      revision: number;
      version: number;
    };
    SiblingRequirementsChange: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      /** @enum {string} */
      mode: 'observe' | 'enforce';
      rules: components['schemas']['SiblingRules'];
      force?: components['schemas']['Force'];
    };
    /** @description Each is asked for only when it is there; what a client does not say is not judged */
    SiblingRules: {
      /** @enum {boolean} */
      deviceLock?: true;
      /** @enum {boolean} */
      notRootedOrJailbroken?: true;
      /** @enum {boolean} */
      biometrics?: true;
      minimumOsVersion?: {
        /** @description Dotted numbers */
        ios?: string;
        /** @description Dotted numbers */
        android?: string;
      };
      minimumAppVersion?: {
        /** @description Dotted numbers */
        ios?: string;
        /** @description Dotted numbers */
        android?: string;
      };
      brands?: {
        /** @default [] */
        brandsAllowed?: string[];
        /** @default [] */
        brandsDisallowed?: string[];
        /** @default [] */
        modelsAllowed?: string[];
        /** @default [] */
        modelsDisallowed?: string[];
      };
    };
    SiblingRequirementsChanged: {
      /** @enum {string} */
      mode: 'observe' | 'enforce';
      /** @description As SiblingRules */
      rules: {
        [key: string]: unknown;
      };
      /** @description Grows whenever the rules change; sightings name the rules that they were judged by */
      revision: number;
      version: number;
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      propagation: components['schemas']['Propagation'];
    };
    SettingsView: {
      /**
       * @description reference: no guard refuses, as in the reference product
       * @enum {string}
       */
      compatibility: 'safe' | 'reference';
      /** @description What needs force also needs a second person */
      twoPeople: boolean;
      /** @description New values can be read again by the compatible API; each reading is audited */
      readableValues: boolean;
      /**
       * Format: uri
       * @description Given to refused devices
       */
      enrolmentLink?: string;
      guards: {
        windowDays: number;
        refusedShare: number;
        minimumObservationHours: number;
        staleAfterHours: number;
        noticeHours: number;
      };
      version: number;
    };
    SettingsChange: {
      /**
       * @description reference: no guard refuses, as in the reference product
       * @enum {string}
       */
      compatibility: 'safe' | 'reference';
      /** @description What needs force also needs a second person */
      twoPeople: boolean;
      /** @description New values can be read again by the compatible API; each reading is audited */
      readableValues: boolean;
      /**
       * Format: uri
       * @description Given to refused devices
       */
      enrolmentLink?: string;
      guards: {
        windowDays: number;
        refusedShare: number;
        minimumObservationHours: number;
        staleAfterHours: number;
        noticeHours: number;
      };
      /** @description Why; kept in the audit with the change */
      reason: string;
      force?: components['schemas']['Force'];
    };
    SettingsChanged: {
      /**
       * @description reference: no guard refuses, as in the reference product
       * @enum {string}
       */
      compatibility: 'safe' | 'reference';
      /** @description What needs force also needs a second person */
      twoPeople: boolean;
      /** @description New values can be read again by the compatible API; each reading is audited */
      readableValues: boolean;
      /**
       * Format: uri
       * @description Given to refused devices
       */
      enrolmentLink?: string;
      guards: {
        windowDays: number;
        refusedShare: number;
        minimumObservationHours: number;
        staleAfterHours: number;
        noticeHours: number;
      };
      version: number;
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      propagation: components['schemas']['Propagation'];
    };
    TokenList: {
      version: number;
      items: components['schemas']['Token'][];
      /** @description The cursor of the next page */
      next?: string;
    };
    Token: {
      id: string;
      label: string;
      /** @enum {string} */
      state: 'active' | 'retiring' | 'revoked';
      /** @description By its state and its own dates, now */
      accepted: boolean;
      /** @enum {string} */
      origin: 'generated' | 'uuid' | 'own';
      segment: {
        platform?: string;
        site?: string;
        mdm?: string;
      };
      segmentName: string;
      createdAt: string;
      createdBy: string;
      notBefore?: string;
      expiresAt?: string;
      /**
       * @description A sealed copy of the value exists, for this
       * @enum {string}
       */
      valueKept?: 'delivery' | 'readable';
      leakReportedAt?: string;
      /** @description The id of the pepper that its digest was made with */
      pepper: string;
      retiring?: {
        at: string;
        by: string;
      };
      revoked?: {
        at: string;
        by: string;
        reason: string;
      };
    };
    NewToken: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      label: string;
      /** @description Your own value instead of a generated one */
      value?: string;
      /** @enum {string} */
      format?: 'tsk' | 'uuid';
      segment?: components['schemas']['Segment'];
      /**
       * Format: date-time
       * @description A moment with its zone, e.g. 2027-01-31T08:00:00Z
       */
      notBefore?: string;
      /**
       * Format: date-time
       * @description A moment with its zone, e.g. 2027-01-31T08:00:00Z
       */
      expiresAt?: string;
      /** @description Instead of expiresAt: counted from its making */
      expiresAfterDays?: number;
      /** @description false: the answer has no value; export it from its kept copy */
      showValue?: boolean;
      /** @description Keep a sealed copy, for a delivery; release it when it is done */
      keepValue?: boolean;
      /** @description Refused when the segment already has so many live tokens (a rotation allows two) */
      mostInSegment?: number;
    };
    /** @description Which devices the token is handed to; what is left out means all. It organises, and is not judged. */
    Segment: {
      /** @enum {string} */
      platform?: 'ios' | 'android';
      site?: string;
      mdm?: string;
    };
    TokenCreated: {
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      version: number;
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      token: components['schemas']['Token'];
      value?: string;
      propagation: components['schemas']['Propagation'];
    };
    /** @description What is left out stays; null takes a date away */
    TokenEdit: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      label?: string;
      segment?: components['schemas']['Segment'];
      /**
       * Format: date-time
       * @description A moment with its zone, e.g. 2027-01-31T08:00:00Z
       */
      notBefore?: string | null;
      /**
       * Format: date-time
       * @description A moment with its zone, e.g. 2027-01-31T08:00:00Z
       */
      expiresAt?: string | null;
      force?: components['schemas']['Force'];
    };
    TokenChanged: {
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      version: number;
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      token: components['schemas']['Token'];
      propagation: components['schemas']['Propagation'];
    };
    Revocations: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      force?: components['schemas']['Force'];
      tokens: string[];
      /** @description The id of the token that takes their place: nothing is revoked unless it is accepted now */
      successor?: string;
    };
    TokensRevoked: {
      /** @enum {string} */
      confirmedBy: 'acknowledgement' | 'lease';
      validators: number;
      waitedMs: number;
      /** @description No fail-over or restart of the store can bring an older state back unnoticed */
      bounded: boolean;
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      version: number;
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      tokens: components['schemas']['Token'][];
      replacement?: components['schemas']['CreatedToken'];
    };
    RevocationOfOthers: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      force?: components['schemas']['Force'];
      /** @description The id of the only token that stays */
      keep: string;
    };
    TokenSelection: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      tokens: string[];
    };
    TokensChanged: {
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      version: number;
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      tokens: components['schemas']['Token'][];
      propagation: components['schemas']['Propagation'];
    };
    Revocation: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      force?: components['schemas']['Force'];
    };
    TokenRevoked: {
      /** @enum {string} */
      confirmedBy: 'acknowledgement' | 'lease';
      validators: number;
      waitedMs: number;
      /** @description No fail-over or restart of the store can bring an older state back unnoticed */
      bounded: boolean;
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      version: number;
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      token: components['schemas']['Token'];
      replacement?: components['schemas']['CreatedToken'];
    };
    Justification: {
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    Replacement: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      value?: string;
      /** @enum {string} */
      format?: 'tsk' | 'uuid';
      force?: components['schemas']['Force'];
    };
    ValueExport: {
      /**
       * @description ios-dict: a bare <dict> (Intune "Enter XML data", Jamf Pro "App Configuration"). ios-plist-document: a whole property list (Ivanti, MaaS360). appconfig-spec: a template of AppConfig with the value as its default. android-intune: Intune "Enter JSON data". android-amapi: packageName and managedConfiguration. keyvalue-csv: to copy from by hand. mdm-command: a command of Apple's protocol (NanoMDM), with a CommandUUID of its own in each file. json: key, type and value. android-managed-configuration: android-amapi without packageName. ios-plist: the same as ios-dict, in spite of its name.
       * @enum {string}
       */
      format:
        | 'json'
        | 'ios-plist'
        | 'android-managed-configuration'
        | 'ios-dict'
        | 'ios-plist-document'
        | 'appconfig-spec'
        | 'android-intune'
        | 'android-amapi'
        | 'keyvalue-csv'
        | 'mdm-command';
      /** @default PINGID_MDM_TOKEN */
      key?: string;
      /** @default com.pingidentity.pingid.prod */
      iosBundleId?: string;
      /** @default prod.com.pingidentity.pingid */
      androidPackage?: string;
      /** @description Which delivery it is for; kept in the audit */
      slot?: string;
    };
    ProposalList: {
      version: number;
      items: components['schemas']['Proposal'][];
    };
    ProposalDone: {
      /** @enum {string} */
      outcome: 'changed' | 'replayed' | 'unchanged';
      version: number;
      warnings: components['schemas']['Warning'][];
      figures?: components['schemas']['Figures'];
      forced?: components['schemas']['Forced'];
      propagation: components['schemas']['Propagation'];
      created?: components['schemas']['CreatedToken'];
    };
    Preview: {
      state: components['schemas']['AdoptionState'];
      windowDays: number;
      /** @description How many of the devices seen would be refused; missing when that is unknown */
      ifEnforcedNow?: {
        devices: number;
        refused: number;
        byToken: number;
        withoutToken: number;
        bySiblings: number;
        /** @description Not judged yet by the other requirements as they are now: refused or not, nobody knows */
        unjudged: number;
        segments: {
          segment: string;
          devices: number;
          refused: number;
          byToken: number;
          withoutToken: number;
          bySiblings: number;
          /** @description Not judged yet by the other requirements as they are now: refused or not, nobody knows */
          unjudged: number;
        }[];
        platforms: {
          platform: string;
          devices: number;
          refused: number;
          byToken: number;
          withoutToken: number;
          bySiblings: number;
          /** @description Not judged yet by the other requirements as they are now: refused or not, nobody knows */
          unjudged: number;
        }[];
        presented: {
          presented: string;
          devices: number;
          refused: number;
          byToken: number;
          withoutToken: number;
          bySiblings: number;
          /** @description Not judged yet by the other requirements as they are now: refused or not, nobody knows */
          unjudged: number;
        }[];
      };
    };
    /** @description Unknown counts as too many for every guard */
    AdoptionState:
      | {
          /** @enum {string} */
          kind: 'known';
          /**
           * @description More unknown devices called than there is room for: what enforcing would refuse is unknown
           * @enum {boolean}
           */
          strangersTurnedAway?: true;
        }
      | {
          /** @enum {string} */
          kind: 'unknown';
          why: string;
          text: string;
        };
    Adoption: {
      state: components['schemas']['AdoptionState'];
      windowDays: number;
      since?: string;
      newest?: string;
      /** @description Missing when the sightings can not be read */
      figures?: {
        devices: number;
        tokens: {
          devices: number;
          share: number;
          lastSeen?: string;
          token: string;
          segment?: string;
          shareOfSegment: number;
        }[];
        nothing: components['schemas']['AdoptionPart'];
        unknown: components['schemas']['AdoptionPart'];
        segments: {
          devices: number;
          share: number;
          lastSeen?: string;
          segment: string;
          tokens: string[];
        }[];
        withoutSegment: components['schemas']['AdoptionPart'];
        platforms: {
          devices: number;
          share: number;
          lastSeen?: string;
          platform: string;
        }[];
        days: {
          day: string;
          devices: number;
          presented: {
            presented: string;
            devices: number;
            share: number;
          }[];
        }[];
      };
      forecast?: {
        token: string;
        replaces: string[];
        threshold: number;
        /** @description That presented one of these tokens last */
        devices: number;
        onToken: number;
        /** @description When the threshold will be met if it goes on like this; null when that can not be said */
        at: string | null;
      };
    };
    AdoptionPart: {
      devices: number;
      share: number;
      lastSeen?: string;
    };
    LaggardList: {
      items: {
        device: string;
        presented: string;
        platform: string;
        lastSeen: string;
      }[];
      next?: string;
    };
    ValidatorList: {
      /** @description A revocation may rely on this list; else it waits until every lease has run out */
      trusted: boolean;
      items: {
        id: string;
        /** @enum {string} */
        state: 'following' | 'loading';
        leaseMs: number;
        /** @description Keys of this environment's live tokens that it lacks: it gives no denial there; null when it does not say */
        missingPeppers: string[] | null;
      }[];
    };
    LeakReport: {
      items: {
        /** @description The value as it was found */
        token: string;
        /** @description Where it was found, e.g. the kind of repository; in the audit the reason of its revocation */
        source: string;
        url?: string;
      }[];
    };
    LeakAnswer: {
      items: {
        /** @description Of the reported item */
        index: number;
        /** @enum {string} */
        outcome: 'revoked' | 'already-revoked' | 'kept' | 'unknown' | 'malformed' | 'failed';
        environment?: string;
        /** @description Its id */
        token?: string;
        /** @description Why it was kept */
        guard?: string;
      }[];
    };
    Notice: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      /** @enum {string} */
      what:
        | 'target-warnings'
        | 'slot-waiting'
        | 'slot-failing'
        | 'slot-conflict'
        | 'adoption-reminder'
        | 'gate-waits-for-approval'
        | 'revoke-refused'
        | 'value-refused'
        | 'finished'
        | 'rolled-back'
        | 'failed';
      rotation: string;
      detail?: string;
      token?: string;
      slot?: {
        id: string;
        mdm: string;
        /** @enum {string} */
        platform: 'ios' | 'android' | 'any';
        /** @enum {string} */
        kind: 'file' | 'person' | 'target';
      };
    };
    Noticed: {
      /**
       * @description said: there is no ring yet whose audit could take it; it is in the log
       * @enum {string}
       */
      outcome: 'noted' | 'said';
      version: number;
    };
    DeviceRequirements: {
      mobileDeviceManagementRequire: {
        enabled: boolean;
        effectiveDate: string;
        tokens: {
          token: string;
          creationTime: string;
        }[];
      };
      deviceLockEnableRequire?: {
        enabled: boolean;
      };
      deviceNotAllowedRootedOrJailBroken?: {
        enabled: boolean;
      };
      deviceRequireBiometricsCapabilities?: {
        enabled: boolean;
      };
      minimumOSVersionRequire?: {
        enabled: boolean;
        android?: string;
        ios?: string;
      };
      minimumPingIDAppVersionRequire?: {
        enabled: boolean;
        android?: string;
        ios?: string;
      };
      restrictDevicesByBrand?: {
        enabled: boolean;
        deviceBrandsAllowed: string[];
        deviceBrandsDisAllowed: string[];
        deviceModelsAllowed: string[];
        deviceModelsDisAllowed: string[];
      };
      /** @description The newest date that a token of it tells */
      updatedAt?: string;
    };
    PingOneError: {
      /** @description Names this one answer; the log has it too */
      id: string;
      code: string;
      message: string;
      details: {
        code: string;
        target?: string;
        message: string;
        innerError?: {
          [key: string]: unknown;
        };
      }[];
    };
    /** @description Replaces everything: what is left out is cleared, tokens included (M32) */
    DeviceRequirementsChange: {
      mobileDeviceManagementRequire?: {
        enabled: boolean;
        /** @description A date (00:00 UTC of it) or a moment with its zone */
        effectiveDate?: string;
        tokens?: {
          /** @description urn:tallystick:token:<id> stands for a token that is there; anything else is a value */
          token: string;
          /** @description Required, and not believed: the service has its own */
          creationTime: string;
        }[];
      };
      deviceLockEnableRequire?: {
        enabled: boolean;
      };
      deviceNotAllowedRootedOrJailBroken?: {
        enabled: boolean;
      };
      deviceRequireBiometricsCapabilities?: {
        enabled: boolean;
      };
      minimumOSVersionRequire?: {
        enabled: boolean;
        android?: string;
        ios?: string;
      };
      minimumPingIDAppVersionRequire?: {
        enabled: boolean;
        android?: string;
        ios?: string;
      };
      restrictDevicesByBrand?: {
        enabled: boolean;
        deviceBrandsAllowed?: string[];
        deviceBrandsDisAllowed?: string[];
        deviceModelsAllowed?: string[];
        deviceModelsDisAllowed?: string[];
      };
      updatedAt?: unknown;
      _links?: unknown;
      id?: unknown;
      environment?: unknown;
      application?: unknown;
    };
    ShutShards: {
      items: {
        shard: string;
        why: string;
        text: string;
      }[];
    };
    /** @description Why it is reopened although revocations may be lost; kept in the audit of every environment in it. */
    ShardReopening: {
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    ShardReopened: {
      shard: string;
      /** @enum {string} */
      outcome: 'reopened' | 'not-shut';
    };
    NewRotation: {
      /** @description Of the new token */
      label: string;
      /**
       * @default generated
       * @enum {string}
       */
      origin?: 'generated' | 'uuid';
      slots: components['schemas']['DeliverySlot'][];
      /**
       * @description The old tokens are retired when this share of the devices presents the new one…
       * @default 0.95
       */
      adoptionShare?: number;
      /**
       * @description …and so long after the last slot was confirmed; or when it is approved
       * @default 168
       */
      minimumOverlapHours?: number;
      /**
       * @description How long the old tokens are marked, still accepted, before they are revoked
       * @default 48
       */
      retireForHours?: number;
      /**
       * @description How often the figures are read
       * @default 60
       */
      watchEveryMinutes?: number;
      /** @default 24 */
      remindEveryHours?: number;
      /** @description Own expiry of the new token */
      expiresAfterDays?: number;
      /** @description Why; kept in the audit with the change */
      reason: string;
      /** @default {} */
      segment?: components['schemas']['Segment'];
    };
    /** @description Where the value is put: one MDM and one platform */
    DeliverySlot: {
      /** @description Unique in its rotation */
      id: string;
      mdm: string;
      /** @enum {string} */
      platform: 'ios' | 'android' | 'any';
      /**
       * @description file: somebody imports the exported file; person: somebody types the value in; target: it is delivered
       * @enum {string}
       */
      kind: 'file' | 'person' | 'target';
      /** @description For target: its id; the platform is ios or android */
      target?: string;
      /** @description For target: also over a value that there is no way back to */
      overwrite?: boolean;
    };
    Rotation: {
      /** @description Unique over all rotations, also of the same segment */
      rotation: string;
      segment: components['schemas']['Segment'];
      segmentName: string;
      /** @description The segment as a part of a path */
      path: string;
      label: string;
      /** @enum {string} */
      stage:
        | 'minting'
        | 'delivering'
        | 'watching'
        | 'gate'
        | 'retiring'
        | 'revoking'
        | 'finished'
        | 'replacing'
        | 'rolling-back'
        | 'rolled-back'
        | 'held';
      /** @description Where it stands, for people */
      sentence: string;
      paused: boolean;
      /** Format: date-time */
      startedAt: string;
      /** @description The id of the new token, once it is made */
      token?: string;
      /** @description Counts values: one that a target refuses is replaced */
      generation: number;
      replacements: number;
      replaces: string[];
      slots: {
        /** @description Unique in its rotation */
        id: string;
        mdm: string;
        /** @enum {string} */
        platform: 'ios' | 'android' | 'any';
        /**
         * @description file: somebody imports the exported file; person: somebody types the value in; target: it is delivered
         * @enum {string}
         */
        kind: 'file' | 'person' | 'target';
        /** @description For target: its id; the platform is ios or android */
        target?: string;
        /** @description For target: also over a value that there is no way back to */
        overwrite?: boolean;
        /** @enum {string} */
        state:
          | 'untouched'
          | 'opening'
          | 'awaiting'
          | 'planned'
          | 'applying'
          | 'accepted'
          | 'stored'
          | 'failing'
          | 'confirmed'
          | 'refused';
        token?: string;
        /** Format: date-time */
        since?: string;
        /** @description Of a target that waits or fails */
        detail?: string;
        /** Format: date-time */
        retryAt?: string;
        /** @description Of a target that stores it: how far it has come */
        coverage?: components['schemas']['Coverage'];
        /** @description Of a target: what was found before the token was made, until it stores one */
        findings?: {
          /** @enum {string} */
          severity: 'error' | 'warning';
          /** @enum {string} */
          what:
            | 'host-not-allowed'
            | 'not-reachable'
            | 'not-trusted'
            | 'secret-missing'
            | 'not-authorised'
            | 'permission-missing'
            | 'app-not-found'
            | 'slot-not-found'
            | 'key-missing'
            | 'near-miss-key'
            | 'conflicting-policies'
            | 'rule-without-key'
            | 'schema-without-key'
            | 'not-managed'
            | 'no-devices'
            | 'other-keys'
            | 'unreadable'
            | 'busy';
          detail: string;
        }[];
      }[];
      figures?: {
        /** Format: date-time */
        at: string;
        reading:
          | {
              /** @enum {string} */
              kind: 'unknown';
              why: string;
            }
          | {
              /** @enum {string} */
              kind: 'known';
              /** @description Devices that last presented an old or the new token */
              devices: number;
              onNew: number;
              /** Format: date-time */
              forecastAt?: string;
            };
      };
      /** @description The share of the devices on the new token, 0…1 */
      adoption?: number;
      /** Format: date-time */
      overlapEndsAt?: string;
      /** Format: date-time */
      retireEndsAt?: string;
      /** @description Why it goes on only when it is approved */
      needsApproval?: string;
      /** @description A call that is being made */
      doing?: string;
      waitsFor?: {
        /** @enum {string} */
        what:
          | 'resume'
          | 'operator'
          | 'retry'
          | 'slots'
          | 'overlap'
          | 'adoption-or-approval'
          | 'approval'
          | 'retirement'
          | 'slots-back'
          | 'devices-back';
        /** Format: date-time */
        until?: string;
      };
      held?: {
        from: string;
        reason: string;
        detail: string;
        /** Format: date-time */
        at: string;
      };
      /** @description A call fails, and is tried again */
      trouble?: {
        step: string;
        detail: string;
        /** Format: date-time */
        since: string;
        attempts: number;
        /** Format: date-time */
        retryAt: string;
      };
      revoked?: {
        /** @enum {string} */
        confirmedBy: 'acknowledgement' | 'lease';
        validators: number;
        waitedMs: number;
      };
    };
    /** @description A count that the vendor does not give is left out: absent is not zero */
    Coverage:
      | {
          /** @enum {string} */
          kind: 'unknown';
          why: string;
        }
      | {
          /** @enum {string} */
          kind: 'known';
          /** @enum {string} */
          signal: 'exact' | 'versioned' | 'proxy';
          of?: number;
          delivered?: number;
          pending?: number;
          failed?: number;
          notApplicable?: number;
          /** Format: date-time */
          asOf: string;
        };
    RotationList: {
      items: {
        segmentName: string;
        path: string;
        /** @description Or paused; of one that was broken off: where it stood */
        stage: string;
        /** @enum {string} */
        state: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
        /** Format: date-time */
        startedAt: string;
        /** Format: date-time */
        endedAt?: string;
      }[];
      /** @description The cursor of the next page */
      next?: string;
    };
    OperatorWord: {
      /** @description The rotation that is meant, as it calls itself; left out: the one that there is. Another one does not take it */
      rotation?: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    /** @description More overlap, or more time for the marked tokens */
    RotationExtension: {
      /** @description The rotation that is meant, as it calls itself; left out: the one that there is. Another one does not take it */
      rotation?: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
      hours: number;
    };
    SlotConfirmation: {
      slot: string;
      /** @description The id of the token that is meant, so that a late "done" is never taken for another one */
      token: string;
      /** @enum {string} */
      result: 'done' | 'refused';
      /** @description The rotation that is meant, as it calls itself; left out: the one that there is. Another one does not take it */
      rotation?: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    /** @description Writes a target again, over whatever value stands there now */
    Redelivery: {
      slot: string;
      /** @description The id of the token that is meant */
      token: string;
      /** @description The rotation that is meant, as it calls itself; left out: the one that there is. Another one does not take it */
      rotation?: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    RotationScheduleList: {
      items: {
        segmentName: string;
        path: string;
        /** @description When it starts the next ones, with jitter */
        next: string[];
      }[];
      /** @description The cursor of the next page */
      next?: string;
    };
    RotationSchedule: {
      segmentName: string;
      path: string;
      /** @description When it starts the next ones, with jitter */
      next: string[];
      segment: components['schemas']['Segment'];
      /** @description When it started the last ones */
      started: string[];
      requestedBy: string;
      /** @description As RotationSchedulePlan */
      plan: {
        cron: string[];
      } & {
        [key: string]: unknown;
      };
    };
    RotationSchedulePlan: {
      /** @description Of the new token */
      label: string;
      /**
       * @default generated
       * @enum {string}
       */
      origin?: 'generated' | 'uuid';
      slots: components['schemas']['DeliverySlot'][];
      /**
       * @description The old tokens are retired when this share of the devices presents the new one…
       * @default 0.95
       */
      adoptionShare?: number;
      /**
       * @description …and so long after the last slot was confirmed; or when it is approved
       * @default 168
       */
      minimumOverlapHours?: number;
      /**
       * @description How long the old tokens are marked, still accepted, before they are revoked
       * @default 48
       */
      retireForHours?: number;
      /**
       * @description How often the figures are read
       * @default 60
       */
      watchEveryMinutes?: number;
      /** @default 24 */
      remindEveryHours?: number;
      /** @description Own expiry of the new token */
      expiresAfterDays?: number;
      /** @description Why; kept in the audit with the change */
      reason: string;
      cron: string[];
      /**
       * @description Each begins up to so many minutes later, at random
       * @default 0
       */
      jitterMinutes?: number;
    };
    RotationTriggered: {
      /** @enum {string} */
      outcome: 'triggered';
    };
    DeliveryTargets: {
      items: components['schemas']['DeliveryTarget'][];
    };
    DeliveryTarget: {
      id: string;
      vendor: string;
      platforms: ('ios' | 'android')[];
      /** @enum {string} */
      by: 'api' | 'person';
      /** @enum {string} */
      writes: 'key' | 'app' | 'rule-set' | 'nothing';
      /**
       * @description What is known of devices
       * @enum {string}
       */
      signal: 'exact' | 'versioned' | 'proxy' | 'none';
      isAsynchronous: boolean;
      app: {
        key: string;
        iosBundleId: string;
        androidPackage: string;
      };
      /** @description Where the value is sent */
      hosts: string[];
      /** @description Where a person puts it: what to do */
      guides?: {
        /** @enum {string} */
        platform: 'ios' | 'android';
        title: string;
        steps: string[];
        /** @description Of the export of a slot, the fitting one first */
        formats: string[];
        variables: string;
        notes: string[];
        pages: string[];
      }[];
    };
    SlotOfTarget: {
      /** @enum {string} */
      platform: 'ios' | 'android';
    };
    DeliveryFindings: {
      /** @description Per place: the id of a token of this environment, `nothing`, or `unknown-value` */
      holds:
        | string[]
        | {
            /** @enum {string} */
            kind: 'failing';
            reason: string;
            detail: string;
            isFinal: boolean;
            retryAfterMs?: number;
          };
      findings: {
        /** @enum {string} */
        severity: 'error' | 'warning';
        /** @enum {string} */
        what:
          | 'host-not-allowed'
          | 'not-reachable'
          | 'not-trusted'
          | 'secret-missing'
          | 'not-authorised'
          | 'permission-missing'
          | 'app-not-found'
          | 'slot-not-found'
          | 'key-missing'
          | 'near-miss-key'
          | 'conflicting-policies'
          | 'rule-without-key'
          | 'schema-without-key'
          | 'not-managed'
          | 'no-devices'
          | 'other-keys'
          | 'unreadable'
          | 'busy';
        detail: string;
      }[];
    };
    DeliveryPlanRequest: {
      /** @enum {string} */
      platform: 'ios' | 'android';
      token: string;
      /** @description Of the delivery: the same for its plan, its write and its checks */
      name: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
      /** @description Tokens whose value may be replaced */
      known: string[];
      /**
       * @description Also a value that there is no way back to
       * @default false
       */
      overwrite?: boolean;
    };
    SlotPlan:
      | {
          /** @enum {string} */
          kind: 'planned';
          revision: string;
          receipt: components['schemas']['DeliveryReceipt'];
          settlesWithinMs: number;
        }
      | {
          /** @enum {string} */
          kind: 'awaiting-person';
        }
      | {
          /** @enum {string} */
          kind: 'failing';
          reason: string;
          detail: string;
          isFinal: boolean;
          retryAfterMs?: number;
        }
      | {
          /** @enum {string} */
          kind: 'conflict';
          detail: string;
        };
    /** @description What a later reading is compared with; holds no value */
    DeliveryReceipt: {
      /** Format: date-time */
      at: string;
      rest: string;
      before: string[];
      version?: string;
    };
    DeliveryRequest: {
      /** @enum {string} */
      platform: 'ios' | 'android';
      token: string;
      /** @description Of the delivery: the same for its plan, its write and its checks */
      name: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
      expected: string;
    };
    SlotAnswer:
      | {
          /** @enum {string} */
          kind: 'stored' | 'accepted' | 'unknown';
          receipt: components['schemas']['DeliveryReceipt'];
        }
      | {
          /** @enum {string} */
          kind: 'awaiting-person' | 'delivered';
        }
      | {
          /** @enum {string} */
          kind: 'refused';
          reason: string;
        }
      | {
          /** @enum {string} */
          kind: 'failing';
          reason: string;
          detail: string;
          isFinal: boolean;
          retryAfterMs?: number;
        }
      | {
          /** @enum {string} */
          kind: 'conflict';
          detail: string;
        };
    DeliveryCheckRequest: {
      /** @enum {string} */
      platform: 'ios' | 'android';
      token: string;
      /** @description Of the delivery: the same for its plan, its write and its checks */
      name: string;
      receipt: components['schemas']['DeliveryReceipt'];
    };
    SlotCheck:
      | {
          /** @enum {string} */
          kind: 'stored';
          receipt: components['schemas']['DeliveryReceipt'];
          coverage: components['schemas']['Coverage'];
        }
      | {
          /** @enum {string} */
          kind: 'not-yet' | 'unchanged';
        }
      | {
          /** @enum {string} */
          kind: 'failing';
          reason: string;
          detail: string;
          isFinal: boolean;
          retryAfterMs?: number;
        }
      | {
          /** @enum {string} */
          kind: 'conflict';
          detail: string;
        };
    /** @description Any error (RFC 9457). Programs read `type`, people read `title` and `detail`. Further members depend on the type. */
    Problem: {
      /** @description Stable: `urn:tallystick:problem:<kind>`. */
      type: string;
      title: string;
      status: number;
      /** @description What the caller can do. */
      detail?: string;
      /** @description Names this one answer; the log has it too. */
      instance?: string;
    };
  };
  responses: {
    /** @description The request is malformed, or has the faults that are listed. */
    BadRequest: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description Who calls is not known: there is no credential, or it is not accepted. */
    Unauthenticated: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The roles of the caller do not allow this. */
    Forbidden: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description There is no such resource, or the caller has no access to it. */
    NotFound: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The request body is too large. */
    BodyTooLarge: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description A part of the path is too long. */
    UriTooLong: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The body is not application/json. */
    UnsupportedMediaType: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The service can not do this now, or can not check tokens. Try again later. */
    Unavailable: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  RequirementController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Requirement'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  RequirementController_change: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
        /** @description The ETag of what you have seen. This or If-None-Match is needed where 428 is listed */
        'If-Match'?: string;
        /** @description * when there is nothing yet */
        'If-None-Match'?: '*';
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RequirementChange'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RequirementChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Somebody changed it since you read it. */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  SiblingRequirementsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SiblingRequirements'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  SiblingRequirementsController_change: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
        /** @description The ETag of what you have seen. This or If-None-Match is needed where 428 is listed */
        'If-Match'?: string;
        /** @description * when there is nothing yet */
        'If-None-Match'?: '*';
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SiblingRequirementsChange'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SiblingRequirementsChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Somebody changed it since you read it. */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description If-Match or If-None-Match is missing. */
      428: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  SettingsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SettingsView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  SettingsController_change: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
        /** @description The ETag of what you have seen. This or If-None-Match is needed where 428 is listed */
        'If-Match'?: string;
        /** @description * when there is nothing yet */
        'If-None-Match'?: '*';
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SettingsChange'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SettingsChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Somebody changed it since you read it. */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description If-Match or If-None-Match is missing. */
      428: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokensController_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        state?: 'live' | 'revoked';
      };
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenList'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  TokensController_add: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewToken'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      201: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenCreated'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokensController_one: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Token'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  TokensController_edit: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
        /** @description The ETag of what you have seen. This or If-None-Match is needed where 428 is listed */
        'If-Match'?: string;
        /** @description * when there is nothing yet */
        'If-None-Match'?: '*';
      };
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TokenEdit'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Somebody changed it since you read it. */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_revokeSeveral: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Revocations'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensRevoked'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited, except those by the break-glass credential. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_revokeOthers: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RevocationOfOthers'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensRevoked'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_retireSeveral: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TokenSelection'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_reinstateSeveral: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TokenSelection'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_releaseSeveral: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TokenSelection'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_revoke: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Revocation'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenRevoked'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited, except those by the break-glass credential. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_retire: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_reinstate: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenActionsController_release: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokensChanged'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenValuesController_replace: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Replacement'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenRevoked'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  TokenValuesController_export: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        token: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ValueExport'];
      };
    };
    responses: {
      /** @description The file, a secret that is never cached. Importing it replaces what a console holds of the app besides: the header says what, for people. */
      200: {
        headers: {
          /** @description attachment, with the name of the file */
          'content-disposition'?: string;
          /** @description Sentences to be shown beside the download: what the import replaces, and what to do with the file */
          'x-tallystick-warnings'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': Record<string, never>;
          'application/x-plist': string;
          'application/xml': string;
          'text/csv': string;
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description No copy of the value is kept, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description Too many readings in a short time; Retry-After says when. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  ProposalsController_list: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProposalList'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  ProposalsController_approve: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        proposal: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProposalDone'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  ProposalsController_withdraw: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        proposal: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      /** @description Done, and true at every validator */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProposalDone'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The guards or the state of the tokens do not let it pass; `figures` says what they went by. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It can not be done as asked, or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  AdoptionController_preview: {
    parameters: {
      query?: {
        /** @description Days that count; default: as in the settings */
        windowDays?: number;
      };
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Preview'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  AdoptionController_adoption: {
    parameters: {
      query?: {
        /** @description Days that count; default: as in the settings */
        windowDays?: number;
        /** @description For a forecast */
        token?: string;
        /** @description What the token replaces; default: live tokens of its segment */
        replaces?: string;
        threshold?: number;
      };
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Adoption'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  AdoptionController_laggards: {
    parameters: {
      query?: {
        /** @description Days that count; default: as in the settings */
        windowDays?: number;
        /** @description Default: all active tokens */
        token?: string;
        cursor?: string;
        limit?: number;
      };
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LaggardList'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  ValidatorsController_list: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          /** @description The version of everything in this environment */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ValidatorList'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  LeakReportsController_here: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LeakReport'];
      };
    };
    responses: {
      /** @description What became of each item, without its value */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LeakAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      503: components['responses']['Unavailable'];
    };
  };
  LeakReportsController_everywhere: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LeakReport'];
      };
    };
    responses: {
      /** @description What became of each item, without its value */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LeakAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['BodyTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      503: components['responses']['Unavailable'];
    };
  };
  NoticesController_write: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Notice'];
      };
    };
    responses: {
      /** @description Written down */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Noticed'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description Others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description The Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many notices in a short time; Retry-After says when. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  DeviceRequirementsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        /** @description Not judged: an environment has one requirement */
        application: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The object; sent back by PUT it changes nothing */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeviceRequirements'];
        };
      };
      /** @description INVALID_DATA: the object has the faults that are listed. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description There is no bearer token, or it is not accepted. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description ACCESS_FAILED: the roles of the caller do not allow this. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description NOT_FOUND: nothing is defined, or the caller has no access to it. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description CONSTRAINT_VIOLATION: the guards do not let it pass; innerError has their figures. Force it with a reason. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description A part of the path is too long. */
      414: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description REQUEST_LIMITED: too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description It can not be done now. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
    };
  };
  DeviceRequirementsController_replace: {
    parameters: {
      query?: {
        /** @description Why it is done although the guards say no */
        force?: string;
        /** @description Why; kept in the audit with the change */
        reason?: string;
      };
      header?: {
        /** @description The same as the query "reason" */
        'x-tallystick-reason'?: string;
        /** @description The same as the query "force" */
        'x-tallystick-force'?: string;
        'Idempotency-Key'?: string;
        'If-Match'?: string;
      };
      path: {
        environment: string;
        /** @description Not judged: an environment has one requirement */
        application: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeviceRequirementsChange'];
      };
    };
    responses: {
      /** @description The object as it is now, tokens masked. The header x-tallystick-warnings names what follows from it */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeviceRequirements'];
        };
      };
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      /** @description INVALID_DATA: the object has the faults that are listed. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description There is no bearer token, or it is not accepted. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description ACCESS_FAILED: the roles of the caller do not allow this. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description NOT_FOUND: nothing is defined, or the caller has no access to it. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description CONSTRAINT_VIOLATION: the guards do not let it pass; innerError has their figures. Force it with a reason. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description It was changed since you read it. */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description A part of the path is too long. */
      414: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description REQUEST_LIMITED: too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description It can not be done now. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
    };
  };
  DeviceRequirementsController_clear: {
    parameters: {
      query?: {
        /** @description Why it is done although the guards say no */
        force?: string;
        /** @description Why; kept in the audit with the change */
        reason?: string;
      };
      header?: {
        /** @description The same as the query "reason" */
        'x-tallystick-reason'?: string;
        /** @description The same as the query "force" */
        'x-tallystick-force'?: string;
        'Idempotency-Key'?: string;
        'If-Match'?: string;
      };
      path: {
        environment: string;
        /** @description Not judged: an environment has one requirement */
        application: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Written down for a second person; nothing else has changed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Proposed'];
        };
      };
      /** @description Nothing is required any more */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description INVALID_DATA: the object has the faults that are listed. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description There is no bearer token, or it is not accepted. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description ACCESS_FAILED: the roles of the caller do not allow this. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description NOT_FOUND: nothing is defined, or the caller has no access to it. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description CONSTRAINT_VIOLATION: the guards do not let it pass; innerError has their figures. Force it with a reason. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description It was changed since you read it. */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description The request body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description A part of the path is too long. */
      414: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description The body is not application/json. */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description REQUEST_LIMITED: too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
      /** @description It can not be done now. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PingOneError'];
        };
      };
    };
  };
  ShardsController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ShutShards'];
        };
      };
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      503: components['responses']['Unavailable'];
    };
  };
  ShardsController_reopen: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        shard: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ShardReopening'];
      };
    };
    responses: {
      /** @description Reopened, or not shut to begin with */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ShardReopened'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description The Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The store can not be reached, or the audit can not be written; nothing was reopened, or repeat it. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  RotationsController_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        state?: 'running' | 'over';
      };
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RotationList'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  RotationsController_start: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewRotation'];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_approve: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['OperatorWord'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_pause: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['OperatorWord'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_resume: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['OperatorWord'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_extend: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RotationExtension'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_confirmSlot: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SlotConfirmation'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_redeliver: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Redelivery'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_rollBack: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['OperatorWord'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rotation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationCommandsController_export: {
    parameters: {
      query: {
        /** @description ios-dict: a bare <dict> (Intune "Enter XML data", Jamf Pro "App Configuration"). ios-plist-document: a whole property list (Ivanti, MaaS360). appconfig-spec: a template of AppConfig with the value as its default. android-intune: Intune "Enter JSON data". android-amapi: packageName and managedConfiguration. keyvalue-csv: to copy from by hand. mdm-command: a command of Apple's protocol (NanoMDM), with a CommandUUID of its own in each file. json: key, type and value. android-managed-configuration: android-amapi without packageName. ios-plist: the same as ios-dict, in spite of its name. */
        format:
          | 'json'
          | 'ios-plist'
          | 'android-managed-configuration'
          | 'ios-dict'
          | 'ios-plist-document'
          | 'appconfig-spec'
          | 'android-intune'
          | 'android-amapi'
          | 'keyvalue-csv'
          | 'mdm-command';
        /** @description What the app reads it by */
        key?: string;
        iosBundleId?: string;
        androidPackage?: string;
      };
      header?: never;
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
        slot: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file, a secret that is never cached. Importing it replaces what a console holds of the app besides: the header says what, for people. */
      200: {
        headers: {
          /** @description attachment, with the name of the file */
          'content-disposition'?: string;
          /** @description Sentences to be shown beside the download: what the import replaces, and what to do with the file */
          'x-tallystick-warnings'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': Record<string, never>;
          'application/x-plist': string;
          'application/xml': string;
          'text/csv': string;
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description No copy of the value is kept, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description Too many readings in a short time; Retry-After says when. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationSchedulesController_list: {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RotationScheduleList'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  RotationSchedulesController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RotationSchedule'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  RotationSchedulesController_put: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RotationSchedulePlan'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RotationSchedule'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationSchedulesController_remove: {
    parameters: {
      query: {
        /** @description Why */
        reason: string;
      };
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  RotationSchedulesController_trigger: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        /** @description all, or platform~site~mdm; * for a part that is left out */
        segment: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['OperatorWord'];
      };
    };
    responses: {
      /** @description Done */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RotationTriggered'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The rotation does not take this now, or others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many changes of this environment in a short time; try again later. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  DeliveryTargetsController_list: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeliveryTargets'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      503: components['responses']['Unavailable'];
    };
  };
  DeliveryTargetsController_check: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        target: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SlotOfTarget'];
      };
    };
    responses: {
      /** @description As found */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeliveryFindings'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      503: components['responses']['Unavailable'];
    };
  };
  DeliveryTargetsController_plan: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        target: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeliveryPlanRequest'];
      };
    };
    responses: {
      /** @description What came of it; nothing of it holds a value */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SlotPlan'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description Others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description The Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many notes in a short time; Retry-After says when. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  DeliveryTargetsController_deliver: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        target: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeliveryRequest'];
      };
    };
    responses: {
      /** @description What came of it; nothing of it holds a value */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SlotAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description Others change this environment at the same time. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description The Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many notes in a short time; Retry-After says when. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      503: components['responses']['Unavailable'];
    };
  };
  DeliveryTargetsController_verify: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        target: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeliveryCheckRequest'];
      };
    };
    responses: {
      /** @description As found */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SlotCheck'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      503: components['responses']['Unavailable'];
    };
  };
  post_v1_environments_environment_delivery_targets_target_webhook: {
    parameters: {
      query?: never;
      header: {
        /** @description Base64 of HMAC-SHA-256 over the bytes of the body, with the target's webhookKey */
        'X-Hmac-Signature': string;
      };
      path: {
        environment: string;
        target: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken; also what no delivery has to do with */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description It did not arrive whole, or is signed and not what NanoMDM sends. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description There is no such target, or it is not signed with its key: the same answer for both. */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      404: components['responses']['NotFound'];
      /** @description It did not arrive soon enough. */
      408: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description Too many arrive at this moment; Retry-After says when. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description What devices answer can not be noted now. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
