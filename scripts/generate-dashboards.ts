// Writes deploy/grafana/*.json from the panels below. Run after changing a panel:
//
//   node scripts/bootstrap.mjs scripts/generate-dashboards.ts [--check]
//
// --check writes nothing and fails when a file is stale.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

type Query = { readonly expr: string; readonly legend: string };
type Panel = {
  readonly title: string;
  readonly unit: string;
  readonly kind?: "timeseries" | "stat";
  readonly about?: string;
  readonly queries: readonly Query[];
};
type Dashboard = {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  /** Metric whose `node_id` values are offered. */
  readonly nodesOf: string;
  readonly panels: readonly Panel[];
};

const node = 'node_id=~"$node"';

/** Rate per second over the dashboard's interval, summed. */
function rate(metric: string, by: string, selector = node): string {
  return `sum by (${by}) (rate(${metric}{${selector}}[$__rate_interval]))`;
}

function quantile(share: number, metric: string, by = "node_id"): string {
  return `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket{${node}}[$__rate_interval])))`;
}

const gateway: Dashboard = {
  file: "gateway.json",
  uid: "livepeer-gateway",
  title: "Livepeer gateway",
  nodesOf: "livepeer_success_rate",
  panels: [
    {
      title: "Success rate",
      unit: "percentunit",
      kind: "stat",
      about: "Of the last 30 segments of each stream; segments older than 8.5 s count as lost",
      queries: [{ expr: `livepeer_success_rate{${node}}`, legend: "{{node_id}}" }],
    },
    {
      title: "Streams",
      unit: "short",
      queries: [
        { expr: `livepeer_current_sessions_total{${node}}`, legend: "open {{node_id}}" },
        { expr: `livepeer_max_sessions_total{${node}}`, legend: "possible {{node_id}}" },
      ],
    },
    {
      title: "Segments in and out",
      unit: "ops",
      queries: [
        { expr: rate("livepeer_segment_source_emerged_unprocessed_total", "node_id"), legend: "in {{node_id}}" },
        { expr: rate("livepeer_segment_transcoded_all_appeared_total", "node_id"), legend: "in time {{node_id}}" },
      ],
    },
    {
      title: "From a source segment to its renditions",
      unit: "s",
      queries: [
        { expr: quantile(0.5, "livepeer_transcode_overall_latency_seconds"), legend: "median" },
        { expr: quantile(0.95, "livepeer_transcode_overall_latency_seconds"), legend: "95 of 100" },
      ],
    },
    {
      title: "Speed of orchestrators, 95 of 100",
      unit: "s",
      queries: [
        {
          expr: quantile(0.95, "livepeer_transcode_overall_latency_seconds", "orchestrator_uri"),
          legend: "{{orchestrator_uri}}",
        },
      ],
    },
    {
      title: "Failures of transcoding by reason",
      unit: "ops",
      queries: [{ expr: rate("livepeer_segment_transcode_failed_total", "error_code"), legend: "{{error_code}}" }],
    },
    {
      title: "Segments that orchestrators did not take",
      unit: "ops",
      queries: [
        {
          expr: rate("livepeer_segment_source_upload_failed_total", "error_code, orchestrator_uri"),
          legend: "{{error_code}} {{orchestrator_uri}}",
        },
      ],
    },
    {
      title: "Retries, changes of orchestrator, hedges",
      unit: "ops",
      queries: [
        { expr: rate("livepeer_transcode_retried", "try"), legend: "try {{try}}" },
        { expr: rate("livepeer_orchestrator_swaps", "node_id"), legend: "changes {{node_id}}" },
        { expr: rate("livepeer_hedges_total", "result"), legend: "hedge {{result}}" },
        { expr: rate("livepeer_segments_moved_total", "node_id"), legend: "moved {{node_id}}" },
      ],
    },
    {
      title: "Discovery: orchestrators that cannot be used",
      unit: "ops",
      queries: [{ expr: rate("livepeer_discovery_errors_total", "error_code"), legend: "{{error_code}}" }],
    },
    {
      title: "Pushed segments: duration over the time of the answer",
      unit: "short",
      queries: [
        { expr: quantile(0.05, "livepeer_http_client_segment_transcoded_realtime_ratio"), legend: "slowest 5 of 100" },
        { expr: quantile(0.5, "livepeer_http_client_segment_transcoded_realtime_ratio"), legend: "median" },
      ],
    },
    {
      title: "Bit rate of sources (with -metricsPerStream)",
      unit: "bps",
      queries: [{ expr: `livepeer_stream_source_bitrate_bps{${node}}`, legend: "{{manifest_id}}" }],
    },
    {
      title: "Height of sources (with -metricsPerStream)",
      unit: "short",
      queries: [{ expr: `livepeer_stream_source_height_pixels{${node}}`, legend: "{{manifest_id}}" }],
    },
  ],
};

const orchestrator: Dashboard = {
  file: "orchestrator.json",
  uid: "livepeer-orchestrator",
  title: "Livepeer orchestrator",
  nodesOf: 'livepeer_max_sessions_total{node_type="orch"}',
  panels: [
    {
      title: "Sessions",
      unit: "short",
      queries: [
        { expr: `livepeer_current_sessions_total{${node}}`, legend: "open {{node_id}}" },
        { expr: `livepeer_max_sessions_total{${node}}`, legend: "possible {{node_id}}" },
      ],
    },
    {
      title: "Segments",
      unit: "ops",
      queries: [{ expr: rate("livepeer_segment_transcoded_total", "profiles"), legend: "{{profiles}}" }],
    },
    {
      title: "Pixels",
      unit: "short",
      about: "Million pixels of renditions per second: what is paid for",
      queries: [{ expr: rate("livepeer_mil_pixels_processed", "node_id"), legend: "{{node_id}}" }],
    },
    {
      title: "Time for a segment",
      unit: "s",
      queries: [
        { expr: quantile(0.5, "livepeer_transcode_time_seconds"), legend: "median" },
        { expr: quantile(0.95, "livepeer_transcode_time_seconds"), legend: "95 of 100" },
        { expr: quantile(0.95, "livepeer_transcoder_queue_seconds"), legend: "waiting, 95 of 100" },
        { expr: quantile(0.95, "livepeer_transcoder_engine_seconds"), legend: "engine, 95 of 100" },
      ],
    },
    {
      title: "Faster than real time by",
      unit: "short",
      queries: [
        { expr: quantile(0.05, "livepeer_transcode_score"), legend: "slowest 5 of 100" },
        { expr: quantile(0.5, "livepeer_transcode_score"), legend: "median" },
      ],
    },
    {
      title: "Failures by reason",
      unit: "ops",
      queries: [{ expr: rate("livepeer_segment_transcode_failed_total", "error_code"), legend: "{{error_code}}" }],
    },
    {
      title: "Remote transcoders",
      unit: "short",
      queries: [
        { expr: `livepeer_transcoders_number{${node}}`, legend: "connected {{node_id}}" },
        { expr: `livepeer_transcoders_capacity{${node}}`, legend: "sessions possible {{node_id}}" },
        { expr: `livepeer_transcoders_load{${node}}`, legend: "sessions {{node_id}}" },
      ],
    },
    {
      title: "Payments that were refused",
      unit: "ops",
      queries: [{ expr: rate("livepeer_payment_recv_errors", "error_code"), legend: "{{error_code}}" }],
    },
    {
      title: "Event loop, memory",
      unit: "short",
      queries: [
        { expr: `livepeer_event_loop_delay_p99_seconds{${node}}`, legend: "late by s {{node_id}}" },
        { expr: `livepeer_process_memory_bytes{${node}, kind="rss"} / 1e9`, legend: "GB {{node_id}}" },
      ],
    },
  ],
};

const money: Dashboard = {
  file: "money.json",
  uid: "livepeer-money",
  title: "Livepeer money and chain",
  nodesOf: "livepeer_chain_head_block",
  panels: [
    {
      title: "Age of the newest block",
      unit: "s",
      queries: [{ expr: `time() - livepeer_chain_head_timestamp_seconds{${node}}`, legend: "{{node_id}}" }],
    },
    {
      title: "Time since the chain answered",
      unit: "s",
      queries: [{ expr: `time() - livepeer_chain_last_poll_timestamp_seconds{${node}}`, legend: "{{node_id}}" }],
    },
    {
      title: "Newest block and round",
      unit: "none",
      kind: "stat",
      queries: [
        { expr: `livepeer_chain_head_block{${node}}`, legend: "block {{node_id}}" },
        { expr: `livepeer_chain_round{${node}}`, legend: "round {{node_id}}" },
      ],
    },
    {
      title: "Gas price",
      unit: "none",
      about: "In gwei",
      queries: [
        { expr: `livepeer_suggested_gas_price{${node}}`, legend: "of the chain {{node_id}}" },
        { expr: `livepeer_max_gas_price{${node}}`, legend: "highest that is paid {{node_id}}" },
      ],
    },
    {
      title: "Deposit and reserve of gateways",
      unit: "none",
      about: "In gwei",
      queries: [
        { expr: `livepeer_gateway_deposit{${node}}`, legend: "deposit {{node_id}}" },
        { expr: `livepeer_gateway_reserve{${node}}`, legend: "reserve {{node_id}}" },
      ],
    },
    {
      title: "Value of tickets per second",
      unit: "none",
      about: "Expected value in gwei",
      queries: [
        { expr: rate("livepeer_ticket_value_sent", "node_id"), legend: "sent {{node_id}}" },
        { expr: rate("livepeer_ticket_value_recv", "node_id"), legend: "taken {{node_id}}" },
      ],
    },
    {
      title: "Winning tickets that wait",
      unit: "short",
      queries: [
        { expr: `livepeer_winning_tickets_waiting{${node}}`, legend: "tickets {{node_id}}" },
        { expr: `livepeer_winning_tickets_waiting_gwei{${node}}`, legend: "gwei {{node_id}}" },
      ],
    },
    {
      title: "Redemption",
      unit: "ops",
      queries: [
        { expr: rate("livepeer_winning_tickets_recv", "node_id"), legend: "won {{node_id}}" },
        { expr: rate("livepeer_winning_tickets_redeemed_total", "node_id"), legend: "redeemed {{node_id}}" },
        { expr: rate("livepeer_ticket_redemption_errors", "node_id"), legend: "failed {{node_id}}" },
        { expr: rate("livepeer_ticket_redemption_given_up_total", "node_id"), legend: "given up {{node_id}}" },
      ],
    },
    {
      title: "Face value of tickets offered",
      unit: "none",
      about: "In gwei, by gateway",
      queries: [{ expr: `livepeer_gateway_ticket_face_value{${node}}`, legend: "{{sender}}" }],
    },
    {
      title: "Prices",
      unit: "none",
      about: "Wei per pixel",
      queries: [
        { expr: `livepeer_transcoding_price{${node}}`, legend: "own {{node_id}}" },
        { expr: `livepeer_orchestrator_price_wei_per_pixel{${node}}`, legend: "{{orchestrator_uri}}" },
      ],
    },
    {
      title: "Rewards and rounds",
      unit: "short",
      queries: [
        { expr: `livepeer_reward_calls_total{${node}}`, legend: "rewards {{node_id}}" },
        { expr: `livepeer_reward_call_errors{${node}}`, legend: "failed {{node_id}}" },
      ],
    },
    {
      title: "Endpoints of the chain",
      unit: "ops",
      queries: [{ expr: rate("livepeer_rpc_errors_total", "host, method"), legend: "{{host}} {{method}}" }],
    },
  ],
};

const source = { type: "prometheus", uid: "$" + "{source}" };

function panelJson(panel: Panel, index: number) {
  return {
    id: index + 1,
    title: panel.title,
    ...(panel.about === undefined ? {} : { description: panel.about }),
    type: panel.kind ?? "timeseries",
    datasource: source,
    gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    targets: panel.queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: source,
      expr,
      legendFormat: legend,
    })),
  };
}

function dashboardJson({ uid, title, nodesOf, panels }: Dashboard): string {
  const board = {
    uid,
    title,
    tags: ["livepeer"],
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        { name: "source", type: "datasource", query: "prometheus", label: "Prometheus" },
        {
          name: "node",
          type: "query",
          label: "Node",
          datasource: source,
          query: { query: `label_values(${nodesOf}, node_id)`, refId: "nodes" },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: ".*",
        },
      ],
    },
    panels: panels.map(panelJson),
  };
  return `${JSON.stringify(board, null, 2)}\n`;
}

/** The dashboards: path in the repository and text. */
export function dashboards(): readonly { readonly path: string; readonly text: string }[] {
  return [gateway, orchestrator, money].map((board) => ({
    path: `deploy/grafana/${board.file}`,
    text: dashboardJson(board),
  }));
}

if (import.meta.main) {
  const stale = dashboards().filter(({ path, text }) => {
    try {
      return readFileSync(join(root, path), "utf8") !== text;
    } catch {
      return true;
    }
  });
  if (process.argv.includes("--check")) {
    for (const { path } of stale)
      console.error(`${path} is stale: run node scripts/bootstrap.mjs scripts/generate-dashboards.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    mkdirSync(join(root, "deploy", "grafana"), { recursive: true });
    for (const { path, text } of dashboards()) writeFileSync(join(root, path), text);
    console.log(stale.length === 0 ? "nothing changed" : `written: ${stale.map(({ path }) => path).join(", ")}`);
  }
}
