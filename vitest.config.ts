import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "layers/**/*.test.ts",
      "layers/**/*.test.tsx",
      "node/**/*.test.ts",
      "tests/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "tests/clients/**"],
    globalSetup: ["tests/support/require-node-24.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
