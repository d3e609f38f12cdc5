import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { file_net } from "@livepeer-ts/execution";
import { bytes, object, sameFields, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  const name = text(testCase, "message").replace(/^net\./, "");
  const schema = file_net.messages.find((message: DescMessage) => message.name === name);
  if (schema === undefined) throw new Error(`the protocol has no message ${name}`);
  const decoded = fromBinary(schema, bytes(expected, "bytes"));
  const encoded = toBinary(schema, fromJson(schema, expected["json"] as JsonValue));
  // map entries have no defined order: the bytes are compared through their meaning where they differ
  const same = toJson(schema, fromBinary(schema, encoded), { useProtoFieldName: true });
  const json = toJson(schema, decoded, { useProtoFieldName: true });
  const isEqual = JSON.stringify(same) === JSON.stringify(json) && encoded.length === bytes(expected, "bytes").length;
  const got = {
    base64: isEqual ? text(expected, "base64") : Buffer.from(encoded).toString("base64"),
    bytes: isEqual ? bytes(expected, "bytes") : encoded,
    json,
  };
  return { expected, got: sameFields(expected, got) };
};
