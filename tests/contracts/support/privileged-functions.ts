import type { BuildInfo } from "./exported-artifacts.ts";

type Node = { readonly nodeType: string; readonly id: number; readonly name: string } & Readonly<
  Record<string, unknown>
>;

/** A function that looks at who calls, and what makes it do so. */
export type PrivilegedFunction = {
  /** `Contract.function`. */
  readonly name: string;
  /** The modifier as it is written, or `body`. */
  readonly guard: string;
};

/**
 * Functions of `contracts/` that change state and look at their caller: by a modifier, or in the body or what it
 * calls. A function that a contract has from another one that can be deployed is listed there only.
 */
export function privilegedFunctions(buildInfo: BuildInfo): PrivilegedFunction[] {
  return new CallerChecks(buildInfo).all();
}

class CallerChecks {
  readonly #sources = new Map<string, Buffer>();
  readonly #fileOf = new Map<number, string>();
  readonly #byId = new Map<number, Node>();
  readonly #contracts: Node[] = [];

  constructor({ input, output }: BuildInfo) {
    for (const [path, { ast }] of Object.entries(output.sources)) {
      this.#sources.set(path, Buffer.from(input.sources[path]?.content ?? ""));
      visit(ast, (node) => {
        this.#byId.set(node.id, node);
        this.#fileOf.set(node.id, path);
        if (node.nodeType === "ContractDefinition" && path.startsWith("contracts/")) this.#contracts.push(node);
      });
    }
  }

  all(): PrivilegedFunction[] {
    const found: PrivilegedFunction[] = [];
    for (const contract of this.#contracts.filter(canBeDeployed)) {
      for (const [definition, from] of this.#functions(contract)) {
        const heir =
          from !== contract &&
          this.#line(contract)
            .slice(1)
            .some(
              (base) => this.#contracts.includes(base) && canBeDeployed(base) && this.#functions(base).has(definition),
            );
        if (heir) continue;
        for (const guard of this.#guards(definition, contract))
          found.push({ name: `${contract.name}.${definition.name}`, guard });
      }
    }
    return found;
  }

  /** A contract and its bases, the most derived first. */
  #line(contract: Node): Node[] {
    return (contract["linearizedBaseContracts"] as number[]).flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** Public functions that may change state, each with the contract it is written in; overridden ones are left out. */
  #functions(contract: Node): Map<Node, Node> {
    const selectors = new Set<unknown>();
    const found = new Map<Node, Node>();
    for (const base of this.#line(contract)) {
      for (const node of base["nodes"] as Node[]) {
        const { functionSelector, stateMutability, kind, implemented } = node;
        if (node.nodeType !== "FunctionDefinition" || kind !== "function" || functionSelector === undefined) continue;
        if (implemented !== true || selectors.has(functionSelector)) continue;
        selectors.add(functionSelector);
        if (stateMutability !== "view" && stateMutability !== "pure") found.set(node, base);
      }
    }
    return found;
  }

  #guards(definition: Node, contract: Node): string[] {
    const guards = (definition["modifiers"] as Node[]).flatMap((invocation) => {
      const { referencedDeclaration } = invocation["modifierName"] as Node;
      const modifier = this.#byId.get(referencedDeclaration as number);
      if (modifier?.nodeType !== "ModifierDefinition") return [];
      const looks = modifier.name === "initializer" || this.#looksAtCaller(modifier["body"], contract, new Set());
      return looks ? [this.#text(definition, invocation)] : [];
    });
    if (guards.length > 0) return guards;
    return this.#looksAtCaller(definition["body"], contract, new Set()) ? ["body"] : [];
  }

  /** Whether code compares its caller with somebody, or looks up whether it may. */
  #looksAtCaller(code: unknown, contract: Node, seen: Set<Node>): boolean {
    let looks = false;
    visit(code, (node) => {
      if (node.nodeType === "BinaryOperation" && ["==", "!="].includes(String(node["operator"]))) {
        looks ||= isCaller(node["leftExpression"] as Node) || isCaller(node["rightExpression"] as Node);
      }
      if (isRecordOfCaller(node)) looks = true;
      if (node.nodeType !== "FunctionCall") return;
      const called = node["expression"] as Node;
      const asks = called.name === "hasRole" && (node["arguments"] as Node[]).some(isCaller);
      if (called.name === "_checkRole" || asks) looks = true;
      const target = this.#calledInside(called, contract);
      if (looks || target === undefined || seen.has(target)) return;
      seen.add(target);
      looks = this.#looksAtCaller(target["body"], contract, seen);
    });
    return looks;
  }

  /** The function that a call without a message reaches in a contract, overridden or not. */
  #calledInside(called: Node, contract: Node): Node | undefined {
    const isSuper = called.nodeType === "MemberAccess" && (called["expression"] as Node).name === "super";
    if (called.nodeType !== "Identifier" && !isSuper) return undefined;
    const definition = this.#byId.get(called["referencedDeclaration"] as number);
    if (definition?.nodeType !== "FunctionDefinition" || isSuper) return definition;
    const overrides = this.#line(contract)
      .flatMap((base) => base["nodes"] as Node[])
      .filter((node) => ((node["baseFunctions"] as number[] | undefined) ?? []).includes(definition.id));
    return overrides.find((node) => node["implemented"] === true) ?? definition;
  }

  #text(inside: Node, { src }: Node): string {
    const [start = 0, length = 0] = String(src).split(":").map(Number);
    const source = this.#sources.get(this.#fileOf.get(inside.id) ?? "");
    return (
      source
        ?.subarray(start, start + length)
        .toString()
        .replaceAll(/\s+/g, " ") ?? ""
    );
  }
}

function canBeDeployed(contract: Node): boolean {
  return contract["contractKind"] === "contract" && contract["abstract"] !== true;
}

function isCaller(node: Node): boolean {
  if (node.nodeType === "FunctionCall") return (node["expression"] as Node).name === "_msgSender";
  return node["memberName"] === "sender" && (node["expression"] as Node).name === "msg";
}

/** Like `isMember[msg.sender]`. */
function isRecordOfCaller(node: Node): boolean {
  if (node.nodeType !== "IndexAccess" || !isCaller(node["indexExpression"] as Node)) return false;
  return (node["typeDescriptions"] as { readonly typeString: string }).typeString === "bool";
}

function visit(value: unknown, each: (node: Node) => void): void {
  if (value === null || typeof value !== "object") return;
  if ("nodeType" in value) each(value as Node);
  for (const child of Object.values(value)) visit(child, each);
}
