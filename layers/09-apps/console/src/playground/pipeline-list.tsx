import type { AiCapabilities, AiPipeline } from "@livepeer-ts/sdk";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

/** True while a single key is something that is typed. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** All pipelines with what each is for; `j` and `k` walk. */
export function PipelineList({
  pipelines,
  network,
  current,
}: {
  pipelines: readonly AiPipeline[] | undefined;
  network: AiCapabilities | undefined;
  current: string;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const here = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
      const index = pipelines?.findIndex(({ name }) => name === current) ?? -1;
      const next = pipelines?.[index + step];
      if (step !== 0 && next !== undefined)
        void navigate({ to: "/playground/$pipeline", params: { pipeline: next.name } });
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [pipelines, current, navigate]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another pipeline is brought into view
  useEffect(() => {
    here.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current, pipelines]);
  const offered = new Set(network?.models.filter(({ offers }) => offers.length > 0).map(({ pipeline }) => pipeline));
  const hasSome = offered.size > 0; // with none at all the page itself says so
  return (
    <nav className="list" aria-label={t("playground.list")}>
      <h2 className="hd">{t("nav.playground")}</h2>
      <ul>
        {pipelines === undefined
          ? Array.from({ length: 9 }, (_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines that stand for others
              <li key={index} className="it" aria-hidden="true">
                <span className="ghosted" />
              </li>
            ))
          : null}
        {pipelines?.map(({ name }) => {
          const isMissing = hasSome && !offered.has(name);
          return (
            <li key={name}>
              <Link
                ref={name === current ? here : undefined}
                className="it"
                to="/playground/$pipeline"
                params={{ pipeline: name }}
                activeProps={{ "aria-current": "page" }}
              >
                <b>{t(`pipelines.${name}.name`)}</b>
                <small>{t(`pipelines.${name}.purpose`)}</small>
                {isMissing ? <small className="count">{t("playground.noModel")}</small> : null}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
