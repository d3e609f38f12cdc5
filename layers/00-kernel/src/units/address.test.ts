import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressFromBytes, addressToBytes, checksumAddress, toAddress, zeroAddress } from "./address.ts";

// samples of EIP-55
const checksummed = [
  "0x52908400098527886E0F7030069857D2E4169EE7",
  "0xde709f2102306220921060314715629080e2fb77",
  "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
  "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
  "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
  "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
];

describe("addresses", () => {
  it("have one canonical form whatever the case and prefix of the text", () => {
    for (const text of checksummed) {
      const canonical = text.toLowerCase();
      for (const form of [text, text.slice(2), text.toUpperCase().replace("0X", "0x")])
        expect(toAddress(form)).toBe(canonical);
    }
  });

  it("are shown with the mixed-case checksum of EIP-55, also the second time", () => {
    for (const text of [...checksummed, ...checksummed]) expect(checksumAddress(toAddress(text))).toBe(text);
  });

  it("are refused with what to write when the text is none", () => {
    for (const bad of ["", "0x", `0x${"1".repeat(39)}`, `0x${"1".repeat(41)}`, `0x${"g".repeat(40)}`, "vitalik.eth"])
      expect(() => toAddress(bad)).toThrow(expect.objectContaining({ code: "bad_address" }));
    expect(() => toAddress("nobody")).toThrow("give 40 hexadecimal digits after 0x");
  });

  it("come from 20 bytes, shorter input padded, longer input by its end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const address = addressFromBytes(bytes);
        expect(addressToBytes(address)).toEqual(bytes);
        expect(addressFromBytes(Uint8Array.of(255, ...bytes))).toBe(address);
      }),
    );
    expect(addressFromBytes(new Uint8Array(0))).toBe(zeroAddress);
    expect(addressFromBytes(Uint8Array.of(1))).toBe(`0x${"0".repeat(39)}1`);
  });
});
