import type { ReactNode } from "react";

/** A failure: what happened, what to do, its code, one way out. `bad`: nothing works; `warn`: something still does. */
export function Reason({
  tone,
  what,
  remedy,
  code,
  children,
}: {
  tone: "bad" | "warn";
  what: string;
  remedy: string;
  code: string;
  /** The button, when there is one. */
  children?: ReactNode;
}) {
  return (
    <div className={tone === "bad" ? "reason bad" : "reason"} role={tone === "bad" ? "alert" : "status"}>
      <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 2l6.5 11.5h-13zM8 6.5v3M8 11.6v.1" />
      </svg>
      <div>
        <b>{what}</b>
        <p>
          {remedy} <code>{code}</code>
        </p>
      </div>
      {children}
    </div>
  );
}
