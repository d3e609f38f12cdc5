const thin = "\u2009";

function grouped(digits: string, separator: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, separator);
}

type Amount = { readonly text: string; readonly unit: "wei" | "gwei" | "ETH" };

/** Whole wei of a decimal or fraction text, rounded down. */
export function weiOf(text: string): bigint {
  const [num, den] = text.split("/");
  return den === undefined ? BigInt(num as string) : BigInt(num as string) / BigInt(den);
}

/** Wei below 10⁶, gwei below 10¹⁵, ETH above; groups of three after the point. No floats. */
export function formatWei(value: bigint): Amount {
  if (value < 1_000_000n) return { text: grouped(value.toString(), ","), unit: "wei" };
  if (value < 10n ** 15n) return { text: decimal(value, 9, 3), unit: "gwei" };
  return { text: decimal(value, 18, 6), unit: "ETH" };
}

/** ETH with nine places in groups of three. */
export function formatEth(value: bigint): string {
  return decimal(value, 18, 9);
}

function decimal(value: bigint, scale: number, places: number): string {
  const unit = 10n ** BigInt(scale);
  const whole = grouped((value / unit).toString(), ",");
  const fraction = (value % unit).toString().padStart(scale, "0").slice(0, places);
  const isWhole = /^0*$/.test(fraction);
  return isWhole ? whole : `${whole}.${(fraction.match(/\d{1,3}/g) ?? []).join(thin)}`;
}

/** LPT with two decimals at most and commas. */
export function formatLpt(value: bigint): string {
  const cents = value / 10n ** 16n;
  const whole = grouped((cents / 100n).toString(), ",");
  const rest = cents % 100n;
  return rest === 0n || cents >= 10_000_000n ? whole : `${whole}.${rest.toString().padStart(2, "0")}`;
}

/** Wei per pixel of an exact fraction, three decimals at most. */
export function formatPrice(fraction: string): string {
  const [num, den = "1"] = fraction.split("/");
  const milli = (BigInt(num as string) * 1000n) / BigInt(den);
  const whole = grouped((milli / 1000n).toString(), ",");
  const rest = (milli % 1000n).toString().padStart(3, "0").replace(/0+$/, "");
  return rest === "" || milli >= 1_000_000n ? whole : `${whole}.${rest}`;
}

/** Milliseconds below a second, seconds with two decimals above. */
export function formatMs(ms: number): { readonly text: string; readonly unit: "ms" | "s" } {
  return ms < 1000 ? { text: String(Math.round(ms)), unit: "ms" } : { text: (ms / 1000).toFixed(2), unit: "s" };
}

/** Bits per second as Mb/s. */
export function formatMbps(bps: number): string {
  return (bps / 1_000_000).toFixed(bps < 10_000_000 ? 2 : 1);
}

/** 12:40, 3:02:11. */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** 21:04:12 in local time. */
export function formatTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour12: false });
}

/** 0x4f2a…81ce. */
export function shortAddress(address: string): string {
  return address.length <= 12 ? address : `${address.slice(0, 6)}…${address.slice(-4)}`;
}

/** Whole percent of a share between 0 and 1. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)}${thin}%`;
}

/** Less than this is not told apart. */
const leastUsd = 1e-9;

/** What wei are worth in US dollars, with two significant digits below a cent: `≈ $0.0011`. `weiPerUsd`: an exact fraction. */
export function formatUsd(wei: bigint, weiPerUsd: string): string {
  const [num, den = "1"] = weiPerUsd.split("/");
  const scale = 10n ** 15n;
  const usd = Number((wei * BigInt(den) * scale) / BigInt(num as string)) / Number(scale);
  if (usd < leastUsd) return wei === 0n ? "$0" : "< $0.000000001";
  const text = usd < 0.01 ? plain(usd) : usd.toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `≈ $${text}`;
}

/** Two significant digits, never with an exponent. */
function plain(value: number): string {
  const places = 1 - Math.floor(Math.log10(value));
  return value.toFixed(Math.min(20, places)).replace(/0+$/, "");
}
