import type { NetworkPiece, NetworkState } from "@livepeer-ts/sdk";
import { TopBar, useNow } from "@livepeer-ts/ui";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLivePlayer } from "../player/use-live-player.ts";
import { EventLog } from "./event-log.tsx";
import { HeldPiece } from "./held-piece.tsx";
import { Lanes } from "./lanes.tsx";
import { Lede } from "./lede.tsx";
import { LinkNotice, LinkState } from "./link-state.tsx";
import { MachinesPanel } from "./machines-panel.tsx";
import { PaymentsPanel } from "./payments-panel.tsx";
import { RoundPanel } from "./round-panel.tsx";
import { Stage } from "./stage.tsx";
import { StartingSteps } from "./starting-steps.tsx";
import { useNetworkState } from "./use-network-state.ts";
import { Words } from "./words.tsx";
import "./network.css";

/** `/`: the network as one living picture. */
export function NetworkPage() {
  const { t } = useTranslation();
  const { network, link } = useNetworkState();
  const [held, setHeld] = useState<number | null>(null);
  const [frozen, setFrozen] = useState<NetworkState | null>(null);
  const now = useNow(1000);
  const player = useLivePlayer(network?.stream?.playbackUrl ?? null);
  const shown = frozen ?? network;
  const piece = useMemo(() => shown?.pieces.find((candidate) => candidate.seqNo === held), [shown, held]);

  const hold = (target: NetworkPiece | undefined) => {
    if (target === undefined) {
      setHeld(null);
      setFrozen(null);
      return;
    }
    setHeld(target.seqNo);
    setFrozen((before) => before ?? network);
  };

  useEffect(() => {
    document.title = `${t("app.network")} · livepeer-ts`;
  }, [t]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
      const pieces = shown?.pieces ?? [];
      const at = pieces.findIndex((candidate) => candidate.seqNo === held);
      if (event.key === "Escape") hold(undefined);
      else if (event.key === " " && !(event.target instanceof HTMLButtonElement))
        hold(held === null ? pieces.at(-1) : undefined);
      else if (event.key === "ArrowLeft") hold(at < 0 ? pieces.at(-1) : (pieces[at - 1] ?? pieces[at]));
      else if (event.key === "ArrowRight" && at >= 0) hold(pieces[at + 1] ?? pieces[at]);
      else if (event.key === "a") player.pick(-1);
      else if (/^[1-4]$/.test(event.key)) {
        const quality = sortedQualities(player.state.qualities)[Number(event.key) - 1];
        if (quality !== undefined) player.pick(quality.index);
      } else return;
      if (event.key === " " || event.key.startsWith("Arrow")) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  return (
    <div className="network">
      <TopBar area="network" state={<LinkState link={link} at={network?.at ?? null} now={now} />} />
      <main id="main">
        <Lede network={shown} behindSec={player.state.behindSec} now={now} />
        <LinkNotice link={link} network={network} now={now} />
        {shown !== null && shown.phase === "starting" ? <StartingSteps steps={shown.steps} /> : null}
        <Stage network={shown} player={player} />
        <div className="wrap">
          {piece !== undefined && shown !== null ? <HeldPiece piece={piece} onGoOn={() => hold(undefined)} /> : null}
          <Lanes network={shown} held={held} onHold={hold} now={now} />
          <MachinesPanel network={shown} />
          <PaymentsPanel network={shown} />
          <RoundPanel network={shown} />
          <EventLog network={shown} />
          <Words />
        </div>
      </main>
      <footer className="foot">
        <span>{t("foot.keys")}</span>
        <span>{t("foot.credit")}</span>
      </footer>
    </div>
  );
}

function sortedQualities<T extends { readonly height: number }>(qualities: readonly T[]): T[] {
  return [...qualities].sort((a, b) => b.height - a.height);
}
