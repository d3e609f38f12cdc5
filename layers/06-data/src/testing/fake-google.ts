import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseServiceAccountKey } from "../object-store/service-account-key.ts";
import { startScriptedServer } from "./store-deps.ts";

const scope = "https://www.googleapis.com/auth/devstorage.read_write";

/** A service account that does not exist, with a fresh RSA key. */
export function makeServiceAccount(tokenUri: string) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const fields = {
    client_email: "node@test.iam.example.com",
    private_key_id: "k1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    token_uri: tokenUri,
  };
  const json = JSON.stringify(fields);
  return { json, key: parseServiceAccountKey(json), publicKey: createPublicKey(privateKey) };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** True for an assertion as Google's token service takes it: RS256 under the account's key, for this service, for an hour. */
function isGoodAssertion(assertion: string, publicKey: KeyObject, tokenUri: string): boolean {
  const [head = "", claim = "", signature = ""] = assertion.split(".");
  const json = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  const { alg, typ, kid } = json(head);
  const { iss, aud, iat, exp, scope: wanted } = json(claim);
  const nowSec = Date.now() / 1000;
  return (
    alg === "RS256" &&
    typ === "JWT" &&
    kid === "k1" &&
    iss === "node@test.iam.example.com" &&
    aud === tokenUri &&
    wanted === scope &&
    Math.abs(nowSec - Number(iat)) < 300 &&
    Number(exp) - Number(iat) === 3600 &&
    verify("sha256", Buffer.from(`${head}.${claim}`), publicKey, Buffer.from(signature, "base64url"))
  );
}

/**
 * A fake written for the tests: Google's token service, and in front of an emulator a door that lets in requests with a token that
 * is good. The emulator itself looks at no token.
 */
export async function startFakeGoogle(emulatorUrl: string) {
  const counts = { tokens: 0, refused: 0 };
  let publicKey: KeyObject | undefined;
  let good: string | undefined;
  let seconds = 3600;
  let url = "";

  const giveToken = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams((await bodyOf(request)).toString());
    const isGood =
      form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      publicKey !== undefined &&
      isGoodAssertion(form.get("assertion") ?? "", publicKey, `${url}/token`);
    if (!isGood) {
      response.writeHead(400).end('{"error":"invalid_grant","error_description":"Invalid JWT Signature."}');
      return;
    }
    good = `token-${++counts.tokens}`;
    response.writeHead(200).end(JSON.stringify({ access_token: good, expires_in: seconds, token_type: "Bearer" }));
  };
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const isForm = request.headers["content-type"]?.startsWith("multipart/form-data") === true;
    if (!isForm && (good === undefined || request.headers.authorization !== `Bearer ${good}`)) {
      counts.refused++;
      response.writeHead(401).end('{"error":{"code":401,"message":"Invalid Credentials"}}');
      return;
    }
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const answer = await fetch(`${emulatorUrl}${request.url}`, {
      method: request.method ?? "GET",
      headers: { ...(headers as Record<string, string>), "accept-encoding": "identity" },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const passed: Record<string, string> = {};
    for (const name of ["content-type", "content-range"]) {
      const value = answer.headers.get(name);
      if (value !== null) passed[name] = value;
    }
    response.writeHead(answer.status, passed).end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = await startScriptedServer((request, response) => {
    (request.url === "/token" ? giveToken : passOn)(request, response).catch(() => response.destroy());
  });
  url = server.url;
  return {
    url,
    counts,
    trust(key: KeyObject) {
      publicKey = key;
    },
    /** Tokens that are given out from now on are good for this long, as they are told. */
    lasting(newSeconds: number) {
      seconds = newSeconds;
    },
    /** Makes the last token one that is refused. */
    revoke() {
      good = undefined;
    },
    stop: () => server.stop(),
  };
}
