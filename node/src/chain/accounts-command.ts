import { type Address, LpError, toAddress } from "@livepeer-ts/kernel";
import { bondingManagerAbi, livepeerTokenAbi, ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import type { ChainSession } from "@livepeer-ts/protocol/deploy";
import type { ChainCall } from "./chain-command.ts";
import { type ChainResult, columns, inEther } from "./chain-result.ts";
import { developmentAccount, developmentRoles } from "./development-accounts.ts";
import { controllerOf, openChain, requireContract } from "./open-chain.ts";

type Listed = { readonly address: Address; readonly role: string };

/** `livepeer chain accounts`: what accounts own, in their pockets and in the contracts. */
export async function accountsCommand({ flags }: ChainCall): Promise<ChainResult> {
  const { session, isDevelopment } = await openChain(flags);
  const listed = listedAccounts(flags.list("accounts"), isDevelopment);
  const contracts = await tokenContracts(session, () => controllerOf(flags, session));
  const accounts = await Promise.all(
    listed.map(async ({ address, role }) => ({
      address,
      role,
      ethWei: await session.balance(address),
      nonce: await session.nonce(address),
      ...(contracts === undefined ? {} : await holdings(session, contracts, address)),
    })),
  );
  const header = ["account", "", "ETH", "LPT", "stake", "fees", "deposit", "reserve", "nonce"];
  const cell = (wei: unknown) => (typeof wei === "bigint" ? inEther(wei) : "-");
  return {
    data: { chainId: session.chainId, isDeployed: contracts !== undefined, accounts },
    lines: [
      ...columns([
        header,
        ...accounts.map((account) => {
          const { lptWei, stakeWei, feesWei, depositWei, reserveWei } = account as Partial<Holdings>;
          const amounts = [account.ethWei, lptWei, stakeWei, feesWei, depositWei, reserveWei].map(cell);
          return [account.address, account.role, ...amounts, String(account.nonce)];
        }),
      ]),
      ...(contracts === undefined
        ? ["", "The protocol is not (or not wholly) deployed here: livepeer chain deploy"]
        : []),
    ],
  };
}

function listedAccounts(given: readonly string[], isDevelopment: boolean): readonly Listed[] {
  if (given.length > 0) return given.map((address) => ({ address: toAddress(address), role: "" }));
  if (isDevelopment) return developmentRoles.map((role, i) => ({ address: developmentAccount(i).address, role }));
  throw new LpError({ code: "bad_flag", message: "--accounts is missing: give addresses, comma separated" });
}

type Contracts = { readonly token: Address; readonly bonding: Address; readonly broker: Address };

/** Undefined where nothing is deployed yet. */
async function tokenContracts(
  session: ChainSession,
  findController: () => Promise<Address>,
): Promise<Contracts | undefined> {
  try {
    const controller = await findController();
    const [token, bonding, broker] = await Promise.all(
      ["LivepeerToken", "BondingManager", "TicketBroker"].map((name) => requireContract(session, controller, name)),
    );
    return { token, bonding, broker } as Contracts;
  } catch (error) {
    if (error instanceof LpError && error.code === "contract_missing") return undefined;
    throw error;
  }
}

type Holdings = Awaited<ReturnType<typeof holdings>>;

async function holdings(session: ChainSession, { token, bonding, broker }: Contracts, address: Address) {
  const [lptWei, stakeWei, feesWei, delegator, [sender, reserve]] = await Promise.all([
    session.read(livepeerTokenAbi, token, "balanceOf", [address]),
    session.read(bondingManagerAbi, bonding, "pendingStake", [address, 0n]),
    session.read(bondingManagerAbi, bonding, "pendingFees", [address, 0n]),
    session.read(bondingManagerAbi, bonding, "getDelegator", [address]),
    session.read(ticketBrokerAbi, broker, "getSenderInfo", [address]),
  ]);
  return {
    lptWei,
    stakeWei,
    feesWei,
    delegate: toAddress(delegator[2]),
    depositWei: sender.deposit,
    reserveWei: reserve.fundsRemaining,
  };
}
