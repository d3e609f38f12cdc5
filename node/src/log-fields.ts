/** Names that operators' tools know from go-livepeer's log, by the names in our code. */
export const logFieldNames: Readonly<Record<string, string>> = {
  manifestId: "manifestID",
  sessionId: "sessionID",
  orchSessionId: "orchSessionID",
  ethAddress: "ethaddress",
  clientAddress: "clientIP",
  requestId: "request_id",
  streamId: "stream_id",
  peer: "remote_addr",
  error: "err",
};

/** Fields that stand first in a line, in go-livepeer's order. */
export const firstLogFields: readonly string[] = [
  "manifestID",
  "sessionID",
  "nonce",
  "seqNo",
  "orchSessionID",
  "ethaddress",
  "orchestrator",
];
