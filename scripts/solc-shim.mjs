#!/usr/bin/env node
// Lets forge use the WebAssembly build of solc from the package registry as if it were the native compiler: no
// download. forge calls it with --version, and with --standard-json and the input on stdin.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

if (process.argv.includes("--version")) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
}
