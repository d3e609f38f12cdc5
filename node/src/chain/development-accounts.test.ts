import { expect, test } from "vitest";
import { developmentKeys } from "../up/development-keys.ts";
import { developmentAccount, developmentRoles } from "./development-accounts.ts";

test("the accounts that the command names are those the local network uses", () => {
  const { deployer, orchestrators, gateway, delegators } = developmentKeys;
  expect(developmentRoles.map((_, index) => developmentAccount(index).key)).toEqual([
    deployer,
    ...orchestrators,
    gateway,
    ...delegators,
  ]);
});
