import { readFile } from "node:fs/promises";

/** A line of the table of roles in `contracts/AUDIT.md`. */
export type RoleRow = {
  readonly role: string;
  /** What decides on chain; absent where the code does. */
  readonly decidedBy: string | undefined;
  /** Who holds it on the local network; absent where the contract is not there. */
  readonly local: readonly string[] | undefined;
  readonly arbitrumLike: readonly string[] | undefined;
};

/** A line of the table of privileged functions. */
export type FunctionRow = {
  readonly roles: readonly string[];
  readonly guard: string;
  readonly functions: readonly string[];
};

/** Both tables of `contracts/AUDIT.md`. */
export async function readAuditTables(): Promise<{ roles: RoleRow[]; functions: FunctionRow[] }> {
  const text = await readFile(new URL("../../../contracts/AUDIT.md", import.meta.url), "utf8");
  const roles = tableUnder(text, "## Roles").map(([role = "", decidedBy = "", local = "", arbitrumLike = ""]) => ({
    role,
    decidedBy: codes(decidedBy)[0],
    local: local === "–" ? undefined : codes(local),
    arbitrumLike: arbitrumLike === "–" ? undefined : codes(arbitrumLike),
  }));
  const functions = tableUnder(text, "## Privileged functions").map(([names = "", guard = "", list = ""]) => ({
    roles: names.split(", "),
    guard: codes(guard)[0] ?? "",
    functions: codes(list),
  }));
  return { roles, functions };
}

function tableUnder(text: string, heading: string): string[][] {
  const after = text.slice(text.indexOf(`\n${heading}\n`) + heading.length);
  const lines = after.slice(0, after.indexOf("\n## ")).split("\n");
  // The first two lines are the heads and the rule below them.
  const rows = lines.filter((line) => line.startsWith("|")).slice(2);
  return rows.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}
