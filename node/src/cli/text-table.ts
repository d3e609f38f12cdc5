/** A title in a frame. */
export function framed(title: string): string {
  const line = `+${"-".repeat(title.length)}+`;
  return `${line}\n|${title}|\n${line}`;
}

/** Rows of two or more columns with lines between them, every column as wide as it needs, to the right. */
export function rowTable(rows: readonly (readonly string[])[]): string {
  const widths = widthsOf(rows);
  const line = `*${widths.map((width) => "-".repeat(width + 2)).join("*")}*`;
  const body = rows.map((row) => `| ${widths.map((width, i) => (row[i] ?? "").padStart(width)).join(" | ")} |`);
  return [line, ...body.flatMap((text) => [text, line])].join("\n");
}

/** Rows under a head. */
export function headedTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = widthsOf([head, ...rows]);
  const line = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const text = (row: readonly string[]) => `| ${widths.map((width, i) => (row[i] ?? "").padEnd(width)).join(" | ")} |`;
  return [line, text(head.map((name) => name.toUpperCase())), line, ...rows.map(text), line].join("\n");
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, i) => Math.max(0, ...rows.map((row) => (row[i] ?? "").length)));
}
