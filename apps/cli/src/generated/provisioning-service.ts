// Made of docs/openapi/provisioning-service.json by tools/openapi.mjs: not to be edited.
export interface paths {
  '/v1/environments/{environment}/connections': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The connections of an environment */
    get: operations['ConnectionsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One connection: its document, with references in place of secrets */
    get: operations['ConnectionsController_read'];
    /** Makes a connection, or replaces its document; what is more dangerous than before needs an approver */
    put: operations['ConnectionsController_save'];
    post?: never;
    /** Removes a connection: its users are not reconciled any more, and stay as they are */
    delete: operations['ConnectionsController_remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The last 20 versions, newest first; those of a removed connection as well */
    get: operations['ConnectionsController_history'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/validate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** All faults of a document, or its warnings, and whether an approver has to save it */
    post: operations['ConnectionChecksController_validate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/try-mapping': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What a mapping makes of stored users, or of attributes that you send; masked unless you are an auditor */
    post: operations['ConnectionChecksController_tryMapping'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Whether a worker has the secret, reaches the directory, is let in and may read; part by part */
    post: operations['ConnectionChecksController_test'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/source': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How the source of a connection is: its epoch, whether it is stopped or has a gap, and how far it is behind */
    get: operations['SourcesController_read'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/source/epoch': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Says that the source is another one now (restored, failed over, made anew): it is read from its beginning, everything in it is newer than all before, and the next pass waits for an approver */
    post: operations['SourcesController_raise'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/parked-records': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Records that could not be used, oldest first, without their content */
    get: operations['ParkedController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/parked-records/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One of them, without its content */
    get: operations['ParkedController_show'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/parked-records/{id}/content': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Its bytes, personal data included; every reading is in the audit */
    get: operations['ParkedController_content'];
    /** Other bytes in its place; the place in the topic stays */
    put: operations['ParkedController_edit'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/parked-records/{id}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take it as if it came now, at the place where it was: nothing newer is replaced */
    post: operations['ParkedController_replay'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/parked-records/{id}/discard': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Put it aside for good; it stays in the parking topic */
    post: operations['ParkedController_discard'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/users/lookup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What became of one user, by its key in the datastore */
    post: operations['UsersController_user'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/users/{user}/reconcile': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Looks at one user now, and waits for what becomes of them when asked to */
    post: operations['UsersController_reconcile'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/users/{user}/explain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Why a user is as they are: record, mapping, what is wanted, what the directory shows, the plan that would be made now; masked unless you are an auditor. Of nobody it says `known: false`. Writes nothing */
    get: operations['ExplainController_explain'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/users/erase': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Erases what is kept of one person, by their key in the datastore, and their runs in Temporal; not what is at the provider */
    post: operations['ErasureController_erase'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/passes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Passes, previews and samples of the last 14 days, newest first */
    get: operations['PassesController_list'];
    put?: never;
    /** Starts a preview, a sample, or a pass over all users of the connection */
    post: operations['PassesController_start'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/passes/{pass}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One of them, with its progress and when it is likely to end */
    get: operations['PassesController_read'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/passes/{pass}/summary': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How many users differ for which reason, with a sentence for each */
    get: operations['PassesController_summary'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/passes/{pass}/results': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What it found for each user, as a download; users by their hashes, steps without addresses */
    get: operations['PassesController_results'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/passes/{pass}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Begins no further page; 202 while those that are under way end */
    post: operations['PassesController_pause'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/passes/{pass}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ends a pause */
    post: operations['PassesController_resume'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/passes/{pass}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ends it when the pages that are under way have ended; what was done stays */
    post: operations['PassesController_cancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/pass-schedules/{kind}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** When passes of this kind begin by themselves */
    get: operations['PassSchedulesController_read'];
    /** Starts passes of this kind at these times; one that is due while another is under way is left out */
    put: operations['PassSchedulesController_put'];
    post?: never;
    /** Starts no further passes of this kind; one that is under way goes on */
    delete: operations['PassSchedulesController_remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/holds': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Plans that a guard stopped, the newest hold first; those that are over stay for 90 days */
    get: operations['HoldsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/holds/{hold}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One hold, with the hash that an answer has to name */
    get: operations['HoldsController_show'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/holds/{hold}/users': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whom it is about, by their hashes, with the steps that wait */
    get: operations['HoldsController_users'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/holds/{hold}/approve': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Lets exactly these plans be applied; a user who changed since is judged anew (R26) */
    post: operations['HoldsController_approve'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/environments/{environment}/connections/{connection}/holds/{hold}/reject': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Applies none of these plans, and holds none of them again */
    post: operations['HoldsController_reject'];
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
    ConnectionList: {
      /** @description read from a file: nothing can be saved */
      readOnly: boolean;
      connections: components['schemas']['Connection'][];
      /** @description connections at rest: their saved documents were written by another version of this service, or are damaged */
      unreadable: {
        connection: string;
        because: string;
      }[];
    };
    Connection: {
      connection: string;
      topic: string;
      directory: string;
      options: {
        [key: string]: unknown;
      };
      version: number;
      savedBy: string;
      /** Format: date-time */
      savedAt: string;
      warnings: string[];
    };
    SavedConnection: {
      version: number;
      savedBy: string;
      /** Format: date-time */
      savedAt: string;
      document: components['schemas']['ConnectionDocument'];
      /** @description the options as the reference's forms show them */
      reference: {
        label: string;
        key: string;
        value: string;
      }[];
      warnings: {
        kind: string;
        text: string;
      }[];
    };
    /** @description source (topic, format), directory (kind, and secrets by reference: {"file": name in the folder of the environment} or {"variable": NAME of TALLYSTICK_SECRET_<ENVIRONMENT>__NAME}), scope, enabled, defaultCountry, mapping, protectedUsernames (accounts that are never touched), preset (parity, never-less), options, guards, budget, keepAttributes, visibilityWindowMs. Labels and keys of the reference are taken for options and targets. scope, enabled and rules with an expression are CEL over `source`; functions: string.contains(string): bool (whether the part is in the text); string.startsWith(string): bool (whether the text begins with it); string.endsWith(string): bool (whether the text ends with it); string.indexOf(string): int (where the part begins, from 0; -1: nowhere); string.lastIndexOf(string): int (where the part begins for the last time); string.substring(int): string (from this index to the end); string.substring(int, int): string (from one index to before the other); string.replace(string, string): string (every place of the one by the other); string.split(string): list<string> (the parts between the separators, at most 256); list<string>.join(string): string (one text, with the separator between the parts); string.lowerAscii(): string (A–Z as a–z); string.upperAscii(): string (a–z as A–Z); string.trim(): string (without blanks at both ends); string.size(): int (how many UTF-16 units); list.size(): int (how many parts); size(dyn): int (of a text or list); string(dyn): string (a number, true or false as text; null as the empty text); int(dyn): int (a whole number, also from its text); hasBits(dyn, int): bool (whether a flag word has all these bits, e.g. userAccountControl 2: disabled); cnOf(string): string (the common name of a distinguished name; empty without one); userPartOf(string): string (what stands before the last @ of an e-mail address; all of it without one); digitsOf(string): string (its digits 0–9) */
    ConnectionDocument: {
      [key: string]: unknown;
    };
    ConnectionToSave: {
      /** @description Why; kept in the audit with the change */
      reason: string;
      document: components['schemas']['ConnectionDocument'];
    };
    ConnectionHistory: {
      versions: {
        version: number;
        savedBy: string;
        /** Format: date-time */
        savedAt: string;
        document: components['schemas']['ConnectionDocument'];
      }[];
    };
    ConnectionValidation: {
      valid: boolean;
      faults: {
        path: string;
        expected: string;
      }[];
      warnings: {
        kind: string;
        text: string;
      }[];
      /** @description in what it is more dangerous than the saved one: an approver has to save it */
      dangers: {
        kind: string;
        text: string;
      }[];
    };
    MappingTrial: {
      /** @description mapping, scope, enabled, defaultCountry, protectedUsernames: in place of those of the saved document; null takes one away */
      candidate?: {
        [key: string]: unknown;
      };
      /** @description a record to try it on */
      attributes?: {
        [key: string]: string | number | boolean | null;
      };
      users?: string[];
      /** @description so many users of the connection, drawn at random */
      sample?: number;
    };
    MappingTried: {
      masked: boolean;
      results: {
        user?: string;
        /** @description false: there is no record of this user */
        found: boolean;
        /** @enum {string} */
        scope?: 'in' | 'out' | 'unknown' | 'failed';
        /** @enum {string} */
        becomes?: 'present' | 'gone' | 'unmappable';
        because?: string;
        /**
         * @description the account is never touched: nothing of this is done
         * @enum {boolean}
         */
        protected?: true;
        targets?: {
          target: string;
          /** @enum {string} */
          result: 'value' | 'absent' | 'unknown' | 'failed' | 'invalid';
          origin?: {
            kind: string;
            name?: string;
            because?: string;
          };
          raw?: string;
          value?: string;
          because?: string;
          /**
           * @description used when the account is created, and not looked at for one that is there
           * @enum {boolean}
           */
          createOnly?: true;
        }[];
      }[];
    };
    ConnectionTest: {
      /** @description tested in place of the saved one */
      document?: components['schemas']['ConnectionDocument'];
    };
    ConnectionTested: {
      checks: {
        part: string;
        /** @enum {string} */
        result: 'passed' | 'failed' | 'not-tried';
        because?: string;
        /** @description where a secret that is missing has to be */
        expected?: string;
      }[];
    };
    Source: {
      topic: string;
      /** @description in front of every position that is read now; name it when you raise it */
      epoch: number;
      raised?: {
        by: string;
        /** Format: date-time */
        at: string;
      };
      /** @description nothing is read until the epoch is raised: the topic is another one than was read */
      stopped?: {
        /** @enum {string} */
        because: 'beyond-the-end' | 'other-record' | 'other-source';
        partition: number;
        read: string;
        end: string;
        /** Format: date-time */
        at: string;
      };
      /** @description records were lost before they were read: take a new snapshot of the source */
      gap?: {
        partition: number;
        from: string;
        to: string;
        /** Format: date-time */
        at: string;
      };
      /** @description how long the oldest change waits for its wake-up; absent: none waits */
      oldestPendingMs?: number;
      /** @description records of the topic that are not stored yet; null: Kafka did not say */
      lag:
        | {
            partition: number;
            /** @description decimal */
            records: string;
          }[]
        | null;
      /** @description records that could not be used and wait for a person */
      parked: number;
    };
    RaiseEpoch: {
      /** @description the epoch that you have seen: it is raised by one */
      epoch: number;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    EpochRaised: {
      epoch: number;
    };
    ParkedRecordList: {
      records: components['schemas']['ParkedRecord'][];
      /** @description the cursor of the next page; absent at the end */
      next?: number;
      /** @description how many wait for a person */
      open: number;
      /** @description how many were parked while the index was full: they lie in the parking topic only */
      topicOnly: number;
    };
    /** @description a record that could not be used; never its content */
    ParkedRecord: {
      id: string;
      /** @enum {string} */
      state: 'open' | 'replayed' | 'discarded';
      /** @description why it can not be used, from a closed list */
      reason: string;
      topic: string;
      partition: number;
      /** @description decimal */
      offset: string;
      epoch: number;
      /** Format: date-time */
      parkedAt: string;
      keyBytes: number;
      valueBytes: number;
      /** @description false: the value is too large for the index and lies in the parking topic only */
      here: boolean;
      /** @description name it when you change the record */
      revision: number;
      changedBy?: string;
      /** Format: date-time */
      changedAt?: string;
    };
    ParkedContent: {
      /** Format: base64 */
      key: string | null;
      /**
       * Format: base64
       * @description null: a tombstone
       */
      value: string | null;
      headers: {
        [key: string]: string[];
      };
    };
    ParkedEdit: {
      /** Format: base64 */
      key: string | null;
      /**
       * Format: base64
       * @description null: a tombstone
       */
      value: string | null;
      headers: {
        [key: string]: string[];
      };
      revision: number;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    ParkedRevision: {
      revision: number;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    Replay: {
      /**
       * @description stored: it is the record now · superseded: a newer one is there, nothing changed · unusable: it stays parked
       * @enum {string}
       */
      result: 'stored' | 'still-pending' | 'superseded' | 'ignored' | 'unusable';
      /** @description why it still can not be used */
      reason?: string;
    };
    UserLookup: {
      sourceKey: string;
    };
    User: {
      /** @description the hash that stands for the user in ids, logs and outcomes */
      user: string;
      /** @description look it up in the Temporal UI */
      workflowId: string;
      /** @description the last finished reconciliation; null when there was none */
      outcome: components['schemas']['Outcome'] | null;
    };
    Outcome: {
      /** @enum {string} */
      kind: 'in-sync' | 'changed' | 'partial' | 'not-planned' | 'held' | 'quarantined';
      because?: string;
      /** @description of held: the id of the hold that the user waits in */
      hold?: string;
      detail?: string;
      /** @description version of the source record that was reconciled */
      version: string;
      steps: components['schemas']['Step'][];
      findings: components['schemas']['Finding'][];
      /** Format: date-time */
      at: string;
    };
    Step: {
      /** @description what was done: create-user, edit-user, unpair, pair, … */
      kind: string;
      /** @description why, from a closed list */
      reason: string;
      slot?: string;
      /** @description the directory's id of the device, as text */
      deviceId?: string;
      /** @enum {string} */
      result: 'done' | 'device-limit' | 'address-refused' | 'refused' | 'skipped';
      /** @description the directory's error id when it refused */
      code?: string;
    };
    /** @description something noted and not touched */
    Finding: {
      kind: string;
    } & {
      [key: string]: unknown;
    };
    Justification: {
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    Reconciled: {
      user: string;
      workflow: components['schemas']['WorkflowLink'];
      /** @description newer than the request; null: there is none yet */
      outcome: components['schemas']['Outcome'] | null;
    };
    WorkflowLink: {
      /** @description look it up in the Temporal UI */
      id: string;
      /**
       * Format: uri
       * @description where this is
       */
      url?: string;
    };
    Explanation: {
      user: string;
      /** @description false: nothing is kept of such a user, no record, no outcome, nothing under way. The key may be misspelled, of another connection, or of a person who was erased */
      known: boolean;
      /** @description false for auditors; each such reading is logged */
      masked: boolean;
      workflow: components['schemas']['WorkflowLink'];
      /** Format: date-time */
      at: string;
      connectionVersion: number;
      record?: {
        position: string;
        deleted: boolean;
        movedTo?: string;
        /** @description a change that nobody has acted on yet */
        pending: boolean;
        attributes: {
          [key: string]:
            | string
            | number
            | boolean
            | null
            | {
                /** @enum {string} */
                kind: 'unavailable';
              };
        };
      };
      /** @enum {string} */
      scope?: 'in' | 'out' | 'unreadable';
      targets: {
        target: string;
        /** @enum {string} */
        result: 'value' | 'absent' | 'unknown' | 'failed' | 'invalid';
        from?: string;
        raw?: string;
        value?: string;
        because?: string;
        /**
         * @description used when the account is created, and not looked at for one that is there
         * @enum {boolean}
         */
        createOnly?: true;
      }[];
      desired?: {
        /** @enum {string} */
        kind: 'present' | 'gone' | 'unmappable';
        because?: string;
        username?: string;
        enabled?: boolean;
        profile?: {
          email?: string;
          firstName?: string;
          lastName?: string;
        };
        slots?: {
          [key: string]: {
            kind: string;
            address?: string;
            because?: string;
          };
        };
      };
      /**
       * @description whom the account belongs to
       * @enum {string}
       */
      owner?: 'this-user' | 'nobody' | 'another-user';
      observed?: {
        /** @enum {string} */
        kind: 'present' | 'absent' | 'fault';
        fault?: string;
        status?: string;
        profile?: {
          email?: string;
          firstName?: string;
          lastName?: string;
        };
        devices?: {
          id: string;
          nickname: string;
          slot?: string;
          type: string;
          address?: string;
          primary: boolean;
          unusable?: boolean;
          enrolledAt: string;
        }[];
      };
      notPlanned?: string;
      /** @description what would be done now, at the wanted account and then at each other one of theirs that is closed beside it; nothing was */
      plan?: {
        steps: {
          kind: string;
          reason: string;
          text: string;
          slot?: string;
          deviceId?: string;
          from?: string;
          profile?: {
            email?: string;
            firstName?: string;
            lastName?: string;
          };
          address?: string;
          replaces?: string;
        }[];
        findings: ({
          kind: string;
          text: string;
        } & {
          [key: string]: unknown;
        })[];
        needs?: {
          need: string;
          text: string;
        }[];
        /** Format: date-time */
        replanAt?: string;
      };
      /** @description of the first part of the plan that the guards are asked about */
      planHash?: string;
      counts?: components['schemas']['ChangeCounts'];
      /** @description what the guards would say now */
      guard?: {
        /** @enum {string} */
        kind: 'pass' | 'approved' | 'rejected' | 'hold';
        because?: string;
        text?: string;
        hold?: string;
      };
      /** @description an attempt is under way or was left unfinished */
      unfinished: boolean;
      /** @description the last ones, newest first */
      outcomes: components['schemas']['Outcome'][];
    };
    ChangeCounts: {
      deletions: number;
      suspensions: number;
      removals: number;
      replacements: number;
      accountChanges: number;
    };
    EraseUser: {
      sourceKey: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    ErasedUser: {
      /** @description false: nothing was kept under this key; look whether it is spelled as the datastore spells it */
      known: boolean;
      erased: {
        /** @description directory accounts that were this user’s for us; they are free now, and nothing was changed in them */
        accounts: number;
        /** @description holds that had a plan of them */
        holds: number;
        /** @description results of previews and passes */
        passEntries: number;
        /** @description records and outcomes of others that named them */
        mentions: number;
        /** @description parked records that were theirs */
        parkedRecords: number;
        /** @description runs in Temporal with their histories */
        runs: number;
      };
      /** @description what this can not reach, with what to do about it */
      left: {
        /** @enum {string} */
        what:
          | 'source'
          | 'directory'
          | 'runs'
          | 'parked-records'
          | 'source-topic'
          | 'parking-topic'
          | 'outcomes-topic'
          | 'answers'
          | 'logs'
          | 'backups';
        /** @description until when it is there, and how it goes away */
        text: string;
      }[];
    };
    NewPass: {
      /**
       * @description preview: plans and writes nothing · sample: a preview of some, drawn at random · pass: plans, meets the guards, then reconciles who differs
       * @enum {string}
       */
      kind: 'preview' | 'pass' | 'sample';
      /** @description of preview and sample: planned with in place of the saved document */
      document?: components['schemas']['ConnectionDocument'];
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    Pass: {
      id: string;
      /** @enum {string} */
      kind: 'preview' | 'pass' | 'sample';
      /** @enum {string} */
      stage: 'planning' | 'held' | 'applying' | 'paused' | 'done' | 'cancelled' | 'rejected' | 'failed';
      /** @description of the saved document that it plans with; 0: a document that is not saved */
      connectionVersion: number;
      startedBy: string;
      /** Format: date-time */
      startedAt: string;
      /** Format: date-time */
      endedAt?: string;
      /**
       * Format: date-time
       * @description at best, under the budget of the directory and by the pace so far
       */
      expectedEnd?: string;
      /** @description the hold that it waits for, or has waited for */
      hold?: string;
      /** @description why it is held */
      because?: string;
      progress: {
        /** @description of the connection, as the pass began */
        users: number;
        looked: number;
        inSync: number;
        differ: number;
        notPlanned: number;
        /** @description whom the directory would not show */
        unobservable: number;
        applied: number;
      };
      counts: components['schemas']['ChangeCounts'];
    };
    PassList: {
      passes: components['schemas']['Pass'][];
    };
    PassSummary: {
      pass: components['schemas']['Pass'];
      /** @description the most frequent first */
      reasons: {
        reason: string;
        users: number;
        meanings: {
          /** @enum {string} */
          kind: 'step' | 'finding' | 'not-planned' | 'directory';
          text: string;
        }[];
      }[];
      /** @description of a sample: between low and high the share of all users who differ lies, in 95 of 100 samples (R33) */
      drift?: {
        /** @description users of the sample that could be planned */
        of: number;
        share?: number;
        low: number;
        high: number;
      };
      /** @description for how many users each mapped target has a value */
      filled: {
        [key: string]: number;
      };
    };
    PassCommanded: {
      /**
       * @description accepted: it is done when the pages that are under way have ended
       * @enum {string}
       */
      outcome: 'done' | 'accepted';
      pass: components['schemas']['Pass'];
    };
    PassSchedule: {
      /** @enum {string} */
      kind: 'preview' | 'pass' | 'sample';
      times: {
        cron?: string[];
        everyMinutes?: number;
        jitterMinutes: number;
      };
      next: string[];
      started: string[];
    };
    PassTimes: {
      /** @description in UTC, e.g. 0 3 * * 6 */
      cron?: string[];
      everyMinutes?: number;
      /**
       * @description each begins up to so many minutes later, at random
       * @default 0
       */
      jitterMinutes?: number;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    HoldList: {
      holds: components['schemas']['Hold'][];
      next?: string;
    };
    Hold: {
      id: string;
      /** @enum {string} */
      state: 'open' | 'approved' | 'rejected' | 'expired' | 'cancelled';
      /** @description why it waits, from a closed list */
      because: string;
      /** @description the same as a sentence */
      text: string;
      /** @description the pass that waits; absent for changes that came one by one */
      pass?: string;
      users: number;
      counts: components['schemas']['ChangeCounts'];
      /** @description what an answer is about: it is another when users join or leave */
      hash: string;
      /** Format: date-time */
      openedAt: string;
      /** Format: date-time */
      expiresAt: string;
      requestedBy?: string;
      answeredBy?: string;
      reason?: string;
      /** Format: date-time */
      answeredAt?: string;
    };
    HeldUsers: {
      users: {
        user: string;
        /** @enum {string} */
        state: 'held' | 'approved' | 'done' | 'changed' | 'rejected';
        counts: components['schemas']['ChangeCounts'];
        planHash: string;
        /** @description without addresses and names */
        steps: {
          kind: string;
          reason: string;
          text: string;
          slot?: string;
          deviceId?: string;
        }[];
        findings: ({
          kind: string;
          text: string;
        } & {
          [key: string]: unknown;
        })[];
      }[];
      next?: string;
    };
    HoldAnswer: {
      hash: string;
      /** @description Why; kept in the audit with the change */
      reason: string;
    };
    HoldAnswered: {
      hold: components['schemas']['Hold'];
      /** @description users that were told to look again; 0 where a pass goes on by itself */
      woken: number;
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
  ConnectionsController_list: {
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
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConnectionList'];
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
  ConnectionsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          /** @description Its version */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SavedConnection'];
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
  ConnectionsController_save: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
        /** @description * for a new connection */
        'If-None-Match'?: '*';
        /** @description The ETag of what you have seen */
        'If-Match'?: string;
      };
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConnectionToSave'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SavedConnection'];
        };
      };
      /** @description Made */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SavedConnection'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     Connections are read from a mounted file: nothing can be changed.
       */
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
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /**
       * @description The Idempotency-Key belongs to another request.
       *
       *     The document has faults; all are listed, by path.
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The version that you have seen is missing. */
      428: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     The store can not be reached.
       */
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
  ConnectionsController_remove: {
    parameters: {
      query: {
        /** @description Why */
        reason: string;
      };
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
        /** @description The ETag of what you have seen */
        'If-Match'?: string;
      };
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
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
      /**
       * @description The same request is being worked on.
       *
       *     Connections are read from a mounted file: nothing can be changed.
       */
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
      414: components['responses']['UriTooLong'];
      /** @description The Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The version that you have seen is missing. */
      428: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     The store can not be reached.
       */
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
  ConnectionsController_history: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConnectionHistory'];
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
  ConnectionChecksController_validate: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConnectionDocument'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConnectionValidation'];
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
  ConnectionChecksController_tryMapping: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['MappingTrial'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MappingTried'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description There is no sample to draw from. */
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
      /** @description The mapping has faults; all are listed, by path. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The audit can not be written: nothing is shown. */
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
  ConnectionChecksController_test: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConnectionTest'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConnectionTested'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description The document has faults; all are listed, by path. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description No worker took the test in time. */
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
  SourcesController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Source'];
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
  SourcesController_raise: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RaiseEpoch'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EpochRaised'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     The epoch is another one by now; `epoch` is it.
       */
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
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     The store can not be reached.
       */
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
  ParkedController_list: {
    parameters: {
      query?: {
        state?: 'open' | 'settled';
        cursor?: number;
        limit?: number;
      };
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ParkedRecordList'];
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
  ParkedController_show: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ParkedRecord'];
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
  ParkedController_content: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ParkedContent'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description Somebody changed it meanwhile or replays it now, it is settled, or superseded, or its bytes lie in the parking topic only. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The audit can not be written: nothing is shown. */
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
  ParkedController_edit: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ParkedEdit'];
      };
    };
    responses: {
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
      /**
       * @description The same request is being worked on.
       *
       *     Somebody changed it meanwhile or replays it now, it is settled, or superseded, or its bytes lie in the parking topic only.
       */
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
      /** @description The audit can not be written: nothing was changed. */
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
  ParkedController_replay: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ParkedRevision'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Replay'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     Somebody changed it meanwhile or replays it now, it is settled, or superseded, or its bytes lie in the parking topic only.
       */
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
      /** @description The audit can not be written: nothing was changed. */
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
  ParkedController_discard: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ParkedRevision'];
      };
    };
    responses: {
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
      /**
       * @description The same request is being worked on.
       *
       *     Somebody changed it meanwhile or replays it now, it is settled, or superseded, or its bytes lie in the parking topic only.
       */
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
      /** @description The audit can not be written: nothing was changed. */
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
  UsersController_user: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UserLookup'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['BodyTooLarge'];
      414: components['responses']['UriTooLong'];
      415: components['responses']['UnsupportedMediaType'];
      /** @description The audit can not be written: nothing is shown. */
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
  UsersController_reconcile: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
        /** @description wait=10: so many seconds, at most 20, for an outcome that is newer than this request */
        Prefer?: string;
      };
      path: {
        environment: string;
        connection: string;
        user: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Reconciled'];
        };
      };
      /** @description Woken; there is no outcome yet */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Reconciled'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The same request is being worked on. */
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
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Temporal or the store did not answer.
       */
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
  ExplainController_explain: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
        user: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Explanation'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description A worker could not look; `type` says why. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description No worker answered in time, the directory is in quarantine or busy, or the audit of readings can not be written. */
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
  ErasureController_erase: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EraseUser'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErasedUser'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The same request is being worked on. */
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
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Not all is erased, or the audit can not be written; `type` says which. Repeat it.
       */
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
  PassesController_list: {
    parameters: {
      query?: {
        limit?: number;
      };
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassList'];
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
  PassesController_start: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['NewPass'];
      };
    };
    responses: {
      /** @description Started */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Pass'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     A pass of this connection is under way, or three previews and samples are; `pass` names one.
       */
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
      /**
       * @description The Idempotency-Key belongs to another request.
       *
       *     The document has faults, can only be previewed, or the key belongs to another request.
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Temporal, a worker or the store did not answer in time; `type` says which.
       */
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
  PassesController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
        pass: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Pass'];
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
  PassesController_summary: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
        pass: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassSummary'];
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
  PassesController_results: {
    parameters: {
      query?: {
        format?: 'jsonl' | 'csv';
        only?: 'in-sync' | 'differs' | 'not-planned' | 'unobservable';
      };
      header?: never;
      path: {
        environment: string;
        connection: string;
        pass: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/jsonl': string;
          'text/csv': string;
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
  PassesController_pause: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        pass: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassCommanded'];
        };
      };
      /** @description Taken up */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassCommanded'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     The pass does not take this now; `detail` says why.
       */
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
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Temporal, a worker or the store did not answer in time; `type` says which.
       */
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
  PassesController_resume: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        pass: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassCommanded'];
        };
      };
      /** @description Taken up */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassCommanded'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     The pass does not take this now; `detail` says why.
       */
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
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Temporal, a worker or the store did not answer in time; `type` says which.
       */
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
  PassesController_cancel: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        pass: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Justification'];
      };
    };
    responses: {
      /** @description Asked for */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Pass'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     The pass does not take this now; `detail` says why.
       */
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
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Temporal, a worker or the store did not answer in time; `type` says which.
       */
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
  PassSchedulesController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
        kind: 'preview' | 'pass' | 'sample';
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassSchedule'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      414: components['responses']['UriTooLong'];
      /** @description Temporal did not answer in time. */
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
  PassSchedulesController_put: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        kind: 'preview' | 'pass' | 'sample';
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PassTimes'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PassSchedule'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      /** @description The same request is being worked on. */
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
      /**
       * @description The Idempotency-Key belongs to another request.
       *
       *     The times can not be read.
       */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Temporal did not answer in time.
       */
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
  PassSchedulesController_remove: {
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
        connection: string;
        kind: 'preview' | 'pass' | 'sample';
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
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
      /** @description The same request is being worked on. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      414: components['responses']['UriTooLong'];
      /** @description The Idempotency-Key belongs to another request. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /**
       * @description The audit can not be written: nothing was changed.
       *
       *     Temporal did not answer in time.
       */
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
  HoldsController_list: {
    parameters: {
      query?: {
        cursor?: string;
        limit?: number;
      };
      header?: never;
      path: {
        environment: string;
        connection: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HoldList'];
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
  HoldsController_show: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        environment: string;
        connection: string;
        hold: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Hold'];
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
  HoldsController_users: {
    parameters: {
      query?: {
        cursor?: string;
        limit?: number;
      };
      header?: never;
      path: {
        environment: string;
        connection: string;
        hold: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HeldUsers'];
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
  HoldsController_approve: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        hold: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['HoldAnswer'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HoldAnswered'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      /** @description Your roles do not allow it, or a second person has to answer it. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     It is another one by now, or not open any more; `hold` is what it is now.
       */
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
      /** @description The audit can not be written: nothing was changed. */
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
  HoldsController_reject: {
    parameters: {
      query?: never;
      header: {
        /** @description A key of your choice; the same request with the same key is done once, and answered again */
        'Idempotency-Key': string;
      };
      path: {
        environment: string;
        connection: string;
        hold: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['HoldAnswer'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HoldAnswered'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthenticated'];
      /** @description Your roles do not allow it, or a second person has to answer it. */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      404: components['responses']['NotFound'];
      /**
       * @description The same request is being worked on.
       *
       *     It is another one by now, or not open any more; `hold` is what it is now.
       */
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
      /** @description The audit can not be written: nothing was changed. */
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
