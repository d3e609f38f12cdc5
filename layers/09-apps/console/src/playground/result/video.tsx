import { useTranslation } from "react-i18next";
import { useGone } from "./use-gone.tsx";

/** A video that plays by itself, once more when asked. */
export function Video({ value }: { value: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation();
  const url = (value["images"] as readonly { readonly url: string }[] | undefined)?.[0]?.url;
  const { gone, onError } = useGone();
  if (url === undefined) return null;
  if (gone !== undefined) return gone;
  return (
    <div className="pictures">
      <video controls autoPlay muted loop playsInline src={url} aria-label={t("result.video")} onError={onError} />
      <a className="btn s" href={url} download>
        {t("result.download")}
      </a>
    </div>
  );
}
