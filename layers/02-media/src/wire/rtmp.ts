/** Message type ids of RTMP. */
export const rtmpMessage = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  data: 18,
  command: 20,
  aggregate: 22,
} as const;

/** User control event ids. */
export const rtmpUserControl = { streamBegin: 0, pingRequest: 6, pingResponse: 7 } as const;

/** Status codes that publishers match on. */
export const rtmpStatus = {
  connectSuccess: "NetConnection.Connect.Success",
  connectRejected: "NetConnection.Connect.Rejected",
  publishStart: "NetStream.Publish.Start",
  publishBadName: "NetStream.Publish.BadName",
  unpublishSuccess: "NetStream.Unpublish.Success",
  playFailed: "NetStream.Play.Failed",
  playReset: "NetStream.Play.Reset",
  playStart: "NetStream.Play.Start",
  playStop: "NetStream.Play.Stop",
  callFailed: "NetConnection.Call.Failed",
} as const;
