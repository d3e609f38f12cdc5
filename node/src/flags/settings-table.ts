import type { FlagSpec } from "./flag-spec.ts";
import { isSameValue } from "./flag-value.ts";
import type { FlagValues } from "./go-flags.ts";
import { shownValue } from "./shown-value.ts";

/** Names and printable values of the settings that differ from the defaults. */
export function changedSettings(specs: readonly FlagSpec[], flags: FlagValues): readonly (readonly [string, string])[] {
  return specs.flatMap((spec) => {
    const value = flags.written(spec.name);
    if (value === undefined) return [];
    if (spec.unsetMeans === undefined && isSameValue(spec.kind, value, spec.fallback)) return [];
    return [[spec.name, shownValue(spec, value).replaceAll(/\s+/g, " ")] as const];
  });
}

/** Those settings as a table for people; empty when there are none. */
export function settingsTable(settings: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...settings.map(([name]) => name.length));
  return settings.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join("");
}
