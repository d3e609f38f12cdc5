import type { AiCapabilities, AiPipelineList } from "@livepeer-ts/sdk";
import { Reason, useNow } from "@livepeer-ts/ui";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useJson } from "../api/use-json.ts";
import { CapabilityRow } from "./capability-row.tsx";
import { OwnOffer } from "./own-offer.tsx";
import { SortHead } from "./sort-head.tsx";
import { parseSorting, sorted } from "./sorting.ts";
import "./capabilities.css";

const everyMs = 10_000;

/** `/console/capabilities`: who can do what, at what price, now. */
export function CapabilitiesPage() {
  const { t } = useTranslation();
  const list = useJson<AiPipelineList>("/api/ai/pipelines");
  const network = useJson<AiCapabilities>("/api/ai/capabilities", everyMs);
  const now = useNow(1000);
  const navigate = useNavigate();
  const { sort: asked }: { sort?: string } = useSearch({ strict: false });
  const sorting = parseSorting(asked);
  const sort = {
    sorting,
    onSort: (next: string | undefined) =>
      void navigate({ to: "/capabilities", search: next === undefined ? {} : { sort: next }, replace: true }),
  };
  useEffect(() => {
    document.title = `${t("nav.capabilities")} · livepeer-ts`;
  }, [t]);
  const models = network.value?.models;
  const offered = new Set(models?.filter(({ offers }) => offers.length > 0).map(({ pipeline }) => pipeline));
  const missing = list.value?.pipelines.filter(({ name }) => !offered.has(name)) ?? [];
  const age = network.value === undefined ? 0 : Math.max(0, Math.round((now - network.value.at) / 1000));
  return (
    <main id="main" className="det wide">
      <div className="title full">
        <h1>{t("nav.capabilities")}</h1>
        <p className="meta">
          {models === undefined
            ? t("capabilities.loading")
            : t("capabilities.sentence", {
                count: models.filter(({ offers }) => offers.length > 0).length,
                pipelines: offered.size,
              })}
        </p>
      </div>
      {network.hasFailed ? (
        <div className="full">
          <Reason
            tone={models === undefined ? "bad" : "warn"}
            what={t("failures.SERVER_GONE.what")}
            remedy={models === undefined ? t("capabilities.goneRemedy") : t("capabilities.frozen", { age })}
            code="SERVER_GONE"
          >
            <button type="button" className="btn s" onClick={network.again}>
              {t("failures.again")}
            </button>
          </Reason>
        </div>
      ) : null}
      {models === undefined || list.value === undefined ? (
        network.hasFailed || list.hasFailed ? null : (
          <LoadingRows />
        )
      ) : models.length === 0 ? (
        <p className="panel full nobody">{t("capabilities.empty")}</p>
      ) : (
        <section className={network.hasFailed ? "panel full stale" : "panel full"}>
          <table className="matrix">
            <caption className="vh">
              {t("capabilities.sentence", { count: models.length, pipelines: offered.size })}
            </caption>
            <thead>
              <tr>
                <th scope="col">{t("capabilities.model")}</th>
                <SortHead column="offers" {...sort}>
                  {t("capabilities.offers")}
                </SortHead>
                <th scope="col">{t("capabilities.state")}</th>
                <th scope="col" className="num">
                  {t("capabilities.price")}
                </th>
                <SortHead column="latency" {...sort}>
                  {t("capabilities.latency")}
                </SortHead>
                <SortHead column="success" {...sort}>
                  {t("capabilities.success")}
                </SortHead>
                <SortHead column="places" {...sort}>
                  {t("capabilities.places")}
                </SortHead>
                <th scope="col">
                  <span className="vh">{t("capabilities.actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sorted(models, sorting).map((model) => {
                const pipeline = list.value?.pipelines.find(({ name }) => name === model.pipeline);
                return pipeline === undefined ? null : (
                  <CapabilityRow
                    key={`${model.pipeline}/${model.modelId}`}
                    model={model}
                    pipeline={pipeline}
                    weiPerUsd={network.value?.weiPerUsd ?? null}
                  />
                );
              })}
            </tbody>
          </table>
          <p className="foot xs faint">
            {missing.length === 0
              ? null
              : t("capabilities.missing", {
                  list: missing.map(({ name }) => t(`pipelines.${name}.name`)).join(t("capabilities.comma")),
                })}{" "}
            {t("capabilities.age", { age })}
          </p>
        </section>
      )}
      <OwnOffer />
    </main>
  );
}

/** The table's place while the machines are asked. */
function LoadingRows() {
  return (
    <div className="panel full loading" aria-hidden="true">
      {Array.from({ length: 9 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows that stand for others
        <p key={index}>
          <span className="ghosted" />
        </p>
      ))}
    </div>
  );
}
