import { createServer } from "node:net";
import { type BindAddress, hostAndPort } from "../../flags/bind-address.ts";
import { orchestratorListenAddress } from "../../roles/orchestrator-listen-address.ts";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding } from "../finding.ts";
import { processOnPort, processText } from "../process-holding.ts";

type Wanted = { readonly flag: string; readonly address: BindAddress };

export const listeningPorts: DoctorCheck = {
  name: "ports",
  looksAt: "whether the ports that the node listens on are free, and who has them",
  // a node that runs has them itself
  concerns: ({ running }) => running === undefined,
  async run(subject) {
    const findings: Finding[] = [];
    for (const wanted of wantedOf(subject)) {
      const code = await tryToListen(wanted.address);
      if (code !== undefined) findings.push(await tell(wanted, code, subject));
    }
    return findings;
  },
};

function wantedOf({ config }: DoctorSubject): Wanted[] {
  const admin = { flag: "cliAddr", address: config.cliAddr };
  if (config.role === "gateway")
    return [admin, { flag: "httpAddr", address: config.httpAddr }, { flag: "rtmpAddr", address: config.rtmpAddr }];
  if (config.role === "redeemer" || config.role === "remoteSigner")
    return [admin, { flag: "httpAddr", address: config.httpAddr }];
  if (config.role !== "orchestrator") return [admin];
  const service = config.service.kind === "given" ? config.service : undefined;
  const flag = config.http.address === "" ? "serviceAddr" : "httpAddr";
  return [admin, { flag, address: orchestratorListenAddress(config.http.address, service) }];
}

/** Listens for a moment; the system's code when it may not. */
function tryToListen({ host, port }: BindAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (cause: NodeJS.ErrnoException) => resolve(cause.code ?? cause.message));
    server.listen({ port, ...(host === "" ? {} : { host }), exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}

async function tell({ flag, address }: Wanted, code: string, subject: DoctorSubject): Promise<Finding> {
  const place = hostAndPort(address);
  if (code === "EACCES")
    return error(
      "port_not_allowed",
      `This user may not listen on ${place} (-${flag}).`,
      "The node does not start.",
      "Give a port above 1023, or let the service have CAP_NET_BIND_SERVICE.",
    );
  if (code !== "EADDRINUSE")
    return error(
      "address_unusable",
      `Nothing can listen on ${place} (-${flag}): ${code}.`,
      "The node does not start.",
      "Give an address of this machine, or 0.0.0.0 for all of them.",
    );
  const holder = await processOnPort(address.port, subject.places);
  return error(
    "port_in_use",
    `${holder === undefined ? "Another program" : processText(holder)} listens on ${place} (-${flag}).`,
    "The node does not start.",
    `Stop that program, or give another -${flag}. If it is the node itself, give the doctor its -admin address.`,
  );
}
