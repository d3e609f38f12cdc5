import { LpError } from "@livepeer-ts/kernel";
import { expect, it } from "vitest";
import { checkPushDuration, parseHttpPush } from "./http-push.ts";
import { multipartAnswer } from "./multipart-answer.ts";

function push(path: string, header: Record<string, string> = {}, method = "PUT") {
  return parseHttpPush({ method, url: `http://gateway:8935${path}`, header: new Headers(header) });
}

function refusal(run: () => unknown): { status: unknown; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof LpError) return { status: error.details["status"], message: error.message };
  }
  throw new Error("it was not refused");
}

it("reads path and headers", () => {
  const header = {
    "Content-Duration": "1980",
    "Content-Resolution": "1920x1080",
    "Content-Slice-From": "500",
    "Content-Slice-To": "1500",
    Accept: "multipart/mixed",
    "X-Forwarded-For": "192.0.2.7, 198.51.100.1",
    "Livepeer-Transcode-Configuration": '{"manifestID":"","profiles":[]}',
  };
  expect(push("/live/movie/12.ts?x=1", header, "POST")).toEqual({
    manifestId: "movie",
    seqNo: 12,
    container: "mpegts",
    durationMs: 1980,
    width: 1920,
    height: 1080,
    clip: { fromMs: 500, toMs: 1500 },
    wantsRenditions: true,
    forwardedFor: "192.0.2.7",
    configuration: { manifestID: "", profiles: [] },
  });
});

it("falls back as the protocol does", () => {
  expect(push("/live/movie/first.mp4", { "Content-Duration": "soon", Accept: "multipart/mixed, */*" })).toEqual({
    manifestId: "movie",
    seqNo: 0,
    container: "mp4",
    durationMs: 2000,
    width: 0,
    height: 0,
    clip: undefined,
    wantsRenditions: false,
    forwardedFor: undefined,
    configuration: undefined,
  });
});

it.each([
  ["GET is not a push", () => push("/live/m/0.ts", {}, "GET"), 405, "method not allowed"],
  ["a playlist", () => push("/live/m/0.m3u8"), 400, "ignoring file extension: .m3u8"],
  [
    "a slice that ends before it begins",
    () => push("/live/m/0.ts", { "Content-Slice-From": "9", "Content-Slice-To": "3" }),
    400,
    "Invalid slice config from=9 to=3",
  ],
  ["no stream", () => push("/live/.ts"), 400, "ignoring file extension: "],
  [
    "no JSON",
    () => push("/live/m/0.ts", { "Livepeer-Transcode-Configuration": "{" }),
    400,
    "failed to parse transcode config header: ",
  ],
  [
    "JSON that is no object",
    () => push("/live/m/0.ts", { "Livepeer-Transcode-Configuration": "[]" }),
    400,
    "failed to parse transcode config header: ",
  ],
  ["too long", () => checkPushDuration(300_001), 500, "invalid duration"],
  ["negative", () => checkPushDuration(-1), 500, "invalid duration"],
])("refuses %s", (_, run, status, text) => {
  const answer = refusal(run);
  expect(answer.status).toBe(status);
  expect(answer.message.startsWith(text)).toBe(true);
});

it("writes the multipart answer with sorted part headers", async () => {
  const answer = multipartAnswer(
    [
      { profileName: "P240p30fps16x9", seqNo: 7, container: "mpegts", content: { bytes: Uint8Array.of(1, 2, 3) } },
      { profileName: "hd", seqNo: 7, container: "mp4", content: { url: "https://store/hd/7.mp4" } },
    ],
    "0123456789abcdef0123",
  );
  expect(answer.contentType).toBe("multipart/mixed; boundary=0123456789abcdef0123");
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString("latin1")).toBe(
    [
      "--0123456789abcdef0123",
      'Content-Disposition: attachment; filename="P240p30fps16x9_7.ts"',
      "Content-Length: 3",
      'Content-Type: video/mp2t; name="P240p30fps16x9_7.ts"',
      "Rendition-Name: P240p30fps16x9",
      "",
      "\u0001\u0002\u0003",
      "--0123456789abcdef0123",
      'Content-Disposition: attachment; filename="hd_7.txt"',
      "Content-Length: 22",
      'Content-Type: application/vnd+livepeer.uri; name="hd_7.txt"',
      "Rendition-Name: hd",
      "",
      "https://store/hd/7.mp4",
      "--0123456789abcdef0123--",
      "",
    ].join("\r\n"),
  );
});
