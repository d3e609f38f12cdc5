/** A call that is refused; the caller reads the message. Functions may throw it too. */
export class AppRefusal extends Error {
  override readonly name: string = "AppRefusal";
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
