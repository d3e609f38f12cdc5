import { formatShare } from "@livepeer-ts/ui";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useObjectUrl } from "../form/file-preview.tsx";
import { drawMask, type Mask, masksOf, numbersOf } from "./mask-data.ts";

/** The found shapes over the picture, one at a time, with the model's own score. */
export function Masks({ value, picture }: { value: Readonly<Record<string, unknown>>; picture: File | undefined }) {
  const { t } = useTranslation();
  const url = useObjectUrl(picture);
  const masks = useMemo(() => masksOf(String(value["masks"] ?? "")), [value]);
  const scores = useMemo(() => numbersOf(String(value["scores"] ?? "")), [value]);
  const best = scores.length === 0 ? 0 : scores.indexOf(Math.max(...scores));
  const [chosen, setChosen] = useState(Math.min(best, Math.max(0, masks.length - 1)));
  const mask = masks[chosen];
  if (mask === undefined) return <p className="empty">{t("result.noMask")}</p>;
  return (
    <div className="masks">
      <div className="over">
        {url === undefined ? null : <img src={url} alt="" />}
        <MaskCanvas mask={mask} label={t("result.mask", { share: formatShare(mask.share) })} />
      </div>
      <fieldset className="row sm">
        <legend className="vh">{t("result.chooseMask")}</legend>
        {masks.map((_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a mask is its place in the answer
          <label key={index} className="row">
            <input type="radio" name="mask" checked={index === chosen} onChange={() => setChosen(index)} />
            {scores[index] === undefined
              ? t("result.maskNumber", { number: index + 1 })
              : t("result.maskScore", { number: index + 1, score: (scores[index] as number).toFixed(2) })}
          </label>
        ))}
        <span className="faint">{t("result.covers", { share: formatShare(mask.share) })}</span>
      </fieldset>
    </div>
  );
}

function MaskCanvas({ mask, label }: { mask: Mask; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) drawMask(canvas.current, mask);
  }, [mask]);
  return <canvas ref={canvas} role="img" aria-label={label} data-result="mask" />;
}
