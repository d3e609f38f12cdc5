import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import type { PriceBook } from "@livepeer-ts/economics";
import {
  capability,
  getOrchestrator,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  OrchestratorRequestSchema,
} from "@livepeer-ts/execution";
import { addressFromBytes, bigEndianToBigInt, fromHex, hashFromBytes, parseRational, toHex } from "@livepeer-ts/kernel";
import { orchestratorHarness } from "../orchestrator-harness.ts";
import { type Fields, integer, object, optionalText, ratio, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

/** Fields drawn at random by the node that was recorded. */
function withoutDraws(info: OrchestratorInfo): OrchestratorInfo {
  const copy = fromBinary(OrchestratorInfoSchema, toBinary(OrchestratorInfoSchema, info));
  if (copy.ticketParams !== undefined) {
    copy.ticketParams.recipientRandHash = new Uint8Array(0);
    copy.ticketParams.seed = new Uint8Array(0);
  }
  if (copy.authToken !== undefined) {
    copy.authToken.sessionId = "";
    copy.authToken.token = new Uint8Array(0);
    copy.authToken.expiration = 0n;
  }
  copy.capabilitiesPrices.sort((a, b) => a.capability - b.capability || a.constraint.localeCompare(b.constraint));
  return copy;
}

const json = (info: OrchestratorInfo) => toJson(OrchestratorInfoSchema, info, { useProtoFieldName: true });

/** Prices that the recorded node was configured with; the vectors name them in their notes. */
function setPrices(prices: PriceBook, note: string, gateway: Uint8Array): void {
  if (/priced models|capability price list/.test(note)) {
    prices.setForCapability({
      capability: capability.liveVideoToVideo,
      constraint: "noop",
      price: parseRational("4700/3"),
    });
    prices.setForCapability({ capability: capability.textToImage, constraint: "sdxl", price: parseRational("77") });
    prices.setForCapability(
      { capability: capability.textToImage, constraint: "sdxl", price: parseRational("55") },
      addressFromBytes(gateway),
    );
  }
  const perGateway = /per-gateway base price (\d+\/\d+)/.exec(note);
  if (perGateway !== null) prices.setForGateway(addressFromBytes(gateway), parseRational(perGateway[1] as string));
}

export const suite: ConformanceSuite = async (testCase) => {
  const expected = object(testCase, "expected");
  const recorded = fromBinary(OrchestratorInfoSchema, fromHex(text(expected, "info")));
  const decodes = { expected: expected["infoJson"], got: json(recorded) };
  const requestText = optionalText(testCase, "request");
  if (requestText === undefined) return decodes;
  const request = fromBinary(OrchestratorRequestSchema, fromHex(requestText));
  const note = optionalText(testCase, "note") ?? "";
  const params = recorded.ticketParams;
  const harness = orchestratorHarness({
    serviceUri: recorded.transcoder,
    nodes: recorded.nodes,
    basePrice: ratio(testCase, "basePrice"),
    autoAdjustPrice: testCase["autoAdjustPrice"] === true,
    gasPriceWei: integer(testCase, "gasPrice"),
    maxFloatWei: integer(testCase, "maxFloat"),
    redeemGas: integer(testCase, "redeemGas"),
    ticketEvWei: integer(testCase, "ticketEV"),
    txCostMultiplier: integer(testCase, "txCostMultiplier"),
    lastSeenL1Block: integer(expected, "expirationBlock") - 40n,
    round: {
      number: params?.expirationParams?.creationRound ?? 0n,
      hash: hashFromBytes(params?.expirationParams?.creationRoundBlockHash ?? new Uint8Array(0)),
    },
    setPrices: (prices) => setPrices(prices, note, request.address),
  });
  const info = await getOrchestrator(request, harness.service);
  const figures = (source: OrchestratorInfo): Fields => ({
    expirationBlock: bigEndianToBigInt(source.ticketParams?.expirationBlock ?? new Uint8Array(0)),
    faceValue: bigEndianToBigInt(source.ticketParams?.faceValue ?? new Uint8Array(0)),
    pixelsPerUnit: source.priceInfo?.pixelsPerUnit,
    pricePerUnit: source.priceInfo?.pricePerUnit,
    winProb: bigEndianToBigInt(source.ticketParams?.winProb ?? new Uint8Array(0)),
  });
  const { info: _bytes, infoJson, ...rest } = expected;
  return {
    expected: { decoded: infoJson, built: json(withoutDraws(recorded)), figures: rest },
    got: {
      decoded: decodes.got,
      built: json(withoutDraws(info)),
      figures: Object.fromEntries(Object.keys(rest).map((name) => [name, figures(info)[name]])),
      // a node answers under its own key; the vectors were recorded with the same one
      ...(toHex(info.address) === toHex(recorded.address) ? {} : { address: toHex(info.address) }),
    },
  };
};
