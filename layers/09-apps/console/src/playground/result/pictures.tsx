import { useTranslation } from "react-i18next";

type Picture = { readonly url: string; readonly seed?: number; readonly nsfw?: boolean };

/** Pictures with their seeds. */
export function Pictures({ value, prompt }: { value: Readonly<Record<string, unknown>>; prompt: string }) {
  const { t } = useTranslation();
  const pictures = (value["images"] ?? []) as readonly Picture[];
  return (
    <div className={pictures.length > 1 ? "pictures many" : "pictures"}>
      {pictures.map(({ url, seed, nsfw }) => (
        <figure key={url}>
          <a href={url} download>
            <img src={url} alt={t("result.picture", { prompt })} />
          </a>
          <figcaption className="row xs faint">
            {seed === undefined ? null : <span>{t("result.seed", { seed })}</span>}
            {nsfw === true ? <span className="tag">{t("result.nsfw")}</span> : null}
          </figcaption>
        </figure>
      ))}
    </div>
  );
}
