/** The JSON of a refusal as OpenAI's API has it. */
export function chatRefusalJson(code: string, message: string): unknown {
  return { error: { message, type: "invalid_request_error", param: null, code } };
}
