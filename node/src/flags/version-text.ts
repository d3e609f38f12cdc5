import { nodeVersion } from "../node-version.ts";
import { defaultText } from "./help-text.ts";
import { nodeFlags } from "./node-flags.ts";

/** The four lines of `-version`. */
export function versionText(): string {
  return [
    `Livepeer Node Version: ${nodeVersion}`,
    `Node.js runtime version: ${process.version}`,
    `Architecture: ${process.arch}`,
    `Operating system: ${process.platform}`,
    "",
  ].join("\n");
}

/** The flags as the Mist controller reads them (`-j`). */
export function mistText(): string {
  const optional = Object.fromEntries(
    nodeFlags.map((flag) => [
      flag.name,
      {
        name: flag.name,
        help: flag.help,
        option: `-${flag.name}`,
        default: flag.unsetMeans === undefined ? flag.fallback : defaultText(flag),
        ...(flag.kind === "bool" ? {} : { type: "str" }),
      },
    ]),
  );
  const about = { name: "livepeer", desc: "Livepeer node: gateway and orchestrator", friendly: "Livepeer" };
  return `${JSON.stringify({ ...about, optional, version: nodeVersion })}\n`;
}
