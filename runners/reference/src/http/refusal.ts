/** One field that does not fit, as the runner API tells it. */
export type FieldProblem = { readonly loc: readonly string[]; readonly msg: string; readonly type: string };

/** A request that is answered with an error: status, and what the body's `detail` says. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly detail: { readonly msg: string } | readonly FieldProblem[];

  constructor(status: number, detail: string | readonly FieldProblem[]) {
    super(typeof detail === "string" ? detail : detail.map(({ msg }) => msg).join("; "));
    this.status = status;
    this.detail = typeof detail === "string" ? { msg: detail } : detail;
  }
}

/** 422 for one field. */
export function unfit(field: string, msg: string, type: string): Refusal {
  return new Refusal(422, [{ loc: ["body", field], msg, type }]);
}
