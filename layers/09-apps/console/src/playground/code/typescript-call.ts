import type { AiPipeline } from "@livepeer-ts/sdk";
import { type FormValues, requestFields } from "../form-values.ts";

/** The request as a TypeScript program for Node; files are read from the folder it runs in. */
export function typescriptCall(pipeline: AiPipeline, values: FormValues, url: string): string {
  const fields = requestFields(pipeline, values);
  const isJson = pipeline.body === "json";
  const call = [
    `const answer = await fetch(${JSON.stringify(url)}, {`,
    `  method: "POST",`,
    isJson
      ? `  headers: { authorization: \`Bearer \${process.env.LIVEPEER_API_KEY}\`, "content-type": "application/json" },`
      : `  headers: { authorization: \`Bearer \${process.env.LIVEPEER_API_KEY}\` },`,
    isJson ? `  body: JSON.stringify(${indented(JSON.stringify(fields, null, 2))}),` : `  body: form,`,
    `});`,
    `if (!answer.ok) throw new Error(await answer.text());`,
  ];
  const end =
    fields["stream"] === true
      ? [
          `for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {`,
          `  process.stdout.write(piece);`,
          `}`,
        ]
      : [`console.log(await answer.json());`];
  return [...(isJson ? [] : form(values, fields)), ...call, ...end].join("\n");
}

function form(values: FormValues, fields: Readonly<Record<string, unknown>>): string[] {
  const files = Object.entries(values.files).map(([name, file]) => {
    const type = JSON.stringify(file.type || "application/octet-stream");
    const path = JSON.stringify(file.name);
    return `form.set(${JSON.stringify(name)}, new Blob([await readFile(${path})], { type: ${type} }), ${path});`;
  });
  const texts = Object.entries(fields).map(
    ([name, value]) => `form.set(${JSON.stringify(name)}, ${JSON.stringify(String(value))});`,
  );
  return [`import { readFile } from "node:fs/promises";`, ``, `const form = new FormData();`, ...files, ...texts, ``];
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n  ");
}
