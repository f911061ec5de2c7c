/** Limits of changes: docs/changes.md. Part of `limits`. */
export const changeLimits = {
  /** Together they fit into a task's URL (`limits.tasks`) in any language: nine bytes a character at most. */
  noteCharacters: 800,
  nameCharacters: 100,
  linkCharacters: 300,
  /** Pipelines' clocks run ahead a little. */
  futureMs: 10 * 60_000,
  /** Deployments of one look whose first spans are read, for what their processes say of themselves. */
  lookedInto: 50,
  /** Services in which one look searches for processes of another deployment of the same version, and their instances. */
  instancesRead: 5000,
  /** Changes that one answer of explain reads, the newest. */
  read: 500,
} as const;
