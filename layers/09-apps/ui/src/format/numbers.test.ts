import { describe, expect, it } from "vitest";
import {
  formatClock,
  formatEth,
  formatLpt,
  formatMs,
  formatPrice,
  formatUsd,
  formatWei,
  shortAddress,
  weiOf,
} from "./numbers.ts";

describe("numbers", () => {
  it("chooses the unit of an amount of wei without floats", () => {
    expect(formatWei(97n)).toEqual({ text: "97", unit: "wei" });
    expect(formatWei(97_000_000_000n)).toEqual({ text: "97", unit: "gwei" });
    expect(formatWei(1_500_000_000n)).toEqual({ text: "1.500", unit: "gwei" });
    expect(formatWei(1_234_567_890_123_456_789n)).toEqual({ text: "1.234\u2009567", unit: "ETH" });
    expect(formatEth(36_984_000_000_000n)).toBe("0.000\u2009036\u2009984");
  });

  it("says what wei are worth in dollars, small amounts with two digits and never an exponent", () => {
    const weiPerUsd = `${10n ** 18n}/2500`;
    expect(formatUsd(10n ** 18n, weiPerUsd)).toBe("≈ $2,500.00");
    expect(formatUsd(4_440_000_000_000n, weiPerUsd)).toBe("≈ $0.01");
    expect(formatUsd(440_000_000_000n, weiPerUsd)).toBe("≈ $0.0011");
    expect(formatUsd(1_000_000n, weiPerUsd)).toBe("≈ $0.0000000025");
    expect(formatUsd(1n, weiPerUsd)).toBe("< $0.000000001");
    expect(formatUsd(0n, weiPerUsd)).toBe("$0");
  });

  it("writes LPT, prices, times and addresses as the style says", () => {
    expect(formatLpt(1_412_080n * 10n ** 18n)).toBe("1,412,080");
    expect(formatLpt(6_520_000_000_000_000_000n)).toBe("6.52");
    expect(formatPrice("10200000029/500")).toBe("20,400,000");
    expect(formatPrice("1200/1")).toBe("1,200");
    expect(formatPrice("3/2")).toBe("1.5");
    expect(formatMs(620)).toEqual({ text: "620", unit: "ms" });
    expect(formatMs(1210)).toEqual({ text: "1.21", unit: "s" });
    expect(formatClock(760_000)).toBe("12:40");
    expect(formatClock(10_931_000)).toBe("3:02:11");
    expect(shortAddress("0x4f2a000000000000000000000000000000000081ce")).toBe("0x4f2a…81ce");
    expect(weiOf("10/4")).toBe(2n);
  });
});
