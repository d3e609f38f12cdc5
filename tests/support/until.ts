/** Resolves when `holds` does; rejects after `limitMs` with what was waited for. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, limitMs = 45_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
