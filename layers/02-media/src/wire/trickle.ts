/** Header names, answer texts and figures of the trickle protocol; clients match on them. */
export const trickleWire = {
  header: {
    /** Answer: index that was written or served. */
    seq: "Lp-Trickle-Seq",
    /** Answer: index that is written next. */
    latest: "Lp-Trickle-Latest",
    /** Answer: the channel is over. */
    closed: "Lp-Trickle-Closed",
    /** Request: a new publisher; older segments end. */
    reset: "Lp-Trickle-Reset",
    /** Request that creates a channel: type of its content. */
    expectContent: "Expect-Content",
    /** Ours. Request that creates a channel, and answers of lossless ones. */
    policy: "Lp-Trickle-Policy",
  },
  closedValue: "terminated",
  losslessValue: "lossless",
  /** Status for a segment that is gone or too far ahead. */
  entryNotFound: 470,
  changefeed: "_changes",
  text: {
    noChannel: "Stream not found",
    badIndex: "Invalid idx",
    noSegment: "Nonexistent segment",
    noSuchChannel: "Invalid stream",
    noEntry: "Entry not found",
    brokeOff: "Server error",
    notFound: "404 page not found",
    notAllowed: "Method Not Allowed",
    tooLarge: (maxBytes: number) => `Segment is larger than ${maxBytes} bytes: begin the next one earlier`,
    tooMuch: "Too many bytes are held in channels: read or end some of them",
    tooManyChannels: "Too many channels: end some of them",
    tooManyReaders: "Too many readers of this channel",
    tooManyWriters: "Too many publishers of this channel",
    tooSlow: "No byte came in time: send faster, or end the segment",
  },
} as const;
