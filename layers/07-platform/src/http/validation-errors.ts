import type { z } from "@hono/zod-openapi";

const keywords: Readonly<Record<string, string>> = {
  invalid_type: "type",
  unrecognized_keys: "additionalProperties",
  too_small: "minimum",
  too_big: "maximum",
  invalid_format: "format",
  invalid_value: "enum",
  invalid_union: "anyOf",
  custom: "validate",
};

/** Validation failures as clients of the original know them: each entry is the JSON text of one ajv error. */
export function validationErrors(issues: readonly z.core.$ZodIssue[]): [string, ...string[]] {
  const errors = issues.map((issue) => {
    const instancePath = issue.path.map((part) => `/${String(part)}`).join("");
    const isMissing = issue.code === "invalid_type" && /received undefined$/.test(issue.message);
    const last = String(issue.path.at(-1) ?? "");
    const keyword = isMissing ? "required" : (keywords[issue.code] ?? issue.code);
    return JSON.stringify({
      instancePath: isMissing ? instancePath.slice(0, instancePath.lastIndexOf("/")) : instancePath,
      keyword,
      params: isMissing
        ? { missingProperty: last }
        : issue.code === "unrecognized_keys"
          ? { additionalProperty: issue.keys[0] }
          : {},
      message: isMissing ? `must have required property '${last}'` : issue.message,
    });
  });
  return errors.length > 0 ? (errors as [string, ...string[]]) : ["the request is not valid"];
}
