import { type MouseEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

/** Pixels of the picture, from its top left corner. */
export type Point = { readonly x: number; readonly y: number };

/** The file as it will be sent. A click into a picture names a point where the pipeline takes one. */
export function FilePreview({
  file,
  isPicture,
  onPoint,
  points,
  box,
}: {
  file: File;
  isPicture: boolean;
  onPoint: ((point: Point) => void) | undefined;
  points: string | undefined;
  box: string | undefined;
}) {
  const { t } = useTranslation();
  const url = useObjectUrl(file);
  const [size, setSize] = useState({ width: 0, height: 0 });
  if (url === undefined) return null;
  if (!isPicture) {
    return (
      // biome-ignore lint/a11y/useMediaCaption: what is said in it is what the pipeline is asked
      <audio controls src={url} aria-label={t("form.preview", { name: file.name })} />
    );
  }
  const picture = (
    <img
      src={url}
      alt={t("form.preview", { name: file.name })}
      onLoad={({ currentTarget }) =>
        setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })
      }
    />
  );
  if (onPoint === undefined) return <div className="preview">{picture}</div>;
  const onClick = ({ clientX, clientY, currentTarget }: MouseEvent) => {
    const box = currentTarget.getBoundingClientRect();
    onPoint({
      x: Math.round(((clientX - box.left) / box.width) * size.width),
      y: Math.round(((clientY - box.top) / box.height) * size.height),
    });
  };
  return (
    <div className="preview">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the fields below take the same by keyboard */}
      <div className="pick" onClick={onClick}>
        {picture}
        {size.width === 0 ? null : (
          <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
            {boxesOf(box).map(({ from, to }) => (
              <rect key={`${from.x} ${from.y}`} x={from.x} y={from.y} width={to.x - from.x} height={to.y - from.y} />
            ))}
            {pointsOf(points).map(({ x, y }) => (
              <circle key={`${x} ${y}`} cx={x} cy={y} r={size.width / 60} />
            ))}
          </svg>
        )}
      </div>
      <p className="hint">{t("form.pick")}</p>
    </div>
  );
}

/** Address of a file of this page, as long as it is shown. */
export function useObjectUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (file === undefined) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

/** Points of a JSON list of pairs; none for anything else. */
function pointsOf(text: string | undefined): Point[] {
  return listOf(text).flatMap((pair) =>
    Array.isArray(pair) && typeof pair[0] === "number" && typeof pair[1] === "number"
      ? [{ x: pair[0], y: pair[1] }]
      : [],
  );
}

/** The box of a JSON list of its corners' four numbers; none for anything else. */
function boxesOf(text: string | undefined): { readonly from: Point; readonly to: Point }[] {
  const [left, top, right, bottom] = listOf(text).flat(1) as readonly unknown[];
  if (![left, top, right, bottom].every((one) => typeof one === "number")) return [];
  const [x, y, endX, endY] = [left, top, right, bottom] as [number, number, number, number];
  return endX > x && endY > y ? [{ from: { x, y }, to: { x: endX, y: endY } }] : [];
}

function listOf(text: string | undefined): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? "");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
