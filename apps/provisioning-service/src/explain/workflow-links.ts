/** Where a person finds a workflow in Temporal's web UI; undefined where nobody said where that is. */
export const linksTo =
  (uiUrl: string | undefined, namespace: string) =>
  (workflowId: string): string | undefined =>
    uiUrl === undefined
      ? undefined
      : `${uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
