/** A URL without user and password, and the header that says them instead. */
export function basicAuthUrl(text: string): { readonly url: string; readonly header: Headers } {
  const url = new URL(text);
  const header = new Headers();
  if (url.username !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    header.set("authorization", `Basic ${btoa(pair)}`);
    url.username = "";
    url.password = "";
  }
  return { url: url.href, header };
}
