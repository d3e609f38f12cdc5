import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorText, LpError } from "@livepeer-ts/kernel";
import type { JsonApiPlace } from "./json-api.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const defaultSocket = "/var/run/docker.sock";

/**
 * Where the container engine listens: `DOCKER_HOST` as Docker's own tools read it (`unix://` or `tcp://`, with `DOCKER_TLS_VERIFY`
 * and `DOCKER_CERT_PATH`), else its usual socket. Throws `bad_docker_host`.
 */
export function dockerPlace(env: Environment): JsonApiPlace {
  const host = env["DOCKER_HOST"] ?? "";
  if (host === "") return socket(defaultSocket);
  const [, scheme, rest = ""] = /^([a-z]+):\/\/(.*)$/.exec(host) ?? [];
  if (scheme === "unix") return socket(rest);
  if ((scheme === "tcp" || scheme === "http") && URL.canParse(`http://${rest}`)) {
    const isTls = (env["DOCKER_TLS_VERIFY"] ?? "") !== "";
    return {
      url: `${isTls ? "https" : "http"}://${rest.replace(/\/$/, "")}`,
      ...(isTls ? { tls: certificates(env) } : {}),
    };
  }
  throw new LpError({
    code: "bad_docker_host",
    message: `DOCKER_HOST "${host.slice(0, 80)}" is no place that is reached here: write unix:///path or tcp://host:port`,
  });
}

function socket(socketPath: string): JsonApiPlace {
  // a name is needed in the request; nobody looks it up
  return { socketPath, url: "http://docker" };
}

function certificates(env: Environment): NonNullable<JsonApiPlace["tls"]> {
  const folder = env["DOCKER_CERT_PATH"] ?? join(env["HOME"] ?? "", ".docker");
  try {
    const text = (name: string) => readFileSync(join(folder, name), "utf8");
    return { ca: text("ca.pem"), cert: text("cert.pem"), key: text("key.pem") };
  } catch (cause) {
    throw new LpError({
      code: "bad_docker_host",
      message: `the certificates for DOCKER_HOST cannot be read (${errorText(cause)}): check DOCKER_CERT_PATH`,
      cause,
    });
  }
}
