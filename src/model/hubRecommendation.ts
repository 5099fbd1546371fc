import list from "../../media/recommendedModels.json" with { type: "json" };

/** A small chat model with ONNX files. */
export interface RecommendedModel {
  readonly id: string;
  readonly title: string;
  /** As its publisher counts them, e.g. `135M`. */
  readonly parameters: string;
  readonly licence: string;
}

/** Models to begin with, the smallest first; what a repository offers is asked of the hub, not remembered here. */
export const recommendedModels: readonly RecommendedModel[] = list;
