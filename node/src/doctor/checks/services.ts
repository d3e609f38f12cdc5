import { RedeemerClient, RemoteSignerClient } from "@livepeer-ts/economics";
import { errorText, type Net, zeroAddress } from "@livepeer-ts/kernel";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";
import { reach } from "../reach.ts";
import { urlHost } from "../url-host.ts";

type Service = {
  readonly flag: string;
  readonly url: string;
  readonly what: string;
  readonly without: string;
  /** Known by its certificate, not by a signature. */
  readonly isTrusted: boolean;
};

export const services: DoctorCheck = {
  name: "services",
  looksAt: "redeemer, remote signer, webhooks, the platform",
  concerns: () => true,
  async run(subject) {
    const looks = servicesOf(subject).map((service) => lookAt(service, subject));
    return (await Promise.all([...looks, askRedeemer(subject), askRemoteSigner(subject)])).flat();
  },
};

/** What only takes a POST with a body of its own is asked whether somebody answers at all. */
function servicesOf({ config }: DoctorSubject): Service[] {
  const found: Service[] = [];
  const add = (flag: string, url: string | undefined, what: string, without: string) => {
    if (url !== undefined) found.push({ flag, url, what, without, isTrusted: false });
  };
  add("eventsUrl", config.events.url, "the platform", "Events wait in the node's database until it answers.");
  if (config.role === "gateway") {
    add("authWebhookUrl", config.authWebhookUrl, "the access webhook", "No stream can be published.");
    add("orchPerfStatsUrl", config.scores?.url, "the service with scores", "Nobody is left out for a low score.");
  }
  if (config.role === "orchestrator")
    add("authWebhookUrl", config.authWebhookUrl, "the webhook for gateways", "No gateway is admitted.");
  if (config.role === "remoteSigner")
    add("remoteSignerWebhookUrl", config.webhook?.url, "the webhook of the signer", "Nothing is signed.");
  return found;
}

async function lookAt(service: Service, subject: DoctorSubject): Promise<Finding[]> {
  const net: Net = service.isTrusted ? subject.trusted : subject.ports.net;
  // a query or a user may be a secret: it is sent, and named nowhere
  const answer = await reach(service.url, net, subject);
  const place = `${service.what} of -${service.flag} at ${urlHost(service.url)}`;
  const fix = `Check -${service.flag}, that the service runs, and the firewall.`;
  if (answer.error !== undefined)
    return [error("service_away", `${capital(place)} does not answer (${answer.error}).`, service.without, fix)];
  // those that only take POST say 400, 404 or 405 here
  return answer.status >= 500
    ? [
        warning(
          "service_fails",
          `${capital(place)} answers ${answer.status}.`,
          service.without,
          `See the log of that service.`,
        ),
      ]
    : [];
}

async function askRedeemer(subject: DoctorSubject): Promise<Finding[]> {
  const { config, ports } = subject;
  if (config.role !== "orchestrator" || config.redeemer === undefined) return [];
  const { url, secret } = config.redeemer;
  const about = (await subject.identity()) ?? zeroAddress;
  try {
    await new RedeemerClient({ url, secret }, ports).maxFloat(about, subject.signal);
    return [];
  } catch (cause) {
    return [
      error(
        "redeemer_away",
        `The redeemer at ${urlHost(url)} does not serve this orchestrator (${errorText(cause)}).`,
        "Winning tickets wait here and expire.",
        "Check -redeemerAddr and -redeemerSecret (the same on both), that the redeemer runs, and that its -ethOrchAddr is this orchestrator's.",
      ),
    ];
  }
}

async function askRemoteSigner(subject: DoctorSubject): Promise<Finding[]> {
  const { config, ports } = subject;
  if (config.role !== "gateway" || config.remoteSigner === undefined) return [];
  const { url } = config.remoteSigner;
  try {
    await new RemoteSignerClient(config.remoteSigner, ports).identity(subject.signal);
    return [];
  } catch (cause) {
    return [
      error(
        "remote_signer_away",
        `The remote signer at ${urlHost(url)} does not sign for this gateway (${errorText(cause)}).`,
        "The gateway does not start: it cannot pay.",
        "Check -remoteSignerUrl and -remoteSignerHeaders, that the signer runs, and its webhook.",
      ),
    ];
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
