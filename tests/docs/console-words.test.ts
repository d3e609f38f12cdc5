import { type AiJobStage, aiPipelines } from "@livepeer-ts/execution";
import type { AiCapabilities, AiPipelineList } from "@livepeer-ts/platform";
import type * as sdk from "@livepeer-ts/sdk";
import { expect, test } from "vitest";
import en from "../../layers/09-apps/console/src/i18n/en.json" with { type: "json" };
import zh from "../../layers/09-apps/console/src/i18n/zh.json" with { type: "json" };
import { referenceModels } from "../../layers/09-apps/console/src/playground/reference-models.ts";
import { textOf } from "./pages.ts";

test.each([
  ["English", en],
  ["Chinese", zh],
])("the playground has %s words for every pipeline and every field", (_language, words) => {
  const labels: Readonly<Record<string, string>> = words.fields;
  const pipelines: Readonly<Record<string, { name: string; purpose: string }>> = words.pipelines;
  for (const { name, fields, modelField } of aiPipelines) {
    expect(pipelines[name]?.name, name).toBeTruthy();
    expect(pipelines[name]?.purpose, name).toBeTruthy();
    for (const field of fields) {
      if (field.name === modelField || field.isMeasured === true) continue;
      expect(labels[field.name], field.name).toBeTruthy();
    }
  }
});

test("what pages know of answers is what the platform gives", () => {
  // types alone: a change on one side does not compile
  const pagesRead = (
    list: AiPipelineList,
    network: AiCapabilities,
    stage: AiJobStage,
  ): [sdk.AiPipelineList, sdk.AiCapabilities, sdk.AiJobStage] => [list, network, stage];
  expect(pagesRead).toBeTypeOf("function");
});

test("the models that pages call tiny are those of the reference runner", () => {
  const named = textOf("runners/reference/src/pipelines.ts").matchAll(/^ {4}modelId: "([^"]+)",$/gm);
  expect([...referenceModels].sort()).toEqual([...new Set(Array.from(named, ([, id]) => id))].sort());
});
