import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

/** What a node tells the outside: metrics by stream and client, events for AMQP and Kafka. */
export function checkTelling(
  flags: FlagValues,
  problems: Problems,
): Pick<CommonConfig, "metrics" | "amqp" | "kafka" | "gatewayHost"> {
  const perClient = flags.bool("metricsClientIP");
  for (const flag of ["metricsPerStream", "metricsClientIP"]) {
    if (flags.bool(flag) && !flags.bool("monitor")) problems.warn(`-${flag} does nothing without -monitor`);
  }
  return {
    // the address of a client says nothing without its stream
    metrics: { perStream: perClient || flags.bool("metricsPerStream"), perClient },
    amqp: amqp(flags, problems),
    kafka: kafka(flags, problems),
    gatewayHost: flags.get("gatewayHost"),
  };
}

function amqp(flags: FlagValues, problems: Problems): CommonConfig["amqp"] {
  const url = flags.get("metadataQueueUri");
  const exchange = flags.get("metadataAmqpExchange");
  const timeoutMs = problems.ms("metadataPublishTimeout", true);
  if (url === "") {
    for (const flag of ["metadataAmqpExchange", "metadataPublishTimeout"]) {
      if (flags.isSet(flag)) problems.warn(`-${flag} does nothing without -metadataQueueUri`);
    }
    return undefined;
  }
  if (!/^amqps?:\/\//.test(url) || !URL.canParse(url)) {
    problems.add("-metadataQueueUri is not a URL that starts with amqp:// or amqps://");
    return undefined;
  }
  if (exchange === "") problems.add("-metadataAmqpExchange is empty: name the exchange that gets the events");
  return { url, exchange, timeoutMs };
}

function kafka(flags: FlagValues, problems: Problems): CommonConfig["kafka"] {
  const servers = flags.list("kafkaBootstrapServers");
  const topic = flags.get("kafkaGatewayTopic");
  const [user, password] = [flags.get("kafkaUser"), flags.get("kafkaPassword")];
  for (const server of servers) {
    if (!/^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(server))
      problems.add(`-kafkaBootstrapServers "${server.slice(0, 80)}" is not host:port`);
  }
  const given = {
    kafkaBootstrapServers: servers.length > 0,
    kafkaGatewayTopic: topic !== "",
    monitor: flags.bool("monitor"),
  };
  const asked = given.kafkaBootstrapServers || given.kafkaGatewayTopic || user !== "" || password !== "";
  if (!asked) return undefined;
  const [missing] = Object.entries(given).flatMap(([flag, is]) => (is ? [] : [flag]));
  if (missing !== undefined) {
    problems.warn(`no events go to Kafka without -${missing}`);
    return undefined;
  }
  if ((user === "") !== (password === ""))
    problems.add("-kafkaUser and -kafkaPassword belong together: give both, or none for a broker without a password");
  return { servers, topic, login: user === "" ? undefined : { user, password } };
}
