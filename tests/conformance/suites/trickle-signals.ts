export { playTrickle as suite } from "../trickle-transcript.ts";
