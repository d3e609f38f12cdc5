#!/usr/bin/env node
// The name that operators know.
import { run } from "./start.mjs";

run(["cli", ...process.argv.slice(2)]);
