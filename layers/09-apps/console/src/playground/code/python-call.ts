import type { AiPipeline } from "@livepeer-ts/sdk";
import { type FormValues, requestFields } from "../form-values.ts";

/** The request as a program for Python 3.8 and later, with its standard library alone; files are read from the folder it runs in. */
export function pythonCall(pipeline: AiPipeline, values: FormValues, url: string): string {
  const fields = requestFields(pipeline, values);
  const isJson = pipeline.body === "json";
  const end =
    fields["stream"] === true
      ? [`        for line in answer:`, `            print(line.decode(), end="", flush=True)`]
      : [`        print(json.dumps(json.load(answer), indent=2))`];
  return [
    ...["json", "os", "urllib.error", "urllib.request", ...(isJson ? [] : ["uuid"])].map((name) => `import ${name}`),
    ``,
    ...(isJson ? [`body = json.dumps(${literal(fields, "")}).encode()`] : form(values, fields)),
    `request = urllib.request.Request(`,
    `    ${JSON.stringify(url)},`,
    `    data=body,`,
    `    headers={`,
    `        "Authorization": "Bearer " + os.environ["LIVEPEER_API_KEY"],`,
    isJson
      ? `        "Content-Type": "application/json",`
      : `        "Content-Type": "multipart/form-data; boundary=" + boundary,`,
    `    },`,
    `)`,
    `try:`,
    `    with urllib.request.urlopen(request) as answer:`,
    ...end,
    `except urllib.error.HTTPError as error:`,
    `    raise SystemExit(error.read().decode())`,
  ].join("\n");
}

/** Lines that make `body` and `boundary` of a form. */
function form(values: FormValues, fields: Readonly<Record<string, unknown>>): string[] {
  const texts = Object.entries(fields).map(([name, value]) => [name, String(value)]);
  const files = Object.entries(values.files).map(([name, file]) => {
    const type = file.type || "application/octet-stream";
    return `    (${literal(name)}, ${literal(file.name)}, ${literal(quotedName(file.name))}, ${literal(type)}),`;
  });
  return [
    `boundary = uuid.uuid4().hex`,
    `body = b""`,
    `for name, value in ${literal(Object.fromEntries(texts), "")}.items():`,
    `    body += f'--{boundary}\\r\\nContent-Disposition: form-data; name="{name}"\\r\\n\\r\\n{value}\\r\\n'.encode()`,
    `for name, path, file_name, media_type in [`,
    ...files,
    `]:`,
    `    body += f'--{boundary}\\r\\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\\r\\n'.encode()`,
    `    with open(path, "rb") as file:`,
    `        body += f"Content-Type: {media_type}\\r\\n\\r\\n".encode() + file.read() + b"\\r\\n"`,
    `body += f"--{boundary}--\\r\\n".encode()`,
  ];
}

/** A file's name as a part's header takes it. */
function quotedName(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** A value of JSON in Python; objects and lists over several lines where `indent` is given. */
function literal(value: unknown, indent?: string): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = indent === undefined ? undefined : `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${literal(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (indent === undefined || items.length === 0) return `${open}${items.join(", ")}${close}`;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}`;
}
