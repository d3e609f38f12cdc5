import { LpError } from "@livepeer-ts/kernel";

export type BindAddress = { readonly host: string; readonly port: number };

/** `host:port`, `:port`, `host` or nothing, completed with the defaults as the Go node does. Throws `bad_flag`. */
export function parseBindAddress(text: string, fallback: BindAddress): BindAddress {
  const bare = text.replace(/^https?:\/\//, "");
  if (bare === "") return fallback;
  const cut = bare.lastIndexOf(":");
  const host = cut < 0 ? bare : bare.slice(0, cut) || fallback.host;
  const port = cut < 0 ? fallback.port : Number(bare.slice(cut + 1));
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || host.includes("/")) {
    throw new LpError({
      code: "bad_flag",
      message: `"${text}" is not an address to listen on: write host:port, for example 127.0.0.1:8935`,
    });
  }
  return { host: host.replace(/^\[|\]$/g, ""), port };
}
