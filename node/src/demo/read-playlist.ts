/** The URIs that an HLS playlist lists, in its order. Rejects when it is not answered with 2xx. */
export async function readPlaylist(url: string): Promise<string[]> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
