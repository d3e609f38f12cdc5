import { useTranslation } from "react-i18next";

/** A video that plays by itself, once more when asked. */
export function Video({ value }: { value: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation();
  const url = (value["images"] as readonly { readonly url: string }[] | undefined)?.[0]?.url;
  if (url === undefined) return null;
  return (
    <div className="pictures">
      <video controls autoPlay muted loop playsInline src={url} aria-label={t("result.video")} />
      <a className="btn s" href={url} download>
        {t("result.download")}
      </a>
    </div>
  );
}
