import type { DoctorSubject } from "./doctor-subject.ts";
import type { Finding } from "./finding.ts";

/** One look at a set-up. It changes nothing, unless the operator asked for that with a flag of the doctor. */
export type DoctorCheck = {
  readonly name: string;
  /** What is looked at, for people. */
  readonly looksAt: string;
  /** False for nodes that have nothing of the kind. */
  readonly concerns: (subject: DoctorSubject) => boolean;
  /** What is wrong; empty when nothing is. Rejects when it could not be looked at. */
  readonly run: (subject: DoctorSubject) => Promise<readonly Finding[]>;
};
