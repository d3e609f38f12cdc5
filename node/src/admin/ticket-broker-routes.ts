import { errorText } from "@livepeer-ts/kernel";
import { type ContractCall, type ProtocolCalls, protocolCalls, protocolReads } from "@livepeer-ts/protocol";
import { AdminRefusal, badRequest, jsonAnswer, textAnswer } from "./admin-answer.ts";
import { type AdminCall, type AdminRoute, required } from "./admin-route.ts";
import { parseAmount } from "./go-values.ts";
import { chainOf, transactRoute } from "./transact-route.ts";

const group = "Deposit and reserve";

/** What a gateway pays from. */
export const ticketBrokerRoutes: readonly AdminRoute[] = [
  fundsRoute(
    "fundDepositAndReserve",
    "Adds to deposit and reserve.",
    [required("depositAmount", "wei"), required("reserveAmount", "wei")],
    (calls, call) => calls.fundDepositAndReserve(weiParam(call, "depositAmount"), weiParam(call, "reserveAmount")),
  ),
  fundsRoute("fundDeposit", "Adds to the deposit.", [required("amount", "wei")], (calls, call) =>
    calls.fundDeposit(weiParam(call, "amount")),
  ),
  fundsRoute("unlock", "Begins the time after which deposit and reserve can be withdrawn.", [], (calls) =>
    calls.unlockFunds(),
  ),
  fundsRoute("cancelUnlock", "Ends that time without a withdrawal.", [], (calls) => calls.cancelUnlock()),
  fundsRoute("withdraw", "Withdraws deposit and reserve after that time.", [], (calls) => calls.withdrawFunds()),
  {
    path: "/senderInfo",
    group,
    scope: "read",
    summary: "Deposit and reserve of the account; zeros for one that has none.",
    params: [],
    result: "json",
    needsChain: true,
    handle: async (call) => {
      const { reader, book, signer } = chainOf(call);
      const read = protocolReads(book).senderInfo(signer.address);
      const [sender, reserve] = await reader.read(read, call.subjects.signal).catch((error: unknown) => {
        throw new AdminRefusal(500, `could not query sender info: ${errorText(error)}`, error);
      });
      return jsonAnswer({
        Deposit: sender.deposit,
        WithdrawRound: sender.withdrawRound,
        Reserve: {
          FundsRemaining: reserve.fundsRemaining,
          ClaimedInCurrentRound: reserve.claimedInCurrentRound,
        },
      });
    },
  },
  {
    path: "/ticketBrokerParams",
    group,
    scope: "read",
    summary: "Rounds between unlock and withdrawal.",
    params: [],
    result: "json",
    needsChain: true,
    handle: async (call) => {
      const { reader, book } = chainOf(call);
      const read = protocolReads(book).unlockPeriod();
      const UnlockPeriod = await reader.read(read, call.subjects.signal).catch((error: unknown) => {
        throw new AdminRefusal(500, `could not query TicketBroker unlockPeriod: ${errorText(error)}`, error);
      });
      return jsonAnswer({ UnlockPeriod });
    },
  },
];

function fundsRoute(
  name: string,
  summary: string,
  params: AdminRoute["params"],
  prepare: (calls: ProtocolCalls, call: AdminCall) => ContractCall,
): AdminRoute {
  return transactRoute({
    path: `/${name}`,
    group,
    summary,
    params,
    result: "text",
    plan: (call, { book }) => [{ what: name, call: prepare(protocolCalls(book), call) }],
    answer: () => textAnswer(`${name} success`),
    refuse: (text) => new AdminRefusal(500, `could not execute ${name}: ${text}`),
  });
}

function weiParam(call: AdminCall, name: string): bigint {
  try {
    return parseAmount(call.param(name));
  } catch (error) {
    throw badRequest(`invalid ${name}: ${errorText(error)}`);
  }
}
