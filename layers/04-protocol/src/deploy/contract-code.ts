import { type Address, type Hex, LpError, toAddress } from "@livepeer-ts/kernel";

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

/** RETURN and INVALID: the compiler ends what runs at a creation with them, before the code that is to stand. */
const endOfCreation = "f3fe";

/**
 * Whether code that stands on a chain was made by this creation code. The compiler leaves the code that is to stand at
 * the end of the code that creates it, with zeros where the creation fills in immutable values, and linking the
 * addresses of libraries.
 */
export function isMadeBy(code: ContractCode, onChain: Hex): boolean {
  const standing = onChain.slice(2);
  const whole = code.bytecode.slice(2);
  if (standing === "" || standing.length >= whole.length) return false;
  const start = whole.length - standing.length;
  if (whole.slice(start - endOfCreation.length, start) !== endOfCreation) return false;
  const template = whole.slice(start);
  for (let i = 0; i < template.length; i++) {
    if (template[i] !== "0" && template[i] !== standing[i]) return false;
  }
  return true;
}

/** Addresses of the libraries in code that stands on a chain and was made by this creation code. */
export function linkedLibraries(code: ContractCode, onChain: Hex): Readonly<Record<string, Address>> {
  const found: Record<string, Address> = {};
  for (const { library, offset } of code.links) {
    const fromEnd = code.bytecode.length - (2 + offset * 2);
    if (fromEnd > onChain.length - 2) continue; // in the part that is gone after the creation
    const at = onChain.length - fromEnd;
    found[library] = toAddress(`0x${onChain.slice(at, at + 40)}`);
  }
  return found;
}
