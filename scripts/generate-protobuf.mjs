// Run after editing a .proto file in layers/03-execution/src/wire. Writes <name>_pb.gen.ts beside it.
// The generators are fetched into .tools/ so that a normal install stays small.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, ".tools", "protobuf");
mkdirSync(tools, { recursive: true });
writeFileSync(join(tools, "package.json"), '{"private":true}\n');
execFileSync("npm", ["install", "--no-audit", "--no-fund", "@bufbuild/buf@1.75.0", "@bufbuild/protoc-gen-es@2.17.0"], {
  cwd: tools,
  stdio: "inherit",
});
const bin = join(tools, "node_modules", ".bin");
const out = join(tools, "out");
rmSync(out, { recursive: true, force: true });
writeFileSync(join(tools, "buf.yaml"), `version: v2\nmodules:\n  - path: proto\n`);
rmSync(join(tools, "proto"), { recursive: true, force: true });
mkdirSync(join(tools, "proto"), { recursive: true });
const wire = join(root, "layers", "03-execution", "src", "wire");
const names = ["net", "compute-facts"];
for (const name of names) execFileSync("cp", [join(wire, `${name}.proto`), join(tools, "proto", `${name}.proto`)]);
writeFileSync(
  join(tools, "buf.gen.yaml"),
  `version: v2\nplugins:\n  - local: ${JSON.stringify(join(bin, "protoc-gen-es"))}\n    out: out\n    opt: [target=ts, import_extension=ts]\n`,
);
execFileSync(join(bin, "buf"), ["generate"], { cwd: tools, stdio: "inherit" });
// Node strips types and does not compile enums: each one becomes a constant table with a type of the same name.
for (const name of names) {
  const erasable = readFileSync(join(out, `${name}_pb.ts`), "utf8").replace(
    /export enum (\w+) \{([^}]*)\}/g,
    (_, name, body) =>
      `export const ${name} = {${body.replace(/ = (\d+),/g, ": $1,")}} as const;\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];`,
  );
  writeFileSync(join(wire, `${name}_pb.gen.ts`), erasable);
}
