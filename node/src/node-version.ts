/** Version announced to peers; the wire is go-livepeer's. */
export const nodeVersion = "0.9.1";
