import type { RoleSubjects } from "../admin/admin-subjects.ts";

/** A role of this process that listens. */
export type RunningRole = {
  /** Ports and addresses, for the supervisor. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Resolves when the role cannot go on, with the reason. Absent: it always can. */
  readonly failed?: Promise<Error>;
  /** What the admin API looks at and changes. */
  readonly subjects: RoleSubjects;
  stop(): Promise<void>;
};
