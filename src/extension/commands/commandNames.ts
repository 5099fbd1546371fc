/** Names of the commands that links in hovers and tooltips run. */
export const scoreFileCommand = "contextReliance.scoreFile";
export const scoreRowCommand = "contextReliance.scoreRow";
export const selectModelCommand = "contextReliance.selectModel";
export const cancelScoringCommand = "contextReliance.cancelScoring";
export const openReportCommand = "contextReliance.openReport";
export const showOutputCommand = "contextReliance.showOutput";
export const explainVerdictCommand = "contextReliance.explainVerdict";
export const openLensCommand = "contextReliance.openLens";
export const newLensPromptCommand = "contextReliance.newLensPrompt";
