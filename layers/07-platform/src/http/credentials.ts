/** What an `Authorization` header holds. */
export type Credentials =
  | { readonly scheme: "bearer"; readonly token: string }
  | { readonly scheme: "basic"; readonly user: string; readonly token: string }
  | { readonly scheme: "other"; readonly name: string };

/** Parses an `Authorization` header; undefined when there is none. */
export function parseCredentials(header: string | null | undefined): Credentials | undefined {
  if (header === null || header === undefined || header.trim() === "") return undefined;
  const [name = "", rest = ""] = header.trim().split(/\s+/, 2);
  switch (name.toLowerCase()) {
    case "bearer":
      return { scheme: "bearer", token: rest };
    case "basic": {
      let text = "";
      try {
        text = atob(rest);
      } catch {
        return { scheme: "basic", user: "", token: "" };
      }
      const colon = text.indexOf(":");
      return { scheme: "basic", user: text.slice(0, Math.max(colon, 0)), token: text.slice(colon + 1) };
    }
    default:
      return { scheme: "other", name };
  }
}
