import { useTranslation } from "react-i18next";
import { useGone } from "./use-gone.tsx";

type Picture = { readonly url: string; readonly seed?: number; readonly nsfw?: boolean };

/** Pictures with their seeds. */
export function Pictures({ value, prompt }: { value: Readonly<Record<string, unknown>>; prompt: string }) {
  const pictures = (value["images"] ?? []) as readonly Picture[];
  return (
    <div className={pictures.length > 1 ? "pictures many" : "pictures"}>
      {pictures.map((picture) => (
        <OnePicture key={picture.url} picture={picture} prompt={prompt} />
      ))}
    </div>
  );
}

function OnePicture({ picture: { url, seed, nsfw }, prompt }: { picture: Picture; prompt: string }) {
  const { t } = useTranslation();
  const { gone, onError } = useGone();
  if (gone !== undefined) return gone;
  return (
    <figure>
      <a href={url} download>
        <img src={url} alt={t("result.picture", { prompt })} onError={onError} />
      </a>
      <figcaption className="row xs faint">
        {seed === undefined ? null : <span>{t("result.seed", { seed })}</span>}
        {nsfw === true ? <span className="tag">{t("result.nsfw")}</span> : null}
      </figcaption>
    </figure>
  );
}
