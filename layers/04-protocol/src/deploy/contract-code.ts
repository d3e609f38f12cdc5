import { type Address, type Hex, LpError } from "@livepeer-ts/kernel";

/** Code of one contract as the compiler left it. */
export type ContractCode = {
  readonly contractName: string;
  /** Where addresses of external libraries go: byte offsets of 20-byte places, zero until linked. */
  readonly links: readonly { readonly library: string; readonly offset: number }[];
  readonly bytecode: Hex;
};

/** Code with the addresses of its libraries filled in. Throws `deploy_unlinked` when one is not given. */
export function linkCode(code: ContractCode, libraries: Readonly<Record<string, Address>> = {}): Hex {
  let bytecode: string = code.bytecode;
  for (const { library, offset } of code.links) {
    const address = libraries[library];
    if (address === undefined) {
      throw new LpError({
        code: "deploy_unlinked",
        message: `${code.contractName} needs the address of the library ${library}: deploy that library first`,
        details: { contract: code.contractName, library },
      });
    }
    const at = 2 + offset * 2;
    bytecode = bytecode.slice(0, at) + address.slice(2) + bytecode.slice(at + 40);
  }
  return bytecode as Hex;
}
