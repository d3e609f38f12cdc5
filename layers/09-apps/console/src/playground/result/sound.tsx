import { useTranslation } from "react-i18next";
import { useGone } from "./use-gone.tsx";
import { useWaveform } from "./use-waveform.ts";

/** A sound with its shape. */
export function Sound({ value }: { value: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation();
  const url = (value["audio"] as { readonly url: string } | undefined)?.url ?? "";
  const wave = useWaveform(url);
  const { gone, onError } = useGone();
  if (gone !== undefined) return gone;
  return (
    <div className="sound">
      {wave === undefined ? null : (
        <svg className="wave" viewBox={`0 0 ${wave.bars.length * 3} 48`} preserveAspectRatio="none" aria-hidden="true">
          {wave.bars.map((height, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in time
            <rect key={index} x={index * 3} y={24 - height * 23} width="2" height={Math.max(1, height * 46)} />
          ))}
        </svg>
      )}
      {/* biome-ignore lint/a11y/useMediaCaption: its words are in the form beside it */}
      <audio controls src={url} aria-label={t("result.sound")} onError={onError} />
      <p className="row sm faint">
        {wave === undefined ? null : <span>{t("result.seconds", { seconds: wave.seconds.toFixed(1) })}</span>}
        <a className="btn s" href={url} download>
          {t("result.download")}
        </a>
      </p>
    </div>
  );
}
