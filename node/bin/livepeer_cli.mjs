#!/usr/bin/env node
// The `livepeer_cli` command: `livepeer cli` under the name that operators know.
process.argv.splice(2, 0, "cli");
await import("./livepeer.mjs");
