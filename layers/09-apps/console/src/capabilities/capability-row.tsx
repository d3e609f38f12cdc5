import type { AiCapability, AiJobFigures, AiPipeline } from "@livepeer-ts/sdk";
import { formatShare, Glyph, shortAddress } from "@livepeer-ts/ui";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Cost } from "../playground/cost.tsx";
import { referenceModels } from "../playground/reference-models.ts";
import { Seconds } from "../playground/seconds.tsx";
import { lowestPrice, toldPrice } from "./unit-price.ts";

/** A model's line; it opens to the machines that offer it. */
export function CapabilityRow({
  model,
  pipeline,
  weiPerUsd,
}: {
  model: AiCapability;
  pipeline: AiPipeline;
  weiPerUsd: string | null;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const { offers, lastHour } = model;
  const warm = offers.filter(({ isWarm }) => isWarm).length;
  const price = lowestPrice(offers, pipeline);
  const places = offers.reduce((sum, { capacity }) => sum + capacity, 0);
  const free = offers.reduce((sum, { capacity, inUse }) => sum + Math.max(0, capacity - inUse), 0);
  return (
    <>
      <tr className={isOpen ? "open" : undefined}>
        <th scope="row">
          <button
            type="button"
            className="opener"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setIsOpen(!isOpen)}
          >
            <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
              <path d="M6 4l4 4-4 4" />
            </svg>
            <span>
              <b>{t(`pipelines.${pipeline.name}.name`)}</b>
              <code>{model.modelId}</code>
              {referenceModels.has(model.modelId) ? (
                <span className="tag" title={t("form.referenceText")}>
                  {t("form.reference")}
                </span>
              ) : null}
            </span>
          </button>
        </th>
        <td className="num" data-label={t("capabilities.offers")}>
          {offers.length}
        </td>
        <td data-label={t("capabilities.state")}>
          <Warmth warm={warm} all={offers.length} />
        </td>
        <td className="num" data-label={t("capabilities.price")}>
          {price === undefined ? (
            <Unknown why={t("capabilities.noOffer")} />
          ) : (
            <Price wei={price} pipeline={pipeline} weiPerUsd={weiPerUsd} />
          )}
        </td>
        <td className="num" data-label={t("capabilities.latency")}>
          <Latency figures={lastHour} />
        </td>
        <td className="num" data-label={t("capabilities.success")}>
          <Success figures={lastHour} />
        </td>
        <td className="num" data-label={t("capabilities.places")}>
          <Places free={free} all={places} />
        </td>
        <td className="act">
          <Link
            className="btn s"
            to="/playground/$pipeline"
            params={{ pipeline: pipeline.name }}
            search={{ model: model.modelId }}
          >
            {t("capabilities.try")}
          </Link>
        </td>
      </tr>
      {isOpen ? <OfferRows id={id} model={model} pipeline={pipeline} weiPerUsd={weiPerUsd} /> : null}
    </>
  );
}

/** The machines, in the columns of the line above. */
function OfferRows({
  id,
  model: { offers },
  pipeline,
  weiPerUsd,
}: {
  id: string;
  model: AiCapability;
  pipeline: AiPipeline;
  weiPerUsd: string | null;
}) {
  const { t } = useTranslation();
  if (offers.length === 0) {
    return (
      <tr id={id} className="offer">
        <td colSpan={8}>{t("capabilities.noOffer")}</td>
      </tr>
    );
  }
  return offers.map(({ uri, address, isWarm, capacity, inUse, runnerVersion, pricePerUnit, lastHour }, index) => (
    <tr key={uri} id={index === 0 ? id : undefined} className="offer">
      <th scope="row">
        <span className="who">
          <Glyph id={address ?? uri} />
          <span>
            {new URL(uri).host}
            {address === null ? null : <code title={address}>{shortAddress(address)}</code>}
          </span>
        </span>
      </th>
      <td />
      <td data-label={t("capabilities.state")}>
        <Warmth warm={isWarm ? 1 : 0} all={1} />
      </td>
      <td className="num" data-label={t("capabilities.price")}>
        <Price wei={toldPrice(pricePerUnit, pipeline)} pipeline={pipeline} weiPerUsd={weiPerUsd} />
      </td>
      <td className="num" data-label={t("capabilities.latency")}>
        <Latency figures={lastHour} />
      </td>
      <td className="num" data-label={t("capabilities.success")}>
        <Success figures={lastHour} />
      </td>
      <td className="num" data-label={t("capabilities.places")}>
        <Places free={Math.max(0, capacity - inUse)} all={capacity} />
      </td>
      <td className="num faint xs" data-label={t("capabilities.version")}>
        {runnerVersion === "" ? <Unknown why={t("capabilities.noVersion")} /> : runnerVersion}
      </td>
    </tr>
  ));
}

function Price({ wei, pipeline, weiPerUsd }: { wei: bigint | null; pipeline: AiPipeline; weiPerUsd: string | null }) {
  const { t } = useTranslation();
  return <Cost wei={wei} weiPerUsd={weiPerUsd} per={t(`capabilities.units.${pipeline.unit.name}`)} />;
}

function Places({ free, all }: { free: number; all: number }) {
  return (
    <>
      {free}
      <span className="unit">/ {all}</span>
    </>
  );
}

/** A filled square: loaded; a hollow one: loaded when the first job comes. */
function Warmth({ warm, all }: { warm: number; all: number }) {
  const { t } = useTranslation();
  if (all === 0) return <Unknown why={t("capabilities.noOffer")} />;
  const word = warm === all ? "warm" : warm === 0 ? "cold" : "some";
  return (
    <span className="warmth">
      <i className={warm > 0 ? "on" : "off"} />
      {t(`capabilities.${word}`, { warm, all })}
    </span>
  );
}

function Latency({ figures: { p50Ms, p95Ms } }: { figures: AiJobFigures }) {
  const { t } = useTranslation();
  if (p50Ms === null || p95Ms === null) return <Unknown why={t("capabilities.noJob")} />;
  return (
    <>
      <Seconds ms={p50Ms} /> <span className="faint">·</span> <Seconds ms={p95Ms} />
    </>
  );
}

function Success({ figures: { jobs, failed } }: { figures: AiJobFigures }) {
  const { t } = useTranslation();
  if (jobs === 0) return <Unknown why={t("capabilities.noJob")} />;
  return (
    <>
      <span className={failed === 0 ? undefined : "badc"}>{formatShare((jobs - failed) / jobs)}</span>
      <span className="unit">{t("capabilities.of", { jobs })}</span>
    </>
  );
}

function Unknown({ why }: { why: string }) {
  return (
    <span title={why}>
      –<span className="vh"> {why}</span>
    </span>
  );
}
