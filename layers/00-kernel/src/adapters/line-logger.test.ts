import { describe, expect, it } from "vitest";
import { createLineLogger } from "./line-logger.ts";

function linesOf(format: "json" | "text"): string[] {
  const lines: string[] = [];
  const logger = createLineLogger({
    level: "info",
    format,
    write: (line) => lines.push(line),
    fieldNames: { manifestId: "manifestID", error: "err" },
    firstFields: ["manifestID", "seqNo"],
  }).child({ role: "gateway" });
  logger.debug("not written");
  logger.warn("attempt failed", { error: 'it said "no"', seqNo: 7n, manifestId: "m", orchestrator: undefined });
  return lines;
}

describe("log lines", () => {
  it("have their fields under the names that were asked for, those that come first in front", () => {
    const [line, ...others] = linesOf("text");
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}attempt failed manifestID=m seqNo=7 role=gateway err="it said \\"no\\""\n$/,
    );
  });

  it("are one JSON object each in JSON mode", () => {
    const { time, ...fields } = JSON.parse(linesOf("json")[0] as string) as Record<string, unknown>;
    expect(time).toMatch(/^\d{4}-/);
    expect(fields).toEqual({
      level: "warn",
      message: "attempt failed",
      manifestID: "m",
      seqNo: "7",
      role: "gateway",
      err: 'it said "no"',
    });
  });
});
