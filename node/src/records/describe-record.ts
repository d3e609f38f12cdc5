import { type EventData, numberOf, objectOf, objectsOf, textOf, textsOf, ticketHashesOf } from "@livepeer-ts/data";
import { columns } from "../chain/chain-result.ts";
import type { SourcedRecord } from "./open-records.ts";

type Describe = (data: EventData) => readonly string[];

const named = (data: EventData) => textOf(data, "orchestrator") ?? textOf(data, "uri") ?? "?";
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const bytes = (count: number) => (count >= 1e6 ? `${(count / 1e6).toFixed(2)} MB` : `${Math.round(count / 1000)} kB`);
const share = (value: number) => `${(100 * value).toFixed(1)} %`;

/** A fraction such as `12/5` with a few digits. */
function amount(text: string | null): string {
  if (text === null) return "nothing";
  const [num = "0", den = "1"] = text.split("/");
  return `${Number(num) / Number(den) < 1e6 ? (Number(num) / Number(den)).toPrecision(6) : BigInt(num) / BigInt(den)} wei`;
}

function checkRow(check: EventData): string {
  const of = textOf(check, "rendition");
  const detail = textOf(check, "detail");
  return `${textOf(check, "check")}${of === null ? "" : ` of ${of}`} ${textOf(check, "outcome")}${detail === null ? "" : ` (${detail})`}`;
}

/** What was looked at in the results of one segment, by attempt. */
function checkLines(data: EventData): string[] {
  return objectsOf(data, "attempts").flatMap((attempt) => {
    const checks = objectsOf(attempt, "checks").map(checkRow);
    return checks.length === 0 ? [] : [`  checks     ${named(attempt)}: ${checks.join(", ")}`];
  });
}

const comparisons: Readonly<Record<string, string>> = {
  alone: "the verified orchestrator was trusted with it",
  "no-trusted": "no trusted orchestrator delivered: nobody to compare with",
  "no-untrusted": "no untrusted orchestrator delivered: nobody to compare with",
  "not-comparable": "the trusted orchestrator's hash could not be used",
};

function comparisonLines(data: EventData): string[] {
  const found = objectOf(data, "fastVerification");
  if (found === undefined) return [];
  const why = comparisons[textOf(found, "outcome") ?? ""];
  if (why !== undefined) return [`  verified   ${why}; played: ${textOf(found, "used")}`];
  const suspended = textsOf(found, "suspended");
  return [
    `  verified   ${textOf(found, "rendition")} of ${textOf(found, "trusted")} (trusted) beside that of others; played: ${textOf(found, "used")}`,
    ...objectsOf(found, "compared").map((one) => {
      const difference = textOf(one, "difference");
      const media = difference === null ? "" : `, media differ: ${difference}`;
      return `    ${named(one)}: ${one["passed"] === true ? "the same" : "NOT the same"}, signatures match: ${textOf(one, "signature")}${media}`;
    }),
    ...(suspended.length === 0 ? [] : [`    suspended: ${suspended.join(", ")}`]),
  ];
}

const rules: Readonly<Record<string, string>> = {
  reuse: "the one in use was quick enough",
  known: "the quickest of those that are known",
  draw: "drawn by stake, price and chance",
  only: "nobody else could be used",
  hedge: "a second one, because the first was late",
  verified: "its results were those of a trusted one",
  none: "nobody could be used",
};

function candidateRow(candidate: EventData, chosen: string | null): string[] {
  const isChosen = textOf(candidate, "uri") === chosen;
  const excluded = textOf(candidate, "excludedBy");
  const latency = candidate["latencyScore"];
  const chance = candidate["probability"];
  const price = textOf(candidate, "pricePerPixel");
  return [
    isChosen ? "chosen" : excluded === null ? "not chosen" : "left out",
    named(candidate),
    typeof chance === "number" ? `chance ${share(chance)}` : "",
    price === null ? "" : `${amount(price)} per pixel`,
    typeof latency === "number" ? `last segment took ${latency.toFixed(2)} of its duration` : "",
    excluded ?? "",
  ];
}

function attemptRow(attempt: EventData): string[] {
  const error = objectOf(attempt, "error");
  const outcome = error === undefined ? "delivered" : `${textOf(error, "code")}: ${textOf(error, "message")}`;
  const tickets = `${numberOf(attempt, "ticketCount")} tickets worth ${amount(textOf(attempt, "expectedValueWei"))}`;
  return [named(attempt), `after ${seconds(numberOf(attempt, "latencyMs"))}`, tickets, outcome];
}

function jobAttemptRow(attempt: EventData): string[] {
  const [name = "", ...rest] = attemptRow(attempt);
  return [name, attempt["isWarm"] === true ? "model loaded" : "model not loaded", ...rest];
}

function renditionRow(rendition: EventData): string[] {
  return [
    textOf(rendition, "name") ?? "?",
    `${numberOf(rendition, "width")}x${numberOf(rendition, "height")}`,
    bytes(numberOf(rendition, "sizeBytes")),
    `${textOf(rendition, "pixelCount")} pixels`,
    textOf(rendition, "hash") ?? "",
  ];
}

const describe: Readonly<Record<string, Describe>> = {
  "stream.segment": (data) => [
    `segment ${numberOf(data, "seqNo")} of ${textOf(data, "manifestId")} came in: ${seconds(numberOf(data, "durationMs"))}, ${bytes(numberOf(data, "sizeBytes"))}, ${numberOf(data, "width")}x${numberOf(data, "height")}, ${numberOf(data, "frameCount")} frames`,
  ],
  "segment.selection": (data) => {
    const chosen = textOf(data, "chosen");
    const copyOf = textOf(data, "copyOf");
    const rows = objectsOf(data, "candidates").map((candidate) => candidateRow(candidate, chosen));
    return [
      `selection ${textOf(data, "selectionId")}: ${rules[textOf(data, "rule") ?? ""] ?? textOf(data, "rule")}${copyOf === null ? "" : `; one of several, for fast verification: ${copyOf}`}`,
      ...columns(rows).map((row) => `  ${row}`),
    ];
  },
  "tickets.sent": (data) => [
    `paid ${textOf(data, "recipient")} ${textsOf(data, "ticketHashes").length} tickets of ${textOf(data, "faceValueWei")} wei each, worth ${amount(textOf(data, "expectedValueWei"))} together`,
    ...textsOf(data, "ticketHashes").map((hash) => `  ticket ${hash}`),
  ],
  "tickets.received": (data) => [
    `took ${numberOf(data, "acceptedCount")} of ${numberOf(data, "sentCount")} tickets of ${textOf(data, "sender")}, ${numberOf(data, "wonCount")} won, credited ${amount(textOf(data, "creditedWei"))}${textOf(data, "error") === null ? "" : `; refused: ${textOf(data, "error")}`}`,
  ],
  "ticket.won": (data) => [
    `ticket ${textOf(data, "ticketHash")} won ${textOf(data, "faceValueWei")} wei; redeemable from block ${textOf(data, "redeemableFromBlock")}`,
  ],
  "ticket.handed_over": (data) => [`ticket ${textOf(data, "ticketHash")} was handed over to the redeemer`],
  "ticket.redeemed": (data) => [
    textOf(data, "givenUp") === null
      ? `ticket ${textOf(data, "ticketHash")} was paid out: ${textOf(data, "faceValueWei")} wei in ${textOf(data, "txHash") ?? "another's transaction"}, block ${textOf(data, "block")}`
      : `ticket ${textOf(data, "ticketHash")} was given up: ${textOf(data, "givenUp")}`,
  ],
  "ai.job": (data) => {
    const error = objectOf(data, "error");
    const took = seconds(numberOf(data, "durationMs"));
    const fee = textOf(data, "feeWei");
    return [
      `${textOf(data, "pipeline")} with ${textOf(data, "modelId")}, job ${textOf(data, "requestId")}: ${
        error === undefined ? `done by ${named(data)} in ${took}` : `FAILED after ${took}: ${textOf(error, "message")}`
      }`,
      ...columns(objectsOf(data, "attempts").map(jobAttemptRow)).map((row) => `  attempt    ${row}`),
      ...ticketHashesOf(data).map((hash) => `  ticket     ${hash}`),
      ...(fee === null ? [] : [`  price      ${amount(fee)} for ${textOf(data, "units")} units`]),
    ];
  },
  "segment.done": (data) => {
    const ok = data["success"] === true;
    const receipt = textOf(data, "receiptHash");
    const accepted = textOf(data, "acceptedAfter");
    const verified =
      data["verified"] === true
        ? "checked"
        : accepted === null
          ? "not checked"
          : `did NOT pass and nothing better came: ${accepted}`;
    return [
      ok
        ? `delivered by ${textOf(data, "orchestrator") ?? textOf(data, "uri") ?? "nobody: no renditions were asked for"} ${seconds(numberOf(data, "totalMs"))} after it came in`
        : `LOST ${seconds(numberOf(data, "totalMs"))} after it came in`,
      ...columns(objectsOf(data, "attempts").map(attemptRow)).map((row) => `  attempt    ${row}`),
      ...checkLines(data),
      ...comparisonLines(data),
      ...columns(objectsOf(data, "renditions").map(renditionRow)).map((row) => `  rendition  ${row}`),
      `  source     ${textOf(data, "sourceHash")}`,
      `  price      ${amount(textOf(data, "feeWei"))}; result ${verified}`,
      `  receipt    ${receipt ?? "none came"}`,
    ];
  },
};

/** The lines of one record for a person, with its time and the node it comes from. */
export function describeRecord(record: SourcedRecord): string[] {
  const lines = (describe[record.type] ?? (() => [record.type]))(record.data);
  const time = new Date(record.at).toISOString().slice(11, 23);
  const head = `${time}  ${record.node.padEnd(16)}`;
  return lines.map((line, i) => (i === 0 ? `${head}${line}` : `${" ".repeat(head.length)}${line}`));
}
