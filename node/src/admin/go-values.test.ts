import { formatRational } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import { adminJson, parseAdminJson } from "./admin-json.ts";
import { parseAmount, parseGoBigInt, parseGoInt, parseGoRational, parsePercent } from "./go-values.ts";

describe("numbers as Go's tools write them", () => {
  it.each([
    ["12", "12"],
    ["-5", "-5"],
    ["+7", "7"],
    ["0.7", "7/10"],
    [".5", "1/2"],
    ["5.", "5"],
    ["1e12", "1000000000000"],
    ["1.5E-3", "3/2000"],
    ["10/4", "5/2"],
    ["nil", undefined],
    ["", undefined],
    [".", undefined],
    ["1/0", undefined],
    ["1e9999", undefined],
    ["0x10", undefined],
    ["1 ", undefined],
  ])("reads the rational %j as %j", (text, expected) => {
    const value = parseGoRational(text);
    expect(value === undefined ? undefined : formatRational(value)).toBe(expected);
  });

  it("reads percentages as millionths", () => {
    expect(["0", "10", "0.29", "4.4", "100"].map(parsePercent)).toEqual([0n, 100_000n, 2900n, 44_000n, 1_000_000n]);
    expect(() => parsePercent("x")).toThrow('strconv.ParseFloat: parsing "x": invalid syntax');
    expect(() => parsePercent("101")).toThrow("101 is not between 0 and 100 percent");
  });

  it("refuses what is no integer with Go's words", () => {
    expect(parseGoBigInt("-12")).toBe(-12n);
    for (const text of ["", "1.5", "0x1", "1e3", "9".repeat(300)])
      expect(() => parseGoBigInt(text)).toThrow("failed to parse big integer");
    expect(() => parseAmount("-1")).toThrow("amount must not be negative");
    expect(() => parseGoInt("abc")).toThrow('strconv.Atoi: parsing "abc": invalid syntax');
  });
});

it("writes integers of any size as JSON numbers, and reads them back", () => {
  const value = { big: 2n ** 256n - 1n, small: 5n, text: "7", list: [10n ** 18n], half: 0.5 };
  const text = adminJson(value);
  expect(text).toContain(`"big":${2n ** 256n - 1n},"small":5,`);
  expect(parseAdminJson(text)).toEqual({ ...value, small: 5 });
});
