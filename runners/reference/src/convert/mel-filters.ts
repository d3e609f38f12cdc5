/** Sounds of one pitch step are about as far apart for the ear: hertz to that scale (Slaney), and back. */
const toMel = (hertz: number) =>
  hertz < 1000 ? (hertz * 3) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4);
const toHertz = (mel: number) => (mel < 15 ? (mel * 200) / 3 : 1000 * Math.exp((Math.log(6.4) * (mel - 15)) / 27));

/** Triangular filters of equal area, [bands, frequencies] in row order, for a spectrum of `frequencies` bins up to `topHertz`. */
export function melFilters(bands: number, frequencies: number, topHertz: number): Float32Array {
  const edges = Array.from({ length: bands + 2 }, (_, index) => toHertz((toMel(topHertz) * index) / (bands + 1)));
  const filters = new Float32Array(bands * frequencies);
  for (let band = 0; band < bands; band++) {
    const [low = 0, middle = 0, high = 0] = edges.slice(band, band + 3);
    for (let bin = 0; bin < frequencies; bin++) {
      const hertz = (topHertz * bin) / (frequencies - 1);
      const height = Math.max(0, Math.min((hertz - low) / (middle - low), (high - hertz) / (high - middle)));
      filters[band * frequencies + bin] = (height * 2) / (high - low);
    }
  }
  return filters;
}
