import { bool, duration, type FlagGroup, int, text } from "../flag-spec.ts";

export const monitoringFlags: FlagGroup = {
  title: "Metrics, events, log",
  flags: [
    bool("monitor", false, "serve metrics for Prometheus at /metrics of -cliAddr"),
    bool("metricsPerStream", false, "label metrics with the stream"),
    bool("metricsClientIP", false, "label metrics with the client's address"),
    text("metadataQueueUri", "", "AMQP broker that gets stream events", { url: true }),
    text("metadataAmqpExchange", "lp_golivepeer_metadata", "exchange of those events"),
    duration("metadataPublishTimeout", "1s", "time to publish one of them"),
    text("kafkaBootstrapServers", "", "Kafka servers that get events"),
    text("kafkaUser", "", "user at Kafka"),
    text("kafkaPassword", "", "password at Kafka", { secret: true }),
    text("kafkaGatewayTopic", "", "Kafka topic of the events"),
    int("v", 3, "log level, 0 to 6: 3 normal, 5 and 6 debug"),
  ],
};
