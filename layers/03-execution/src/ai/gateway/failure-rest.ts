/** After a first failure, ms; doubles with each further one. */
const failedRestMs = 5000;
const maxRestMs = 300_000;

/** Ms without work for somebody that has failed again, after `failures` in a row before. */
export function failureRestMs(failures: number): number {
  return Math.min(maxRestMs, failedRestMs * 2 ** failures);
}
