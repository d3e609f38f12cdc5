import { errorText, type HttpRequest, readBody } from "@livepeer-ts/kernel";
import { AdminRefusal } from "./admin-answer.ts";

/** Of a form, bytes: the largest is typed data to sign. */
const maxFormBytes = 1024 * 1024;

/** Parameters of a request; those of the body go before those of the query. Throws 500 `parse form error: …`. */
export async function readForm(request: HttpRequest): Promise<(name: string) => string> {
  const query = new URL(request.url).searchParams;
  const type = request.header.get("content-type") ?? "";
  const isForm = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type);
  if (!isForm || request.method === "GET" || request.method === "HEAD") return (name) => query.get(name) ?? "";
  try {
    const bytes = await readBody(request.body, maxFormBytes);
    const fields = await new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": type },
    }).formData();
    return (name) => {
      const value = fields.get(name);
      return typeof value === "string" ? value : (query.get(name) ?? "");
    };
  } catch (cause) {
    throw new AdminRefusal(500, `parse form error: ${errorText(cause)}`, cause);
  }
}
