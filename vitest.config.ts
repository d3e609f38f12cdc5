import { configDefaults, defineConfig } from "vitest/config";

/** Suites that boot a whole local network: they need the machine for themselves, so they run last and one by one. */
const wholeNetwork = ["tests/e2e/**/*.test.ts", "tests/faults/**/*.test.ts", "tests/chaos/**/*.test.ts"];
const outsideClients = "tests/clients/**";
/** The reference runner: each suite starts a process with a model that takes both cores. */
const referenceRunner = "runners/reference/test/**/*.test.ts";

export default defineConfig({
  test: {
    globalSetup: ["tests/support/require-node-24.ts"],
    pool: "forks",
    // nodes that a test starts open their admin port where nobody else does
    env: { LP_CLIADDR: "127.0.0.1:0" },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["{layers,node,tests,scripts}/**/*.test.{ts,tsx}"],
          exclude: [...configDefaults.exclude, outsideClients, ...wholeNetwork],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "runner",
          include: [referenceRunner],
          // models share the machine with whatever else runs on it
          testTimeout: 180_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "network",
          include: wholeNetwork,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
