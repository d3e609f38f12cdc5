/** A model or one of its files cannot be used; the message says what to do. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}
