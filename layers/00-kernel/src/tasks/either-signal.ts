/** A signal that aborts with the first of two, with its reason; call `clear` when the work is done. */
export function eitherSignal(
  one: AbortSignal,
  other: AbortSignal,
): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController();
  const clear = () => {
    one.removeEventListener("abort", onOne);
    other.removeEventListener("abort", onOther);
  };
  const onOne = () => {
    clear();
    controller.abort(one.reason);
  };
  const onOther = () => {
    clear();
    controller.abort(other.reason);
  };
  if (one.aborted) controller.abort(one.reason);
  else if (other.aborted) controller.abort(other.reason);
  else {
    one.addEventListener("abort", onOne, { once: true });
    other.addEventListener("abort", onOther, { once: true });
  }
  return { signal: controller.signal, clear };
}
