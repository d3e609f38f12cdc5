import { useCallback, useState } from "react";

const keyName = "livepeer.apiKey";

/** The API key that requests of this page show, empty without one. It is kept for the tab alone. */
export type ApiKey = { readonly value: string; readonly keep: (key: string) => void };

export function useApiKey(): ApiKey {
  const [value, setValue] = useState(() => sessionStorage.getItem(keyName) ?? "");
  const keep = useCallback((key: string) => {
    sessionStorage.setItem(keyName, key);
    setValue(key);
  }, []);
  return { value, keep };
}
