#!/usr/bin/env node
import { run } from "./start.mjs";

run(process.argv.slice(2));
