import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../form-values.ts";

const roles = ["system", "user", "assistant"] as const;

/** A conversation so far; the last message is what is answered. */
export function MessagesInput({
  messages,
  onChange,
}: {
  messages: readonly Message[];
  onChange: (messages: readonly Message[]) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const change = (index: number, part: Partial<Message>) =>
    onChange(messages.map((message, i) => (i === index ? { ...message, ...part } : message)));
  return (
    <fieldset className="messages">
      <legend>{t("fields.messages")}</legend>
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a message is its place in the conversation
        <div key={index} className="message">
          <select
            aria-label={t("form.role", { number: index + 1 })}
            value={message.role}
            onChange={(event) => change(index, { role: event.target.value })}
          >
            {roles.map((role) => (
              <option key={role} value={role}>
                {t(`form.roles.${role}`)}
              </option>
            ))}
          </select>
          <textarea
            id={`${id}-${index}`}
            aria-label={t("form.message", { number: index + 1 })}
            rows={2}
            required
            value={message.content}
            onChange={(event) => change(index, { content: event.target.value })}
          />
          {messages.length < 2 ? null : (
            <button
              type="button"
              className="btn s ghost"
              aria-label={t("form.removeMessage", { number: index + 1 })}
              onClick={() => onChange(messages.filter((_, i) => i !== index))}
            >
              ×
            </button>
          )}
        </div>
      ))}
      <button type="button" className="btn s" onClick={() => onChange([...messages, { role: "user", content: "" }])}>
        {t("form.addMessage")}
      </button>
    </fieldset>
  );
}
