import { expect, it } from "vitest";
import { optionalPackage } from "./optional-package.ts";

it("says in one sentence which package is missing for which flag, and what to do", async () => {
  const name = "no-package-has-this-name";
  const missing = optionalPackage(name, "-someFlag", () => import(/* @vite-ignore */ name));
  await expect(missing).rejects.toMatchObject({
    code: "package_missing",
    message:
      "-someFlag needs the package no-package-has-this-name, which is not installed: run npm install without --omit=optional, or leave the flag out",
  });
});

it("passes on what is wrong inside a package that is there", async () => {
  const broken = optionalPackage("p", "-f", () => Promise.reject(new Error("its own mistake")));
  await expect(broken).rejects.toThrow("its own mistake");
});
